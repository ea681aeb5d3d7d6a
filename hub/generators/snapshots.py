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
from hub.language.sentence import Sentence

INDEX = "model_index.json"
# model.safetensors, diffusion_pytorch_model.fp16.safetensors, model.fp16-00001-of-00002.safetensors, and the old
# model-00001-of-00002.fp16.safetensors
CHECKPOINT = re.compile(
    r"(?:diffusion_pytorch_)?model(?:\.(?P<variant>[a-z]\w*))?(?:-\d{5}-of-\d{5})?(?:\.(?P<old>[a-z]\w*))?\.safetensors"
)
LIGHT = ("Scheduler", "Tokenizer", "TokenizerFast", "FeatureExtractor", "ImageProcessor", "Processor")  # no weights
TOKENS = f"{constants.ENDPOINT}/settings/tokens"


class NotWhole(MissingFile):
    """A pipeline of which files are missing."""


def index_of(folder: Path) -> dict[str, Any]:
    """The pipeline's class and components. Raises MissingFile for a folder that is none."""
    if not folder.is_dir():
        raise MissingFile(Sentence("There is no folder {folder}.", folder=folder))
    try:
        read = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise MissingFile(
            Sentence("The folder {folder} is no diffusers pipeline: it has no {index}.", folder=folder, index=INDEX)
        ) from error
    except (OSError, ValueError) as error:
        raise MissingFile(
            Sentence(
                "The folder {folder} is no diffusers pipeline: its {index} can't be read.", folder=folder, index=INDEX
            )
        ) from error
    if not isinstance(read, dict) or "_class_name" not in read:
        raise MissingFile(
            Sentence(
                "The folder {folder} is no diffusers pipeline: its {index} names no class.", folder=folder, index=INDEX
            )
        )
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
                    Sentence(
                        "The folder {folder} is no diffusers pipeline: its {index} names a part outside of it.",
                        folder=folder,
                        index=INDEX,
                    )
                )
            if not (folder / name).is_dir():
                raise NotWhole(Sentence("The pipeline in {folder} lacks its {name}.", folder=folder, name=name))
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
            raise NotWhole(Sentence("The pipeline's {component} lacks {shard}.", component=component, shard=shard))
    if not found:
        raise NotWhole(
            Sentence(
                "The pipeline's {component} holds no safetensors; other weights are not read here.", component=component
            )
        )
    return found


def _shards(component: Path, variant: str | None) -> Iterator[str]:
    """Names of the shards that the component's index lists, if it has one."""
    for path in component.glob("*.safetensors.index*.json"):
        if path.name.endswith(f".index.{variant}.json" if variant else ".index.json"):
            try:
                yield from sorted(set(json.loads(path.read_text(encoding="utf-8"))["weight_map"].values()))
            except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
                raise NotWhole(Sentence("The pipeline's {path} can't be read: fetch it again.", path=path)) from error


def cached(model: str, revision: str) -> Path | None:
    """The folder of a model's snapshot in the Hub's cache, whole or not; None without one. Asks nobody."""
    found = try_to_load_from_cache(model, INDEX, revision=revision)
    return Path(found).parent if isinstance(found, str) else None


def expected(model: str) -> Path:
    """A file of the Hub's cache that will not be there before the model is fetched."""
    return Path(constants.HF_HUB_CACHE) / f"models--{model.replace('/', '--')}" / INDEX


def _not_here(model: str) -> Sentence:
    return Sentence("{model} is not downloaded, and HF_HUB_OFFLINE is set: unset it to fetch the model.", model=model)


def check_reachable(model: str) -> None:
    """Raise MissingFile for a model that is not here where the Hub must not be asked (HF_HUB_OFFLINE)."""
    if constants.HF_HUB_OFFLINE:
        raise MissingFile(_not_here(model))


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
    page = f"{constants.ENDPOINT}/{model}"
    if (said := _explained_by_hub(error, model, page, revision)) is not None:
        return RemoteError(said)
    if isinstance(error, OSError) and error.errno is not None:
        folder = constants.HF_HUB_CACHE
        stored = Sentence(
            "{model} can't be stored in {folder}: {reason}.", model=model, folder=folder, reason=error.strerror
        )
        return MissingFile(stored)
    asked = Sentence("safetensors of the variant {variant!r}", variant=variant)
    asked = asked if variant else Sentence("safetensors without a variant")
    address = f"{page}/tree/{revision}"
    return MissingFile(
        Sentence("{model} has no {asked} for every part: see {page}.", model=model, asked=asked, page=address)
    )


def _explained_by_hub(error: Exception, model: str, page: str, revision: str) -> Sentence | None:
    """The sentence about what the Hub answered; None where the Hub is not what failed."""
    code = error.response.status_code if isinstance(error, HfHubHTTPError) else None
    about: dict[str, Any] = {"model": model, "page": page, "hub": constants.ENDPOINT, "cure": _cure_for_token()}
    said = None
    if isinstance(error, GatedRepoError):
        said = Sentence("{model} is gated: accept its terms at {page}; {cure}.", **about)
    elif isinstance(error, RevisionNotFoundError):
        said = Sentence("{model} has no revision {revision!r}: see {page}/commits.", **about, revision=revision)
    elif isinstance(error, RepositoryNotFoundError) or code in (401, 403):
        said = Sentence(
            "There is no model {model} on {hub}, or it is private: check its id; if private, {cure}.", **about
        )
    elif isinstance(error, OfflineModeIsEnabled):
        said = _not_here(model)
    elif isinstance(error, EntryNotFoundError):
        said = Sentence("{model} is no diffusers pipeline: it has no {index}.", **about, index=INDEX)
    elif isinstance(error, httpx2.HTTPError):
        about["reason"] = f"HTTP {code}" if code else type(error).__name__
        said = Sentence("{model} can't be fetched: {hub} could not be reached ({reason}). Try again later.", **about)
    return said


def _cure_for_token() -> Sentence:
    if get_token():
        return Sentence("HF_TOKEN is not one that may read it")
    return Sentence("set HF_TOKEN to a token from {page}", page=TOKENS)
