"""How figures were measured, in sentences: what a table of a paper needs below it so that others can do the same.

A metric says how its interval is made (``Metric.interval``), an encoder how pictures are resized (``Encoder.resized``).
What is the same for all figures of a measurement is here: prompts, seeds and reference; and of ratings, whose votes.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eval.encoders import ENCODERS
from eval.metrics import METRICS, Ints, Measured
from eval.paired_differences import PairedDifference
from hub.errors import UnknownName
from hub.language.sentence import Sentence

FIRST = 12  # digits of a hash that are told
NO_REFERENCE = Sentence("none")
NO_SEEDS = Sentence("not known")


@dataclass(frozen=True)
class PictureProtocol:
    """Of pictures that were measured: their prompts, their seeds, and what they were compared with."""

    prompts: str
    seeds: str
    reference: str


@dataclass(frozen=True)
class VoteProtocol:
    """Of votes that ratings rest on: raters and prompts, as many as are told, and what intervals are clustered by."""

    raters: int
    prompts: int
    interval: str


def hash_texts(texts: Iterable[str]) -> str:
    """Return the first digits of the SHA-256 of these texts, in their order, each with its own length."""
    found = hashlib.sha256()
    for text in texts:
        content = text.encode("utf-8", "surrogatepass")
        found.update(b"%d:" % len(content) + content)
    return found.hexdigest()[:FIRST]


def describe_prompts(prompts: Sequence[str]) -> Sentence:
    """Return how many different prompts there are, and the hash of them, sorted."""
    known = sorted(set(prompts))
    return Sentence("{n:,} prompts, SHA-256 {sha256}", n=len(known), sha256=hash_texts(known))


def describe_seeds(seeds: Ints | None) -> str:
    """Return how many different seeds pictures were drawn with, and between which they are."""
    if seeds is None or not len(seeds):
        return NO_SEEDS
    known = sorted(set(seeds.tolist()))
    if len(known) == 1:
        return str(known[0])
    return Sentence("{n:,} from {first} to {last}", n=len(known), first=known[0], last=known[-1])


def describe_reference(sha256: Sequence[str]) -> Sentence:
    """Return how many pictures the reference has, and the hash of theirs, sorted."""
    return Sentence("{n:,} pictures, SHA-256 {sha256}", n=len(sha256), sha256=hash_texts(sorted(sha256)))


def describe_resize_of(measured: Measured | PairedDifference) -> str:
    """Return how pictures were resized for a figure's encoder; empty where no encoder is asked, or it is unknown."""
    try:
        return ENCODERS[measured.encoder.partition("@")[0]].resized if measured.encoder else ""
    except UnknownName:
        return ""


def describe_interval(metric: str) -> str:
    """Return how the interval of this metric's figures is made; empty for a metric that is unknown."""
    try:
        return METRICS[metric].interval
    except UnknownName:
        return ""
