"""``python -m eval.sample``: draw prompts with generators into a folder with a manifest, and take up where it stopped.

``manifest.jsonl`` holds one image a line, each written after its PNG is whole; images are named by what asked for
them, so nothing is ever overwritten by another. ``setups/`` holds what they were drawn with, by digest.
"""

import hashlib
import os
from collections.abc import Sequence, Set
from pathlib import Path
from typing import Annotated

import typer

from eval.manifest import MANIFEST, parse_lines
from eval.memory import read_peak_bytes, reset_peak
from hub.command import make_command, split_names
from hub.engine import DrawnSample, Engine
from hub.engine.open_engine import open_engine
from hub.errors import DataError, GenerationError, PromptError, StorageError
from hub.files import write_whole
from hub.generators import GENERATORS, read_for, roster
from hub.generators.facts import facts
from hub.language.sentence import number_of
from hub.progress import console, track_items
from hub.prompts import check_prompt, load_captions
from hub.schema import Request, Sample
from hub.settings import EngineName, Settings
from hub.votes import ContentStore
from hub.votes.disk import explain_disk_error

SEEDS = 2**63  # seeds are below it
MOST = 1_000_000  # images of one generator in one folder: more would not fit in memory as a list


class ManifestEntry(Sample):
    """One line of a manifest: a sample and its file, relative to the folder.

    ``peak_bytes``: host memory held at most while its generator drew, this image among them, where it is known.
    """

    file: str
    peak_bytes: int | None = None


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


def keep_sample(drawn: DrawnSample, folder: Path, peak: int | None = None) -> ManifestEntry:
    """Write a picture, what it was drawn with, and its line of the manifest.

    Raises: StorageError.
    """
    sample = drawn.sample
    asked = [sample.generator, sample.revision, str(sample.seed), sample.prompt, *filter(None, [sample.extras])]
    name = hashlib.sha256("\n".join(asked).encode()).hexdigest()
    entry = ManifestEntry(**sample.model_dump(), file=f"{name[:32]}.png", peak_bytes=peak)
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


def draw_requests(engine: Engine, generator: str, requests: Sequence[Request], folder: Path) -> list[ManifestEntry]:
    """Draw each request that is not there whole already, by this revision; return entries in their order.

    What is drawn is kept whatever comes after.

    Raises: UnknownName, RequestError, MissingFile, GenerationError, StorageError or DataError.
    """
    done = _find_kept(read_manifest(folder), generator, folder, {*requests})
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
        done[request] = keep_sample(drawn, folder, read_peak_bytes() if engine.here else None)
    return [done[request] for request in requests]


def parse_seeds(text: str) -> range:
    """Return the seeds of ``START:STOP`` (without STOP) or one number.

    Raises: DataError for anything else.
    """
    start, colon, stop = text.partition(":")
    numbers = (start, stop) if colon else (start,)
    if not all(part.isascii() and part.isdigit() and len(part) <= len(str(SEEDS)) for part in numbers):
        raise DataError(f"--seeds must be a number or START:STOP, such as 0:4, not {text!r}.")
    seeds = range(int(start), int(stop) if colon else int(start) + 1)
    if not seeds:
        raise DataError(f"--seeds {text} holds no seed: STOP must be above START.")
    if seeds[-1] >= SEEDS:
        raise DataError(f"--seeds {text} holds seeds that are none: they are below {SEEDS:,}.")
    return seeds


def gather_prompts(source: str | None, given: Sequence[str]) -> list[str]:
    """Return the prompts of ``source`` (``test`` or a text file, one a line) and those given, each once.

    Raises: PromptError for one that can't be drawn, naming its line, and DataError without any.
    """
    prompts = [check_prompt(text) for text in given]
    if source == "test":
        prompts += load_captions()
    elif source is not None:
        try:
            lines = Path(source).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            why = explain_disk_error(error)
            raise DataError(f"{source} can't be read as a text file of prompts, one a line: {why}.") from error
        for number, line in enumerate(lines, 1):
            try:
                prompts += [check_prompt(line)] if line.strip() else []
            except PromptError as error:
                raise PromptError(f"{source}, line {number}: {error}") from error
    if not prompts:
        raise DataError("There are no prompts: give --prompt TEXT, or --prompts with test or a file.")
    return list(dict.fromkeys(prompts))


def list_requests(prompts: Sequence[str], seeds: range, names: Sequence[str]) -> list[Request]:
    """Return every prompt with every seed, in English where a generator of these names needs that.

    Raises: PromptError for a Japanese prompt of which nothing can be read, naming it.
    """
    found = []
    for prompt in prompts:
        try:
            english = read_for(prompt, names).english
        except PromptError as error:
            raise PromptError(f"{prompt}: {error}") from error
        found += [Request(prompt=prompt, seed=seed, read_as=english) for seed in seeds]
    return found


def main(
    generators: Annotated[str, typer.Option(help="Names, comma-separated.")],
    out: Annotated[Path, typer.Option(help="Folder for the images and manifest.jsonl.")],
    prompts: Annotated[str | None, typer.Option(help="test (held-out captions), or a file, one a line.")] = None,
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
    requests = list_requests(texts, numbers, names)
    drawing = open_engine(Settings.from_env({**os.environ, "HUB_GENERATORS": ",".join(names), "HUB_ENGINE": engine}))
    for name in names:
        draw_requests(drawing, name, requests, out)
    drawn = len(names) * len(requests)
    are = "is" if drawn == 1 else "are"
    console.print(f"{number_of(drawn, 'image')} {are} in {out}", markup=False, soft_wrap=True)


if __name__ == "__main__":
    make_command(
        main, "python -m eval.sample --generators galip,scad --prompt 'a red apple' --seeds 0:4 --out samples"
    )()
