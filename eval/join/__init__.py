"""Votes joined with automatic scores: vote by vote, generator by generator, by cost, and by looking."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from eval.encoders import ENCODERS
from eval.features import Reference
from eval.features.store import Store
from eval.join.asked import Asked
from eval.join.disputed import Disputed, find_disputed
from eval.join.encodings import StoredEncoding
from eval.join.fronts import Front, find_fronts
from eval.join.models import ByModel, compare
from eval.join.strips import Strips, find_strips
from eval.join.voted import Compared, Voted
from eval.join.votes import ByVote, foresee
from eval.measure import Table
from hub.votes import Pictures

__all__ = ["Asked", "ByModel", "ByVote", "Disputed", "Evidence", "Front", "Join", "Strips", "join", "open_evidence"]
IMAGES, JUDGE = "efficientnet-lite2", "judge"  # of ENCODERS


@dataclass(frozen=True)
class Evidence:
    """Pictures to join with votes and figures. ``voted`` is None where votes come without any."""

    voted: Voted | None
    strips: Strips


@dataclass(frozen=True)
class Join:
    """What metrics say of votes, and what both say of the generators."""

    by_vote: tuple[ByVote, ...]
    by_model: tuple[ByModel, ...]
    fronts: tuple[Front, ...]
    strips: Strips | None
    disputed: Disputed | None


def open_evidence(
    votes: Path | None, reference: Reference, generators: Sequence[str], samples: Path, store: Path, device: str
) -> Evidence:
    """The pictures of the votes at ``votes``, and those of the generators in the folder ``samples``.

    ``store`` is the file that features are kept in. Raises MissingFile where an encoder's weights are not there,
    DataError where the reference was encoded by another, or the manifest of the samples can't be read.
    """
    strips = find_strips(reference, generators, samples)
    if votes is None:
        return Evidence(None, strips)
    kept = Store(store)
    images, judge = (StoredEncoding(ENCODERS[name], kept, None, device) for name in (IMAGES, JUDGE))
    return Evidence(Voted(Pictures(votes), (Compared.of(images, reference),), judge), strips)


def join(votes: pa.Table, asked: Sequence[Asked], table: Table, evidence: Evidence | None) -> Join:
    """Join each question's votes with the metrics' figures, and with the pictures where there are some."""
    voted = evidence.voted if evidence else None
    by_vote = [found for one in asked for found in foresee(votes, one, voted)]
    by_model = [found for one in asked for found in compare(one, table)]
    disputed = find_disputed(votes, asked, voted.pictures) if voted else None
    return Join(tuple(by_vote), tuple(by_model), find_fronts(table), evidence.strips if evidence else None, disputed)
