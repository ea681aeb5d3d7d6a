"""Replay: draw a receipt's pictures again and say "identical", or what differs."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from hub.engine import DrawnSample, Engine
from hub.errors import HubError
from hub.generators import ignore_progress
from hub.language.sentence import Sentence
from hub.progress import Track
from hub.receipt import PictureReceipt, Receipt
from hub.schema import Sample, Setup


@dataclass(frozen=True)
class Replayed:
    """One picture drawn again, called ``label``: its side of a battle, or its number.

    ``differences`` are sentences; none of them for the same bytes means nothing differs.

    ``remote``: it was drawn by somebody else, so that it is not drawn again; the sentence says why.
    """

    label: str
    sample: Sample
    identical: bool
    differences: tuple[str, ...]
    remote: bool = False


def setup_differences(then: Setup, now: Setup) -> Iterator[Sentence]:
    """What was another at the time, one sentence a field."""
    for field in Setup.model_fields:
        before, after = getattr(then, field), getattr(now, field)
        if isinstance(before, dict):
            for key in sorted({*before, *after}):
                if before.get(key) != after.get(key):
                    was, is_now = (str(one.get(key, "none")) for one in (before, after))
                    yield Sentence("{what}: {then} then, {now} now", what=f"{field} {key}", then=was, now=is_now)
        elif before != after:
            yield Sentence("{what}: {then} then, {now} now", what=field, then=str(before), now=str(after))


def pixel_difference(then: bytes, now: bytes) -> Sentence:
    """How far two PNGs are apart, in words."""
    a, b = (np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), np.int16) for png in (then, now))
    if a.shape != b.shape:
        sizes = [f"{one.shape[1]}x{one.shape[0]}" for one in (a, b)]
        return Sentence("{what}: {then} then, {now} now", what="size", then=sizes[0], now=sizes[1])
    apart = np.abs(a - b)
    if not apart.any():
        return Sentence("the pixels are the same, the PNG files are not")
    share, most = (apart.max(axis=2) > 0).mean(), apart.max()
    return Sentence("{share:.1%} of the pixels differ, by at most {most} of 255 levels", share=share, most=most)


def compare_again(
    label: str, sample: Sample, then: Setup, drawn: DrawnSample, original: Callable[[str], Path]
) -> Replayed:
    """Return what differs between a picture of a receipt, which ``original`` may have, and the same drawn again."""
    differences = [*setup_differences(then, drawn.setup)]
    if drawn.sample.sha256 == sample.sha256:
        return Replayed(label, sample, True, tuple(differences))
    if (path := original(sample.sha256)).exists():
        differences.append(pixel_difference(path.read_bytes(), drawn.png))
    elif not differences:
        differences.append(Sentence("the setup is the same; the first picture is not at hand to compare pixels with"))
    return Replayed(label, sample, False, tuple(differences))


def refuse_remote(label: str, sample: Sample, then: Setup) -> Replayed | None:
    """Return why a picture is not drawn again, None where it can be."""
    if then.endpoint is None:
        return None
    why = Sentence(
        "it was drawn by {endpoint}, whose weights and machine can't be known here, so no replay can prove it",
        endpoint=then.endpoint,
    )
    return Replayed(label, sample, False, (why,), remote=True)


def replay(
    receipt: Receipt | PictureReceipt, engine: Engine, original: Callable[[str], Path], track: Track
) -> list[Replayed]:
    """Draw every picture again. ``original`` is where a picture of this SHA-256 would be, e.g. ``Store(data).image``.

    A remote picture is not asked for again: it would cost, and prove nothing. Raises DataError for a
    receipt that lacks a setup.
    """
    found = []
    for label, sample in track([*zip(receipt.labels, receipt.pictures, strict=True)], "Drawing again"):
        then = receipt.setup(sample.setup)
        found.append(refuse_remote(label, sample, then) or _draw_again(label, sample, then, engine, original))
    return found


def _draw_again(label: str, sample: Sample, then: Setup, engine: Engine, original: Callable[[str], Path]) -> Replayed:
    try:
        drawn = engine.draw(sample.generator, sample.request, ignore_progress)
    except HubError as error:
        return Replayed(label, sample, False, (Sentence("it can't be drawn: {error}", error=error.sentence),))
    return compare_again(label, sample, then, drawn, original)
