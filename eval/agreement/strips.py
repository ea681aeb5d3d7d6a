"""Pictures to look at: some test captions, fixed and spread over the styles, by every generator with several seeds."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.agreement.thumbnails import is_readable, make_thumbnails
from eval.features.reference_features import Reference
from eval.measure import group_by_concept, list_test_requests
from eval.sample import ManifestEntry, read_manifest
from hub.errors import DataError
from hub.generators import GENERATORS
from hub.generators.facts import facts
from hub.language.sentence import Sentence
from hub.schema import Request

PROMPTS = 6
BUDGET = 900_000  # bytes of all thumbnails


@dataclass(frozen=True)
class Seen:
    """A picture as it is shown: its generator and seed, its file's SHA-256, and its thumbnail, a WebP."""

    generator: str
    seed: int
    sha256: str
    thumbnail: bytes


@dataclass(frozen=True)
class Strip:
    """A real picture's caption, and the pictures that each generator drew of it, (generators, seeds)."""

    caption: str
    cells: tuple[tuple[Seen, ...], ...]


@dataclass(frozen=True)
class Strips:
    """The strips of all generators that have every picture.

    ``left_out``: generators of which pictures are missing or damaged, with the reason.
    """

    generators: tuple[str, ...]
    strips: tuple[Strip, ...]
    left_out: tuple[tuple[str, str], ...]


def choose_requests(reference: Reference, captions: int = PROMPTS) -> dict[str, list[Request]]:
    """Choose so many captions to show, and return the requests of their pictures by caption.

    They are among those that are drawn for diversity.

    They are spread over the concepts in the order of the reference; the styles take turns.
    """
    requests, rows = list_test_requests(reference)
    drawn: dict[int, list[Request]] = {}
    for request, row in zip(requests, rows, strict=True):
        drawn.setdefault(row, []).append(request)
    several = {row for row, all_ in drawn.items() if len(all_) > 1}
    style = {row: place for rows_ in group_by_concept(reference.concepts) for place, row in enumerate(rows_)}
    by_style: dict[int, list[int]] = {}
    for rows_ in group_by_concept(reference.concepts):
        for row in sorted(several.intersection(rows_)):
            by_style.setdefault(style[row], []).append(row)
    picked = []
    for turn in range(captions):
        those = by_style[sorted(by_style)[turn % len(by_style)]]
        picked.append(those[min(len(those) - 1, turn * len(those) // captions)])
    return {reference.captions[row]: drawn[row] for row in dict.fromkeys(picked)}


def find_strips(reference: Reference, generators: Sequence[str], samples: Path) -> Strips:
    """Return the chosen captions' pictures of the generators in the folder ``samples``, by its manifest.

    Raises: DataError where the manifest can't be read.
    """
    chosen = choose_requests(reference)
    entries = read_manifest(samples)
    drawn: dict[str, list[list[tuple[ManifestEntry, bytes]]]] = {}
    left_out = []
    for generator in generators:
        revision = facts(GENERATORS[generator]).revision
        there = {e.request: e for e in entries if (e.generator, e.revision) == (generator, revision)}
        try:
            drawn[generator] = [
                [_read_picture(there, request, samples) for request in those] for those in chosen.values()
            ]
        except DataError as error:
            left_out.append((generator, error.sentence))
    return Strips(tuple(drawn), _make_strips(list(chosen), drawn), tuple(left_out))


def _read_picture(there: dict[Request, ManifestEntry], request: Request, samples: Path) -> tuple[ManifestEntry, bytes]:
    """Read a request's picture with its line of the manifest.

    Raises: DataError where it is missing or damaged.
    """
    prompt, seed = request.prompt, request.seed
    if request not in there:
        raise DataError(Sentence("{prompt!r} with seed {seed} was not drawn.", prompt=prompt, seed=seed))
    entry = there[request]
    try:
        content = (samples / entry.file).read_bytes()
    except OSError as error:
        raise DataError(Sentence("the picture of {prompt!r} with seed {seed} can't be read ({why}).",
                                 prompt=prompt, seed=seed, why=error.strerror)) from error  # fmt: skip
    if hashlib.sha256(content).hexdigest() != entry.sha256 or not is_readable(content):
        raise DataError(Sentence("the picture of {prompt!r} with seed {seed} is damaged.", prompt=prompt, seed=seed))
    return entry, content


def _make_strips(
    captions: Sequence[str], drawn: dict[str, list[list[tuple[ManifestEntry, bytes]]]]
) -> tuple[Strip, ...]:
    """Return a strip a caption, with thumbnails that fit the budget together."""
    rows = [[one for cells in drawn.values() for one in cells[i]] for i in range(len(captions))]
    small = make_thumbnails([[content for _, content in row] for row in rows], BUDGET)
    strips = []
    for caption, row, thumbnails in zip(captions, rows, small, strict=False):  # the last ones may not have fitted
        seen = [
            Seen(entry.generator, entry.seed, entry.sha256, thumbnail)
            for (entry, _), thumbnail in zip(row, thumbnails, strict=True)
        ]
        cells = tuple(tuple(one for one in seen if one.generator == name) for name in drawn)
        strips.append(Strip(caption, cells))
    return tuple(strips) if drawn else ()
