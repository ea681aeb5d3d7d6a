"""Replay: draw a receipt's pictures again and say "identical", or what differs."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from hub.engine import Engine
from hub.errors import HubError
from hub.generators import ignore_progress
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


def setup_differences(then: Setup, now: Setup) -> Iterator[str]:
    """What was another at the time, one sentence a field."""
    for field in Setup.model_fields:
        before, after = getattr(then, field), getattr(now, field)
        if isinstance(before, dict):
            for key in sorted({*before, *after}):
                if before.get(key) != after.get(key):
                    yield f"{field} {key}: {before.get(key, 'none')} then, {after.get(key, 'none')} now"
        elif before != after:
            yield f"{field}: {before} then, {after} now"


def pixel_difference(then: bytes, now: bytes) -> str:
    """How far two PNGs are apart, in words."""
    a, b = (np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), np.int16) for png in (then, now))
    if a.shape != b.shape:
        return f"size: {a.shape[1]}x{a.shape[0]} then, {b.shape[1]}x{b.shape[0]} now"
    apart = np.abs(a - b)
    if not apart.any():
        return "the pixels are the same, the PNG files are not"
    return f"{(apart.max(axis=2) > 0).mean():.1%} of the pixels differ, by at most {apart.max()} of 255 levels"


def _again(sample: Sample, then: Setup, engine: Engine, original: Callable[[str], Path]) -> tuple[bool, list[str]]:
    try:
        drawn = engine.draw(sample.generator, sample.request, ignore_progress)
    except HubError as error:
        return False, [f"it can't be drawn: {error}"]
    differences = list(setup_differences(then, drawn.setup))
    if drawn.sample.sha256 == sample.sha256:
        return True, differences
    if (path := original(sample.sha256)).exists():
        differences.append(pixel_difference(path.read_bytes(), drawn.png))
    elif not differences:
        differences.append("the setup is the same; the first picture is not at hand to compare pixels with")
    return False, differences


def _elsewhere(endpoint: str) -> str:
    return f"it was drawn by {endpoint}, whose weights and machine can't be known here, so no replay can prove it"


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
        if then.endpoint is not None:
            found.append(Replayed(label, sample, False, (_elsewhere(then.endpoint),), remote=True))
            continue
        identical, differences = _again(sample, then, engine, original)
        found.append(Replayed(label, sample, identical, tuple(differences)))
    return found
