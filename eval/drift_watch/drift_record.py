"""``drift.json``: all that a drift watch found, and which of its pictures stand beside one another."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.drift_watch.drift_text import tell_evidence, tell_verdict
from eval.drift_watch.figure_names import DriftFigure
from eval.drift_watch.verdict import DriftVerdict, EncoderShare
from eval.metrics import Measured
from hub.errors import DataError
from hub.files import write_whole
from hub.language.catalogue import ENGLISH

NAME = "drift.json"


@dataclass(frozen=True)
class PicturePair:
    """One prompt and seed drawn before and after; the pictures are named by their files beside ``drift.json``."""

    pictures: str
    prompt: str
    seed: int
    before: str
    after: str


@dataclass(frozen=True)
class DriftRecord:
    """What a drift watch found of a run with this config, after this step."""

    config: dict[str, Any]
    step: int
    verdict: DriftVerdict
    figures: tuple[DriftFigure, ...]
    pairs: tuple[PicturePair, ...]


def write_drift(record: DriftRecord, out: Path) -> None:
    """Write ``drift.json`` into a folder, its verdict in English words too. Raises StorageError."""
    words = {
        "sentence": tell_verdict(record.verdict, ENGLISH),
        "evidence": tell_evidence(record.figures, ENGLISH),
    }
    told = asdict(record)
    told["verdict"] |= words
    write_whole(out / NAME, json.dumps(told, indent=1, allow_nan=False).encode())


def read_drift(folder: Path) -> DriftRecord:
    """Return what a drift watch wrote into a folder. Raises DataError where it did not, or wrote it otherwise."""
    try:
        told = json.loads((folder / NAME).read_text(encoding="utf-8"))
        shares = (EncoderShare(told["verdict"][name]) for name in ("learnt", "unrelated", "of_class"))
        figures = tuple(
            DriftFigure(one["pictures"], one["role"], Measured(**one["measured"])) for one in told["figures"]
        )
        pairs = tuple(PicturePair(**one) for one in told["pairs"])
        return DriftRecord(dict(told["config"]), int(told["step"]), DriftVerdict(*shares), figures, pairs)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DataError(f"{folder / NAME} can't be read ({error}): watch the run again.") from error


def choose_shown(pairs: Sequence[PicturePair], pictures: str, prompts: int, seeds: int) -> dict[str, list[PicturePair]]:
    """Return pairs of a set by prompt: of at most so many prompts, spread over all, and so many seeds of each."""
    found: dict[str, list[PicturePair]] = {}
    for one in pairs:
        if one.pictures == pictures:
            found.setdefault(one.prompt, []).append(one)
    some = list(found)[:: max(1, len(found) // prompts)][:prompts]
    return {prompt: found[prompt][:seeds] for prompt in some}
