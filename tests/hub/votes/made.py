"""Valid records to test with: every field can be changed by its name."""

import hashlib
from collections.abc import Sequence
from typing import Any

from hub.log_entries import Drawing
from hub.schema import Criterion, Outcome, Sample, Setup, Side, Vote

PNG = (  # one grey pixel
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~\x9bU"
    b"\x00\x00\x00\nIDATx\x9cch\x00\x00\x00\x82\x00\x81w\xcdr\xb6\x00\x00\x00\x00IEND\xaeB`\x82"
)
DIGEST = hashlib.sha256(PNG).hexdigest()


def setup(**changes: Any) -> Setup:
    """A setup; its digest is the one in ``sample``."""
    fields: dict[str, Any] = {
        "generator": "left",
        "revision": "r1",
        "checkpoints": {"model.safetensors": "0" * 64},
        "dtype": "float32",
        "device": "CPU (x86_64, threads: 1)",
        "scheduler": None,
        "steps": 1,
        "guidance_scale": None,
        "libraries": {"torch": "2"},
    }
    return Setup(**(fields | changes))


SETUP = setup().digest


def sample(generator: str = "left", **changes: Any) -> Sample:
    """A sample of the picture PNG."""
    fields: dict[str, Any] = {
        "generator": generator,
        "revision": "r1",
        "prompt": "a cat",
        "seed": 3,
        "sha256": DIGEST,
        "seconds": 0.5,
        "setup": SETUP,
    }
    return Sample(**(fields | changes))


def vote(
    id: str,
    *,
    prompt: str = "a cat",
    seeds: Sequence[int] | None = None,
    left: str = "left",
    right: str = "right",
    wording: str = "",
    **changes: Any,
) -> Vote:
    """A vote of ``left`` against ``right``; sets of four where the question is about variety.

    ``wording``: the other wording of the prompt, where the vote is of alignment on two.
    """
    changes |= {"criterion": Criterion.alignment} if wording else {}
    variety = changes.get("criterion") is Criterion.variety
    seeds = seeds or ((3, 4, 5, 6) if variety else (3,))
    asked = [(text, seed) for text in (prompt, *filter(None, (wording,))) for seed in seeds]
    fields: dict[str, Any] = {
        "id": id,
        "time": 1.0,
        "criterion": Criterion.quality,
        "outcome": Outcome.a,
        "a": tuple(sample(left, prompt=text, seed=seed) for text, seed in asked),
        "b": tuple(sample(right, prompt=text, seed=seed) for text, seed in asked),
        "rater": "rater",
        "seconds": 2.5,
    }
    return Vote(**(fields | changes))


def drawing(battle: str = "battle", **changes: Any) -> Drawing:
    """A drawing of the left side that went well."""
    fields: dict[str, Any] = {
        "battle": battle,
        "side": Side.a,
        "time": 1.0,
        "criterion": Criterion.quality,
        "rater": "rater",
        "result": sample(),
    }
    return Drawing(**(fields | changes))
