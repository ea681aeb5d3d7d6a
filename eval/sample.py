"""``python -m eval.sample``: draw prompts with generators into a folder with a manifest, and take up where it stopped.

``manifest.jsonl`` holds one image a line, each written after its PNG is whole; images are named by what asked for
them, so nothing is ever overwritten by another. ``setups/`` holds what they were drawn with, by digest.
"""

import hashlib
import os
from collections.abc import Mapping, Sequence, Set
from operator import not_
from pathlib import Path
from typing import Annotated

import typer
from pydantic import Field

from eval.manifest import MANIFEST, parse_lines
from eval.memory import read_peak_bytes, reset_peak
from eval.sample_requests import SETS, gather_prompts, list_requests, parse_seeds
from hub.command import make_command, split_names
from hub.engine import DrawnSample, Engine
from hub.engine.open_engine import open_engine
from hub.errors import DataError, GenerationError, StorageError
from hub.files import write_whole
from hub.generators import GENERATORS, roster
from hub.generators.facts import facts
from hub.language.sentence import number_of
from hub.progress import console, track_items
from hub.prompt_sets import NO_SET, PromptOrigin
from hub.schema import Request, Sample
from hub.settings import EngineName, Settings
from hub.votes import ContentStore

MOST = 1_000_000  # images of one generator in one folder: more would not fit in memory as a list


class ManifestEntry(Sample):
    """One line of a manifest: a sample and its file, relative to the folder.

    ``peak_bytes``: host memory held at most while its generator drew, this image among them, where it is known.
    ``prompt_set`` and ``prompt_category``: where the prompt is from, if it was asked for as one of a set.
    """

    file: str
    peak_bytes: int | None = None
    prompt_set: str = Field(default="", exclude_if=not_)
    prompt_category: str = Field(default="", exclude_if=not_)


def read_manifest(folder: Path) -> list[ManifestEntry]:
    """Return the entries of a folder's manifest; a torn last line is left out.

    Raises: DataError for any other that is none.
    """
    return parse_lines(
        folder, ManifestEntry,
        "{where} is no line of a manifest of eval.sample ({why}): mend it, or name another folder.",
    )  # fmt: skip


def _append_lines(folder: Path, entries: Sequence[ManifestEntry]) -> None:
    """Append entries to a folder's manifest, on disk when this returns."""
    try:
        with (folder / MANIFEST).open("ab") as file:
            file.write("".join(f"{entry.model_dump_json()}\n" for entry in entries).encode())
    except OSError as error:
        raise StorageError(
            f"{folder / MANIFEST} can't be written: {error.strerror}; mend that and run again."
        ) from error


def mend_manifest(folder: Path) -> None:
    """Remove a manifest's torn last line, so that nothing is added to it.

    Raises: as :func:`read_manifest`.
    """
    manifest = folder / MANIFEST
    kept = "".join(f"{entry.model_dump_json()}\n" for entry in read_manifest(folder)).encode()
    if manifest.exists() and manifest.read_bytes() != kept:
        write_whole(manifest, kept)


def keep_sample(
    drawn: DrawnSample, folder: Path, peak: int | None = None, origin: PromptOrigin = NO_SET
) -> ManifestEntry:
    """Write a picture, what it was drawn with, and its line of the manifest, with the prompt's ``origin``.

    Raises: StorageError.
    """
    sample = drawn.sample
    asked = [sample.generator, sample.revision, str(sample.seed), sample.prompt, *filter(None, [sample.extras])]
    name = hashlib.sha256("\n".join(asked).encode()).hexdigest()
    entry = ManifestEntry(**sample.model_dump(), file=f"{name[:32]}.png", peak_bytes=peak, **origin._asdict())
    write_whole(folder / entry.file, drawn.png)
    ContentStore(folder).write_setup(drawn.setup)
    _append_lines(folder, [entry])
    return entry


def _is_whole(entry: ManifestEntry, folder: Path) -> bool:
    """Return whether an entry's picture is there and has its SHA-256."""
    path = folder / entry.file
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == entry.sha256


def _find_kept(
    entries: Sequence[ManifestEntry], generator: str, folder: Path, requests: Set[Request]
) -> dict[Request, ManifestEntry]:
    """Return the whole pictures of these jobs by the generator's revision of today, of a manifest's entries."""
    revision = facts(GENERATORS[generator]).revision
    those = {e.request: e for e in entries if (e.generator, e.revision) == (generator, revision)}
    return {request: entry for request, entry in those.items() if request in requests and _is_whole(entry, folder)}


def adopt_samples(generator: str, source: Path, folder: Path) -> None:
    """Copy a generator's pictures from another folder, with what they were drawn with, where there are none yet.

    Raises: StorageError and DataError.
    """
    named = read_manifest(source)
    requests = {entry.request for entry in named}
    known = _find_kept(read_manifest(folder), generator, folder, requests)
    taken = [*_find_kept(named, generator, source, requests - known.keys()).values()]
    if not taken:
        return
    mend_manifest(folder)
    for entry in taken:
        write_whole(folder / entry.file, (source / entry.file).read_bytes())
    for setup in {entry.setup for entry in taken}:
        ContentStore(folder).write_setup(ContentStore(source).read_setup(setup))
    _append_lines(folder, taken)


def draw_requests(
    engine: Engine,
    generator: str,
    requests: Sequence[Request],
    folder: Path,
    origins: Mapping[str, PromptOrigin] | None = None,
) -> list[ManifestEntry]:
    """Draw each request that is not there whole already, by this revision; return entries in their order.

    What is drawn is kept whatever comes after. ``origins`` tells of prompts of a set where they are from; the line of a
    picture that was there without is written anew.

    Raises: UnknownName, RequestError, MissingFile, GenerationError, StorageError or DataError.
    """
    done = _find_kept(read_manifest(folder), generator, folder, {*requests})
    done = _tell_origins(done, origins or {}, folder)
    missing = [request for request in dict.fromkeys(requests) if request not in done]
    if missing:
        mend_manifest(folder)
        reset_peak()
    drawings = engine.draw_all(generator, missing)
    for request in track_items(missing, f"Sampling {generator}"):
        try:
            drawn = next(drawings)
        except GenerationError as error:
            raise GenerationError(
                f"{generator} failed on {request.prompt!r} with seed {request.seed}: {error}"
            ) from error
        peak = read_peak_bytes() if engine.here else None
        done[request] = keep_sample(drawn, folder, peak, (origins or {}).get(request.prompt, NO_SET))
    return [done[request] for request in requests]


def _tell_origins(
    done: dict[Request, ManifestEntry], origins: Mapping[str, PromptOrigin], folder: Path
) -> dict[Request, ManifestEntry]:
    """Return pictures that are there with what their prompts' origins are now; their lines are written anew."""
    told = {
        entry.file: entry.model_copy(update=origins[request.prompt]._asdict())
        for request, entry in done.items()
        if request.prompt in origins and origins[request.prompt] != (entry.prompt_set, entry.prompt_category)
    }
    if told:
        lines = [told.get(entry.file, entry).model_dump_json() for entry in read_manifest(folder)]
        write_whole(folder / MANIFEST, "".join(f"{line}\n" for line in lines).encode())
    return {request: told.get(entry.file, entry) for request, entry in done.items()}


def main(
    generators: Annotated[str, typer.Option(help="Names, comma-separated.")],
    out: Annotated[Path, typer.Option(help="Folder for the images and manifest.jsonl.")],
    prompts: Annotated[str | None, typer.Option(help=f"A prompt set: {SETS}.")] = None,
    prompt: Annotated[list[str] | None, typer.Option(help="A prompt; may be given several times.")] = None,
    seeds: Annotated[str, typer.Option(help="START:STOP, without STOP, or one number.")] = "0",
    engine: Annotated[EngineName, typer.Option(help="Where generators run.", envvar="HUB_ENGINE")] = EngineName.local,
) -> None:
    """Draw every prompt with every seed by every named generator; what is there already is not drawn again."""
    asked = split_names(generators)
    if not asked:
        raise DataError("Name at least one generator: --generators NAME; python -m hub.generators lists them.")
    settings = Settings.from_env(os.environ)
    roster(settings.generators, settings.data)  # registers those of the user's files, and those made at run time
    names = [generator.name for generator in roster(asked)]
    for name in names:
        facts(GENERATORS[name])
    texts, numbers = gather_prompts(prompts, prompt or []), parse_seeds(seeds)
    images = len(texts) * (numbers.stop - numbers.start)  # a range of so many has no len
    if images > MOST:
        raise DataError(
            f"{images:,} images of a generator are too many at once, more than {MOST:,}: ask for "
            "fewer prompts or --seeds."
        )
    requests = list_requests(list(texts), numbers, names)
    drawing = open_engine(Settings.from_env({**os.environ, "HUB_GENERATORS": ",".join(names), "HUB_ENGINE": engine}))
    for name in names:
        draw_requests(drawing, name, requests, out, {text: one for text, one in texts.items() if one.prompt_set})
    drawn = len(names) * len(requests)
    are = "is" if drawn == 1 else "are"
    console.print(f"{number_of(drawn, 'image')} {are} in {out}", markup=False, soft_wrap=True)


if __name__ == "__main__":
    make_command(
        main, "python -m eval.sample --generators galip,scad --prompt 'a red apple' --seeds 0:4 --out samples"
    )()
