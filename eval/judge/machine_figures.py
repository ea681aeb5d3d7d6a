"""What a machine's votes are worth: its lean to a side, its consistency, and its agreement with people's votes.

A battle's verdict is the answer that both orders gave; where they differ it is a tie (Zheng et al., arXiv 2306.05685,
section 3.4). Both bad is a tie beside people's answers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from eval.raters.answers import MIRRORED
from eval.raters.shares import Share, measure_share
from eval.ratings.counts import TIE
from eval.rounding import round_off
from eval.statistics import DRAWS, SEED
from eval.votes.codes import Codes, encode
from eval.votes.ledger import MACHINE, OUTCOMES, read_ledger
from hub.errors import DataError
from hub.schema import Criterion
from hub.votes import Pictures, read_votes
from hub.votes.pictures import SidePictures

KINDS = 3  # left, right, neither
Battle = tuple[str, str, frozenset[tuple[str, ...]]]  # question, prompt, and both sides' pictures
PersonAnswer = tuple[Battle, tuple[str, ...], int]  # the left side's pictures, and the outcome's index


@dataclass(frozen=True)
class Kappa:
    """Cohen's kappa with its 95 % interval by bootstrap over battles, and the people's votes it rests on."""

    value: float
    low: float
    high: float
    votes: int


@dataclass(frozen=True)
class MachineJudge:
    """A model on one question: ``left`` its decided answers for the left side, ``consistent`` battles with one answer.

    ``agreeing``: people's votes with its verdict. Of shares that are None, or a kappa, there is nothing to tell it by.
    """

    model: str
    criterion: Criterion
    battles: int
    left: Share | None
    consistent: Share | None
    agreeing: Share | None
    kappa: Kappa | None


@dataclass(frozen=True)
class _Answered:
    """The two answers of a model to each battle, the question of each, and the left side's pictures in the first."""

    first: Codes  # (battles,), index into OUTCOMES
    second: Codes  # (battles,), as given: its sides are swapped
    battles: tuple[Battle, ...]
    left: tuple[tuple[str, ...], ...]

    @property
    def verdicts(self) -> Codes:
        """The verdict on each battle: 0 left, 1 right, 2 neither."""
        first = np.minimum(self.first, TIE)
        return np.where(first == np.minimum(MIRRORED[self.second], TIE), first, TIE)


def cohens_kappa(table: np.ndarray) -> np.ndarray:
    """Return Cohen's kappa (Educational and Psychological Measurement 20, 1960) of tables of counts (..., k, k).

    NaN where both give one and the same answer always.
    """
    total = table.sum(axis=(-2, -1))
    with np.errstate(invalid="ignore", divide="ignore"):
        seen = np.trace(table, axis1=-2, axis2=-1) / total
        chance = (table.sum(axis=-1) * table.sum(axis=-2)).sum(axis=-1) / total**2
        return np.asarray((seen - chance) / (1 - chance))


def measure_kappa(verdict: Codes, person: Codes, battle: Codes) -> Kappa | None:
    """Return kappa of verdicts and people's answers, (votes,) each, of battles; None where it can't be told."""
    number = int(battle.max(initial=-1)) + 1
    cells = np.zeros((number, KINDS * KINDS))
    np.add.at(cells, (battle, verdict * KINDS + person), 1)
    value = float(cohens_kappa(cells.sum(axis=0).reshape(KINDS, KINDS)))
    if number < 2 or not np.isfinite(value):
        return None
    times = np.random.default_rng(SEED).multinomial(number, np.full(number, 1 / number), size=DRAWS)
    drawn = cohens_kappa((times @ cells).reshape(-1, KINDS, KINDS))
    low = np.quantile(np.nan_to_num(drawn, nan=-1.0), 0.025)
    high = np.quantile(np.nan_to_num(drawn, nan=1.0), 0.975)
    return Kappa(round_off(value), round_off(min(float(low), value)), round_off(max(float(high), value)), len(person))


def _key(criterion: str, prompt: str, sides: SidePictures) -> Battle:
    return criterion, prompt, frozenset((sides.a, sides.b))


def _pair_answers(rows: Iterable[dict[str, str]], pictures: dict[str, SidePictures]) -> _Answered:
    """Return the battles that have both answers among a model's rows on one question."""
    by_id = {row["id"]: row for row in rows}
    pairs = [
        (by_id[row["repeat_of"]], row)
        for row in by_id.values()
        if row["repeat_of"] in by_id and row["id"] in pictures and row["repeat_of"] in pictures
    ]
    places = {outcome.value: place for place, outcome in enumerate(OUTCOMES)}
    one, other = (np.array([places[pair[k]["outcome"]] for pair in pairs], dtype=np.int64) for k in (0, 1))
    sides = [pictures[first["id"]] for first, _ in pairs]
    battles = (_key(first["criterion"], first["prompt"], each) for (first, _), each in zip(pairs, sides, strict=True))
    return _Answered(one, other, tuple(battles), tuple(each.a for each in sides))


def _list_answers(people: pa.Table, known: dict[str, SidePictures]) -> list[PersonAnswer]:
    """List people's votes that count and have pictures: battle, the left side's pictures, and the answer."""
    ledger = read_ledger(people)
    rows = people.select(["id", "criterion", "prompt"]).to_pylist()
    outcome = encode(people["outcome"], OUTCOMES)
    return [
        (_key(row["criterion"], row["prompt"], sides), sides.a, int(outcome[place]))
        for place in np.flatnonzero(ledger.counts & ledger.own).tolist()
        if (row := rows[place]) and (sides := known.get(row["id"]))
    ]


def _match_people(people: Iterable[PersonAnswer], answered: _Answered) -> tuple[Codes, Codes, Codes]:
    """Return verdict, people's answer in the verdict's orientation, and battle of each of people's votes on these."""
    at = {battle: place for place, battle in enumerate(answered.battles)}
    verdicts, found = answered.verdicts, []
    for key, left, outcome in people:
        if (battle := at.get(key)) is not None:
            said = outcome if left == answered.left[battle] else MIRRORED[outcome]
            found.append((verdicts[battle], min(int(said), TIE), battle))
    columns = np.array(found, dtype=np.int64).reshape(-1, 3).T
    return columns[0], columns[1], columns[2]


def _measure(model: str, criterion: Criterion, answered: _Answered, people: Iterable[PersonAnswer]) -> MachineJudge:
    """Return a model's figures on one question."""
    number = len(answered.first)
    both, of = np.concatenate([answered.first, answered.second]), np.tile(np.arange(number), 2)
    decided = both < TIE
    alike = answered.first == MIRRORED[answered.second]
    verdict, person, battle = _match_people(people, answered)
    return MachineJudge(
        model,
        criterion,
        number,
        measure_share(both[decided] == 0, of[decided]),
        measure_share(alike, np.arange(number)),
        measure_share(verdict == person, battle),
        measure_kappa(verdict, person, np.unique(battle, return_inverse=True)[1]),
    )


def measure_judges(judged: Path, people: pa.Table, pictures: Pictures) -> tuple[MachineJudge, ...]:
    """Measure every model of a file of machines' votes, question by question, beside people's votes.

    Raises: DataError for a file that holds something else, or no battle in both orders.
    """
    read = read_votes(judged)
    table = read.table.select(["id", "criterion", "prompt", "outcome", "rater", "excluded", "repeat_of"]).to_pylist()
    if read.problems:
        raise DataError(f"{judged} can't be read whole: {read.problems[0]}")
    for row in table:
        if MACHINE not in (row["excluded"] or "").split("+"):
            raise DataError(f"{judged} holds vote {row['id']!r} of a person: name the file that eval.judge wrote.")
    theirs, given, found = Pictures(judged).of_votes, _list_answers(people, pictures.of_votes), []
    for model in sorted({row["rater"] for row in table}):
        for criterion in Criterion:
            rows = (row for row in table if (row["rater"], row["criterion"]) == (model, criterion.value))
            answered = _pair_answers(rows, theirs)
            if answered.battles:
                name = model.removeprefix(f"{MACHINE}:")
                found.append(_measure(name, criterion, answered, given))
    if not found:
        raise DataError(f"{judged} has no battle that was judged in both orders: run eval.judge on.")
    return tuple(found)
