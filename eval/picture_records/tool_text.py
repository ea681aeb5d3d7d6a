"""What tools write into a picture: A1111's text, ComfyUI's graph, InvokeAI's metadata, and plain fields or JSON.

diffusers writes nothing itself. Tools that are built on it write fields (``prompt``, ``seed``, ``model``) or an object
of them as JSON, under these names.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from eval.picture_records.comfy_graph import is_graph, open_graph, open_workflow, read_graph
from eval.picture_records.embedded_text import COMMENT, Texts
from eval.picture_records.picture_record import PictureRecord, RecordError, name_model, read_seed, read_words
from eval.picture_records.webui_text import read_webui_text
from hub.language.sentence import Sentence

FIELDS = "fields"  # as the tool is called that is not known by name
INVOKE = "InvokeAI"
PROMPTS = ("prompt", "Prompt", "positive_prompt", "text", "caption")
SEEDS = ("seed", "Seed")
MODELS = (
    "model",
    "Model",
    "model_name",
    "base_model",
    "use_stable_diffusion_model",
    "Stable Diffusion model",
    "model_id",
)
OBJECTS = ("parameters", COMMENT, "metadata", "Comment", "generation_data", "Description")  # that may be JSON
DREAM = re.compile(r'^\s*"(?P<prompt>.*)"(?P<rest>[^"]*)$', re.DOTALL)
DREAM_SEED = re.compile(r"(?:^|\s)-S\s?(\d{1,20})(?:\s|$)")
NEGATIVE = re.compile(r"\s*\[[^\[\]]*\]")  # InvokeAI's negative words, before version 3


def _load(texts: Texts, name: str) -> Any:
    """Return the value of a text that must be JSON. Raises RecordError, naming the text."""
    try:
        return json.loads(texts[name])
    except (ValueError, RecursionError) as error:
        raise RecordError(Sentence("its text {name!r} is no JSON ({why})", name=name, why=str(error)[:80])) from error


def _is_object(text: str) -> bool:
    return text.lstrip()[:1] == "{"


def _record_of_fields(fields: Mapping[str, Any], tool: str) -> PictureRecord | None:
    """Return what an object's or a picture's own fields say, None without a prompt. Raises RecordError."""
    prompt = next(
        (fields[name] for name in PROMPTS if isinstance(fields.get(name), str) and fields[name].strip()), None
    )
    if prompt is None:
        return None
    seed = next((fields[name] for name in SEEDS if name in fields), None)
    model = next((fields[name] for name in MODELS if name in fields), None)
    named = (
        next((model[key] for key in ("name", "model_name") if key in model), None) if isinstance(model, dict) else model
    )
    return PictureRecord(read_words(prompt, "the prompt"), read_seed(seed), name_model(named), tool=tool)


def read_comfy(texts: Texts) -> PictureRecord | None:
    """Return what ComfyUI's graph says, None where there is none. Raises RecordError."""
    if _is_object(texts.get("prompt", "")):
        nodes = _load(texts, "prompt")
        if is_graph(nodes):
            return read_graph(open_graph(nodes))
    if "prompt" not in texts and _is_object(texts.get("workflow", "")):
        return read_graph(open_workflow(_load(texts, "workflow")))
    return None


def _read_old_invoke(texts: Texts) -> PictureRecord | None:
    """Return what InvokeAI 2 wrote: ``sd-metadata``. Raises RecordError."""
    content = _load(texts, "sd-metadata")
    image = content.get("image") if isinstance(content, dict) else None
    if not isinstance(image, dict):
        raise RecordError(Sentence("its text 'sd-metadata' has no image"))
    prompt = image.get("prompt")
    if isinstance(prompt, list) and prompt and isinstance(prompt[0], dict):
        prompt = prompt[0].get("prompt")
    words = NEGATIVE.sub("", read_words(prompt, "the prompt") or "") or None
    return PictureRecord(words, read_seed(image.get("seed")), name_model(content.get("model_weights")), tool=INVOKE)


def read_invoke(texts: Texts) -> PictureRecord | None:
    """Return what any version of InvokeAI wrote, None where it wrote nothing. Raises RecordError."""
    if "invokeai_metadata" in texts:
        content = _load(texts, "invokeai_metadata")
        if not isinstance(content, dict):
            raise RecordError(Sentence("its text 'invokeai_metadata' is no object"))
        return _record_of_fields({**content, "prompt": content.get("positive_prompt")}, INVOKE)
    if "sd-metadata" in texts:
        return _read_old_invoke(texts)
    dream = DREAM.match(texts.get("Dream", ""))
    if not dream:
        return None
    seed = DREAM_SEED.search(dream["rest"])
    words = NEGATIVE.sub("", read_words(dream["prompt"], "the prompt") or "") or None
    return PictureRecord(words, read_seed(seed[1]) if seed else None, tool=INVOKE)


def read_webui(texts: Texts) -> PictureRecord | None:
    """Return what A1111's web UI and its kin wrote, None where they wrote nothing. Raises RecordError.

    A user comment of EXIF is theirs only where it has their line of settings: cameras write comments, too.
    """
    text, comment = texts.get("parameters", ""), texts.get(COMMENT, "")
    if text.strip() and not _is_object(text):
        return read_webui_text(text, settled=False)
    return None if _is_object(comment) else read_webui_text(comment)


def read_fields(texts: Texts) -> PictureRecord | None:
    """Return what plain fields say, or an object of them as JSON; SwarmUI has one in an object. Raises RecordError."""
    for name in OBJECTS:
        if _is_object(texts.get(name, "")):
            content = _load(texts, name)
            inner = content.get("sui_image_params")
            record = _record_of_fields(inner if isinstance(inner, dict) else content, FIELDS)
            if record:
                return record
    return _record_of_fields(texts, FIELDS)


READERS: tuple[Callable[[Texts], PictureRecord | None], ...] = (read_webui, read_invoke, read_comfy, read_fields)


def read_tool_text(texts: Texts) -> PictureRecord | None:
    """Return what the first tool that wrote into a picture says, None where none did.

    Raises: RecordError, saying which text can't be read and why.
    """
    return next((record for reader in READERS if (record := reader(texts))), None)
