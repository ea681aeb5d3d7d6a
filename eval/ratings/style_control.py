"""A question's ratings as if both sides of each battle had been alike in style, beside those without that control."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from eval.agreement.voted_pictures import encode_voted
from eval.features.feature_space import FeatureSpace
from eval.picture_style import MEASURES, PictureProperty
from eval.ratings.board import Rule, find_dropped
from eval.ratings.bradley_terry import CENTRE, SCALE, Rating, check_joined, mean_wins, rank_generators
from eval.ratings.clusters import ClusterScores, sum_outer_products
from eval.ratings.counts import Counts, Matrix, Votes
from eval.ratings.newton import Vector
from eval.ratings.sandwich import Sandwich, sum_sandwich
from eval.ratings.tie_rules import outcome_chances
from eval.ratings.vote_fit import VoteFit, fit_votes
from eval.ratings.weights import WeighedVotes
from eval.rounding import round_off
from eval.votes.codes import Codes
from hub.errors import DataError
from hub.language.sentence import Sentence
from hub.schema import Criterion
from hub.votes import Pictures

NO_PICTURES = Sentence("No pictures came with these votes, so style can't be controlled for.")
ALL_ALIKE = Sentence("The sides of no battle differ in style, so there is nothing to control for.")


@dataclass(frozen=True)
class StyleCoefficient:
    """What one deviation more of a property is worth to a side, in Elo points, with its 95 % interval.

    ``deviation``: the root mean square of the sides' differences, in the property's own unit.
    """

    property: PictureProperty
    points: float
    low: float
    high: float
    deviation: float


@dataclass(frozen=True)
class StyleShift:
    """A generator's rating without and with the control, and by how much that moves it, with its 95 % interval."""

    without: Rating
    controlled: Rating
    shift: float
    low: float
    high: float


@dataclass(frozen=True)
class StyleControl:
    """Ratings by the same votes without and with control, those with it best first; ``lost`` votes lack a picture.

    ``alike``: properties in which no two sides differ, which are left out.
    """

    shifts: tuple[StyleShift, ...]
    coefficients: tuple[StyleCoefficient, ...]
    votes: int
    lost: int
    alike: tuple[PictureProperty, ...]


@dataclass(frozen=True)
class StyleDifferences:
    """What the left side has more than the right one, by property (votes, 4), of the votes at ``rows``, (votes,)."""

    rows: Codes
    values: Matrix


def measure_differences(ids: Sequence[str], pictures: Pictures, space: FeatureSpace) -> StyleDifferences:
    """Measure the pictures of each vote; of several a side the mean. Votes without all their pictures are left out.

    Raises: DataError where no vote has its pictures, StorageError.
    """
    sides = [pictures.of_votes.get(id) for id in ids]
    if not any(sides):
        raise DataError(NO_PICTURES)
    judged = encode_voted(pictures, sides, space, "Measuring the style of voted pictures")
    if not judged.rows:
        raise DataError(NO_PICTURES)
    values = [judged.difference(judged.features[:, k]) for k in range(len(MEASURES))]
    return StyleDifferences(np.array(judged.rows), np.stack(values, axis=1))


@dataclass(frozen=True)
class StyledQuestion:
    """A question's ratings with control for style; ``missing`` says why there are none."""

    criterion: Criterion | None
    source: str
    found: StyleControl | None
    missing: str | None


def control_question(
    table: pa.Table,
    about: tuple[str, Criterion | None],
    known: WeighedVotes,
    pictures: Pictures,
    space: FeatureSpace,
    rule: Rule,
    groups: Sequence[Codes],
) -> StyledQuestion:
    """Control a question's ratings for style; ``about`` are its source and criterion, ``table`` has its votes' rows.

    Raises: StorageError.
    """
    ids = table["id"].take(pa.array(known.votes.rows)).to_pylist()
    source, criterion = about
    try:
        found = control_style(known, measure_differences(ids, pictures, space), rule, groups)
    except DataError as error:
        return StyledQuestion(criterion, source, None, error.sentence)
    return StyledQuestion(criterion, source, found, None)


def _sandwich(inverse: Matrix, scored: ClusterScores, keys: Sequence[Codes]) -> Sandwich:
    """Return the covariance of what scores move by ``inverse``, (q, size)."""
    plain = inverse @ scored.plain @ inverse.T
    return sum_sandwich(inverse, plain, scored, np.zeros_like(scored.plain), keys)


def _join_scores(one: ClusterScores, other: ClusterScores) -> ClusterScores:
    """Return the scores of two fits of the same votes, as of one model with the parameters of both."""
    columns = np.concatenate([one.columns, other.columns + one.size])
    values = np.concatenate([one.values, other.values])
    size = one.size + other.size
    return ClusterScores(size, columns, values, sum_outer_products(size, columns, values), one.weight)


def _rate(found: VoteFit, counts: Counts, keys: Sequence[Codes]) -> dict[str, Rating]:
    """Return the ratings of a fit, best first, by name."""
    n, theta = found.model.n, found.at[: found.model.n]
    half = SCALE * _sandwich(found.inverse[:n], found.scored, keys).half_widths
    points = SCALE * theta + CENTRE
    tie = float(found.at[-1]) if found.model.rule.modelled else None
    odds = outcome_chances(found.model.rule, theta[:, None] - theta[None, :], tie)
    wins = mean_wins(np.asarray(odds[..., 0] + odds[..., 2] / 2))
    rows = rank_generators(counts.names, points, points - half, points + half, counts.battles.sum(axis=1), wins)
    return {row.generator: row for row in rows}


def _select(known: WeighedVotes, rows: Codes, rule: Rule) -> tuple[Votes, Codes]:
    """Return those of the votes at these places that the rule keeps, and which of ``rows`` they are."""
    kept = np.flatnonzero(~find_dropped(known.votes.outcome[rows], rule))
    return known.votes.where(rows[kept]), kept


def control_style(
    known: WeighedVotes, differences: StyleDifferences, rule: Rule, groups: Sequence[Codes]
) -> StyleControl:
    """Rate a question's votes with and without control for style, by the rule's ties and position.

    ``groups``: of all its votes, that intervals are by. Properties are scaled to a root mean square of 1, not centred:
    sides that are alike have 0.

    Raises: DataError where the votes do not join all generators, or have no single maximum.
    """
    votes, kept = _select(known, differences.rows, rule)
    if not len(votes.rows):
        raise DataError(NO_PICTURES)
    counts = votes.counts
    check_joined(counts, counts.judged, rule.ties)
    keys = [np.asarray(group)[differences.rows[kept]] for group in groups]
    values = differences.values[kept]
    deviation = np.sqrt((values**2).mean(axis=0))
    differ = deviation > 1e-9 * np.abs(values).max(initial=1.0)
    if not differ.any():
        raise DataError(ALL_ALIKE)
    side = np.ones((len(values), int(rule.position)))
    z = np.concatenate([side, values[:, differ] / deviation[differ]], axis=1)
    plain, styled = fit_votes(votes, side, rule.ties), fit_votes(votes, z, rule.ties)
    properties = [one for one, there in zip(MEASURES, differ, strict=True) if there]
    return StyleControl(
        _compare(plain, styled, counts, keys),
        _list_coefficients(styled, properties, deviation[differ], keys),
        len(votes.rows),
        len(known.votes.rows) - len(differences.rows),
        tuple(one for one, there in zip(MEASURES, differ, strict=True) if not there),
    )


def _compare(plain: VoteFit, styled: VoteFit, counts: Counts, keys: Sequence[Codes]) -> tuple[StyleShift, ...]:
    """Return the ratings of both fits and their differences, whose error is that of one estimate."""
    n = len(counts.names)
    inverse = np.concatenate([styled.inverse[:n], -plain.inverse[:n]], axis=1)
    half = SCALE * _sandwich(inverse, _join_scores(styled.scored, plain.scored), keys).half_widths
    shift: Vector = SCALE * (styled.at[:n] - plain.at[:n])
    without, controlled = (_rate(found, counts, keys) for found in (plain, styled))
    places = {name: place for place, name in enumerate(counts.names)}
    return tuple(
        StyleShift(without[name], row, *(round_off(shift[i] + off) for off in (0.0, -half[i], half[i])))
        for name, row in controlled.items() for i in [places[name]]
    )  # fmt: skip


def _list_coefficients(
    styled: VoteFit, properties: Sequence[PictureProperty], deviation: Vector, keys: Sequence[Codes]
) -> tuple[StyleCoefficient, ...]:
    """Return the properties' coefficients in Elo points."""
    n, m = styled.model.n, len(properties)
    places = slice(n + styled.model.z.shape[1] - m, n + styled.model.z.shape[1])
    half = SCALE * _sandwich(styled.inverse[places], styled.scored, keys).half_widths
    points = SCALE * styled.at[places]
    return tuple(
        StyleCoefficient(one, round_off(points[k]), round_off(points[k] - half[k]), round_off(points[k] + half[k]),
                         round_off(deviation[k]))
        for k, one in enumerate(properties)
    )  # fmt: skip
