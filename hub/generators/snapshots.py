"""Diffusers pipelines as files: in a folder of the user's, in the Hub's cache, or still on the Hub."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
from huggingface_hub import HfApi, constants, get_token, hf_hub_download, try_to_load_from_cache
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from hub.errors import HubError, MissingFile, RemoteError

INDEX = "model_index.json"
# model.safetensors, diffusion_pytorch_model.fp16.safetensors, model.fp16-00001-of-00002.safetensors, and the old
# model-00001-of-00002.fp16.safetensors
CHECKPOINT = re.compile(
    r"(?:diffusion_pytorch_)?model(?:\.(?P<variant>[a-z]\w*))?(?:-\d{5}-of-\d{5})?(?:\.(?P<old>[a-z]\w*))?\.safetensors"
)
LIGHT = ("Scheduler", "Tokenizer", "TokenizerFast", "FeatureExtractor", "ImageProcessor", "Processor")  # no weights
NOT_HERE = "{model} is not downloaded, and HF_HUB_OFFLINE is set: unset it to fetch the model."
TOKENS = f"{constants.ENDPOINT}/settings/tokens"


class NotWhole(MissingFile):
    """A pipeline of which files are missing."""


def index_of(folder: Path) -> dict[str, Any]:
    """The pipeline's class and components. Raises MissingFile for a folder that is none."""
    if not folder.is_dir():
        raise MissingFile(f"There is no folder {folder}.")
    try:
        read = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise MissingFile(f"The folder {folder} is no diffusers pipeline: it has no {INDEX}.") from error
    except (OSError, ValueError) as error:
        raise MissingFile(f"The folder {folder} is no diffusers pipeline: its {INDEX} can't be read.") from error
    if not isinstance(read, dict) or "_class_name" not in read:
        raise MissingFile(f"The folder {folder} is no diffusers pipeline: its {INDEX} names no class.")
    return read


def checkpoints(folder: Path, variant: str | None) -> tuple[Path, ...]:
    """The safetensors that the pipeline is read from, in this variant where a component has it.

    Raises NotWhole where one is missing, MissingFile for a folder that is no pipeline.
    """
    found: list[Path] = []
    for name, value in index_of(folder).items():
        if (
            not name.startswith("_")
            and isinstance(value, list)
            and len(value) == 2
            and all(isinstance(part, str) for part in value)
        ):
            if Path(name).name != name:
                raise MissingFile(
                    f"The folder {folder} is no diffusers pipeline: its {INDEX} names a part outside of it."
                )
            if not (folder / name).is_dir():
                raise NotWhole(f"The pipeline in {folder} lacks its {name}.")
            if not value[1].endswith(LIGHT):
                found += _weights(folder / name, variant)
    return tuple(found)


def _weights(component: Path, variant: str | None) -> list[Path]:
    by_variant: dict[str | None, list[Path]] = {}
    for path in sorted(component.glob("*.safetensors")):
        if match := CHECKPOINT.fullmatch(path.name):
            by_variant.setdefault(match["variant"] or match["old"], []).append(path)
    picked = variant if variant in by_variant else None
    found = by_variant.get(picked, [])
    for shard in _shards(component, picked):
        if not (component / shard).exists():
            raise NotWhole(f"The pipeline's {component} lacks {shard}.")
    if not found:
        raise NotWhole(f"The pipeline's {component} holds no safetensors; other weights are not read here.")
    return found


def _shards(component: Path, variant: str | None) -> Iterator[str]:
    """Names of the shards that the component's index lists, if it has one."""
    for path in component.glob("*.safetensors.index*.json"):
        if path.name.endswith(f".index.{variant}.json" if variant else ".index.json"):
            try:
                yield from sorted(set(json.loads(path.read_text(encoding="utf-8"))["weight_map"].values()))
            except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
                raise NotWhole(f"The pipeline's {path} can't be read: fetch it again.") from error


def cached(model: str, revision: str) -> Path | None:
    """The folder of a model's snapshot in the Hub's cache, whole or not; None without one. Asks nobody."""
    found = try_to_load_from_cache(model, INDEX, revision=revision)
    return Path(found).parent if isinstance(found, str) else None


def expected(model: str) -> Path:
    """A file of the Hub's cache that will not be there before the model is fetched."""
    return Path(constants.HF_HUB_CACHE) / f"models--{model.replace('/', '--')}" / INDEX


def check_reachable(model: str) -> None:
    """Raise MissingFile for a model that is not here where the Hub must not be asked (HF_HUB_OFFLINE)."""
    if constants.HF_HUB_OFFLINE:
        raise MissingFile(NOT_HERE.format(model=model))


def load_snapshot(model: str, revision: str, variant: str | None) -> Path:
    """Fetch what is missing of a model's pipeline to the Hub's cache, and give its folder. Raises HubError."""
    try:
        HfApi().model_info(model, revision=revision)
        hf_hub_download(model, INDEX, revision=revision)
        from hub.generators.load_pipeline import download

        return download(model, revision, variant)
    except (httpx2.HTTPError, OSError, EntryNotFoundError, ValueError) as error:
        raise explained(error, model, revision, variant) from error


def explained(error: Exception, model: str, revision: str, variant: str | None) -> HubError:
    """The sentence about a model that can't be fetched: what is wrong, and how to mend it. It holds no token."""
    hub = constants.ENDPOINT
    page = f"{hub}/{model}"
    code = error.response.status_code if isinstance(error, HfHubHTTPError) else None
    token = "HF_TOKEN is not one that may read it" if get_token() else f"set HF_TOKEN to a token from {TOKENS}"
    if isinstance(error, GatedRepoError):
        said = f"{model} is gated: accept its terms at {page}; {token}."
    elif isinstance(error, RevisionNotFoundError):
        said = f"{model} has no revision {revision!r}: see {page}/commits."
    elif isinstance(error, RepositoryNotFoundError) or code in (401, 403):
        said = f"There is no model {model} on {hub}, or it is private: check its id; if private, {token}."
    elif isinstance(error, OfflineModeIsEnabled):
        said = NOT_HERE.format(model=model)
    elif isinstance(error, EntryNotFoundError):
        said = f"{model} is no diffusers pipeline: it has no {INDEX}."
    elif isinstance(error, httpx2.HTTPError):
        reason = f"HTTP {code}" if code else type(error).__name__
        said = f"{model} can't be fetched: {hub} could not be reached ({reason}). Try again later."
    elif isinstance(error, OSError) and error.errno is not None:
        return MissingFile(f"{model} can't be stored in {constants.HF_HUB_CACHE}: {error.strerror}.")
    else:
        asked = f"safetensors of the variant {variant!r}" if variant else "safetensors without a variant"
        return MissingFile(f"{model} has no {asked} for every part: see {page}/tree/{revision}.")
    return RemoteError(said)
