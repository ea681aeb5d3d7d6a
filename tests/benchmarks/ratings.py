"""Votes counted and rated beside arena-rank, FastChat, evalica and choix. Run by ``tests.benchmarks.eval``."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import choix
import evalica
import numpy as np

from eval.ratings.bradley_terry import SCALE, Fit, fit, rate
from eval.ratings.clusters import score_votes
from eval.ratings.counts import Counts, Votes, tally
from eval.ratings.draws import bootstrap_groups, draw_normal, percentile_intervals
from eval.ratings.sandwich import cluster_sandwich
from eval.ratings.tie_rules import TieRule
from tests.benchmarks.peers import FITS, NoPeers, peers, works
from tests.benchmarks.timing import OURS, Case, Work, slower, within
from tests.eval.ratings.made import voted

TWENTY, TWO_HUNDRED = np.linspace(1, -1, 20), np.linspace(1, -1, 200)
CLOSE = 0.5  # Elo points that fits of the same votes may differ by


def narrow(votes: Votes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sides and outcomes as a vote file keeps them."""
    kind = np.int8 if len(votes.names) < 128 else np.int32
    return votes.left.astype(kind), votes.right.astype(kind), votes.outcome.astype(np.int8)


def rated(names: tuple[str, ...], codes: tuple[np.ndarray, np.ndarray, np.ndarray], rule: TieRule) -> Fit:
    """From codes to ratings with intervals."""
    fitted = fit(Counts(names, tally(*codes, len(names))), rule)
    rate(fitted)
    return fitted


def many() -> Case:
    """20 models, 1e7 votes, every tie rule."""
    votes = voted(TWENTY, 10_000_000, 0)
    codes = narrow(votes)
    ways: dict[str, Work] = {f"ours, {rule}": partial(rated, votes.names, codes, rule) for rule in TieRule}
    ways[OURS] = ways.pop(f"ours, {TieRule.half}")
    goals = {OURS: (within(0.1),)}
    return Case("Ratings with sandwich intervals, 1e7 coded votes, 20 models", ways, goals, warm=True)


def _counted(votes: Votes) -> dict[str, Callable[[], object]]:
    """evalica from rows and from counts, choix from counts; none of them gives intervals."""
    names, counts = list(votes.names), votes.counts
    xs, ys = ([names[i] for i in side] for side in (votes.left, votes.right))
    kinds = [evalica.Winner.X, evalica.Winner.Y, evalica.Winner.Draw]
    winners = [kinds[outcome] for outcome in votes.outcome]
    cells = list(zip(*np.nonzero(counts.judged), strict=True))
    few = ([names[i] for i, _, _ in cells], [names[j] for _, j, _ in cells], [kinds[o] for _, _, o in cells])
    weights = [float(counts.judged[cell]) for cell in cells]
    return {
        "evalica, no intervals": lambda: evalica.bradley_terry(xs, ys, winners),
        "evalica, counted before, no intervals": lambda: evalica.bradley_terry(*few, weights=weights),
        "choix, counted before, no intervals": lambda: choix.ilsr_pairwise_dense(counts.halved, alpha=0.0),
    }


@contextmanager
def beside() -> Iterator[Case]:
    """20 models, 1e6 votes, the peers beside ours; what they find is compared too."""
    votes = voted(TWENTY, 1_000_000, 0)
    codes, counts = narrow(votes), votes.counts
    ours: dict[str, Work] = {
        OURS: lambda: rated(votes.names, codes, TieRule.half),
        "ours, counted before": lambda: rate(fit(counts)),
    }
    title = "Ratings with sandwich intervals, 1e6 votes, 20 models"
    try:
        with peers(votes) as process:
            goals = {name: (slower(100),) for name in FITS if name != "arena-rank, counted before"}
            yield Case(title, works(process) | _counted(votes) | ours, goals, warm=True)
            expected = SCALE * fit(counts).theta
            for name, found in process.ratings.items():
                theirs = np.array([found[model] for model in votes.names])
                apart = float(np.abs(theirs - theirs.mean() - expected).max())
                assert apart < CLOSE, f"{name} differs from ours by {apart:.2f} points"
    except NoPeers as error:
        yield Case(title, _counted(votes) | ours, missing=dict.fromkeys(FITS, str(error)), warm=True)


def draws() -> Case:
    """200 models, 1e6 votes: 1,000 draws for intervals, of votes, raters, and raters and prompts."""
    votes = voted(TWO_HUNDRED, 1_000_000, 0)
    fitted = fit(votes.counts)
    rater, prompt = (np.random.default_rng(seed).integers(0, 20_000, 1_000_000) for seed in (1, 2))
    inverse = fitted.form.inverse(fitted.information)

    def by(*keys: np.ndarray) -> np.ndarray:
        return percentile_intervals(draw_normal(fitted, 1000, 0, cluster_sandwich(fitted, votes, keys).drawn_from))

    def of_groups() -> np.ndarray:
        return percentile_intervals(bootstrap_groups(fitted.at, inverse, score_votes(fitted, votes), rater, 1000, 0))

    ways: dict[str, Work] = {
        OURS: lambda: percentile_intervals(draw_normal(fitted, 1000, 0)),
        "ours, by 20,000 raters": lambda: by(rater),
        "ours, by 20,000 raters and 20,000 prompts": lambda: by(rater, prompt),
        "ours, bootstrap of 20,000 raters": of_groups,
    }
    goals = {name: (within(0.1),) for name in list(ways)[:3]}
    return Case("1,000 draws for intervals, 1e6 votes, 200 models", ways, goals, warm=True)
