"""Evidence of which of two generators is better that bets once a rater: votes of one person are no several persons'.

Raters have tastes of their own, so that a rater's second vote on a pair is foretold by the first, and no wager on it is
fair though the generators be equal in everyone's mean. So each rater bets once on a pair: what is wagered on is the
mean, over the rater's first k votes on the pair, of 1/2 for the one, -1/2 for the other and 0 for neither. A prompt
likewise belongs, for a pair, to the rater who was the first to vote on it; other raters' votes on it bet nothing. Then
all bets on a pair share neither rater nor prompt, each is fair or worse if "better" is untrue of raters and prompts at
large, and their mixture prod (1 + b mean) is an e-process (see ``eval.ratings.settled``).

k is 1, 4, 16 and 64, each an e-process of its own; a claim needs one of them to reach what Bonferroni asks of it, most
of the chance to err being k = 1's. Where each rater votes once on a pair that is the evidence of independent votes,
at a price of ln(1 / 0.8). What is taken for granted with k > 1: whether a rater gives k votes on a pair does not hang
on what they say.

Raters of one network may be one person: on each pair at most FEWEST of a network bet, or a tenth of the number of all
others' bets where that is more, the first to vote first. Where all votes come from one network, or none tells one,
networks say nothing, and nothing is left out for them.
"""

from dataclasses import dataclass

import numpy as np

from eval.ratings.clusters import number_groups
from eval.ratings.counts import A, B, Matrix, Votes
from eval.ratings.graph import Edges
from eval.ratings.settled import BETS, claim_threshold, close_claims
from eval.rounding import is_above
from eval.votes.codes import Codes, Mask

BLOCKS = (1, 4, 16, 64)  # votes of a rater on a pair whose mean is wagered on
STAKES = (0.8, 0.2 / 3, 0.2 / 3, 0.2 / 3)  # shares of the chance to err
FEWEST, SHARE = 5, 0.1  # raters of one network who bet on a pair, or this share of the others


@dataclass(frozen=True)
class _Wagers:
    """One row for each rater of each pair: where its votes begin among ``gains``, how many, in the order of time."""

    pair: Codes  # (rows,), lower generator * n + higher
    start: Codes  # (rows,)
    votes: Codes  # (rows,)
    gains: Matrix  # (votes,), of the lower generator


def _find_first_votes(codes: Codes) -> Codes:
    """Return the place of the first vote with the same code as each, (votes,)."""
    _, first, own = np.unique(codes, return_index=True, return_inverse=True)
    return np.asarray(first[own])


def _number_combinations(*codes: Codes) -> Codes:
    """Return a number for each combination, (votes,)."""
    found = codes[0]
    for code in codes[1:]:
        found = np.unique(found, return_inverse=True)[1] * (int(code.max(initial=0)) + 1) + code
    return found


def _make_wagers(votes: Votes, rater: Codes, prompt: Codes, network: Codes | None) -> _Wagers:
    """Return the wagers of each rater on each pair, at most one vote a prompt."""
    n = len(votes.names)
    low, high = np.minimum(votes.left, votes.right), np.maximum(votes.left, votes.right)
    pair, turned = low.astype(np.int64) * n + high, np.where(votes.left == low, 0.5, -0.5)
    gain = turned * ((votes.outcome == A) * 1.0 - (votes.outcome == B))
    kept = np.flatnonzero(rater[_find_first_votes(_number_combinations(pair, prompt))] == rater)
    place = _number_combinations(pair[kept], rater[kept])
    order = np.argsort(place, kind="stable")
    rows, (_, start, size) = kept[order], np.unique(place[order], return_index=True, return_counts=True)
    found = _Wagers(pair[rows[start]], start, size, gain[rows])
    if network is None:
        return found
    some = _limit_networks(found.pair, network[rows[start]], rows[start])
    return _Wagers(found.pair[some], start[some], size[some], found.gains)


def _limit_networks(pair: Codes, network: Codes, first: Codes) -> Mask:
    """Return which raters of pairs bet, (rows,), so that no network has too many on a pair.

    ``first``: when each voted.
    """
    own = np.unique(_number_combinations(pair, number_groups(network)), return_inverse=True)[1]
    of_pair, of_own = np.bincount(pair)[pair], np.bincount(own)[own]
    order = np.lexsort((first, own))
    place = np.empty(len(own), dtype=np.int64)
    place[order] = np.arange(len(own)) - np.searchsorted(own[order], own[order])
    return np.asarray(place < np.maximum(FEWEST, SHARE * (of_pair - of_own)))


def _sum_evidence(wagers: _Wagers, n: int, block: int) -> Matrix:
    """Return the log e-value of "i is better than j" by the raters with ``block`` votes or more on the pair; (n, n)."""
    some = np.flatnonzero(wagers.votes >= block)
    summed = np.concatenate(([0.0], np.cumsum(wagers.gains)))
    mean = (summed[wagers.start[some] + block] - summed[wagers.start[some]]) / block
    found = np.zeros(n * n)
    pairs, of = np.unique(wagers.pair[some], return_inverse=True)
    for sign, places in ((1, pairs), (-1, pairs % n * n + pairs // n)):
        logs = np.stack([np.bincount(of, np.log1p(sign * bet * mean), len(pairs)) for bet in BETS], axis=-1)
        found[places] = np.logaddexp.reduce(logs, axis=-1) - np.log(len(BETS))
    return found.reshape(n, n)


def settle_by_raters(votes: Votes, rater: Codes, prompt: Codes, network: Codes) -> Edges:
    """Return which i are settled to be better than which j by votes in the order of time; (n, n).

    ``rater``, ``prompt`` and ``network`` tell apart whose votes they are, on what and from where, (votes,), negative
    where that is unknown: such a vote is another rater's, on a prompt of its own, from a network of its own.
    """
    n, told = len(votes.names), network[network >= 0]
    several = len(told) and (told != told[0]).any()
    wagers = _make_wagers(votes, number_groups(rater), number_groups(prompt), network if several else None)
    claims = np.zeros((n, n), dtype=bool)
    for block, stake in zip(BLOCKS, STAKES, strict=True):
        claims |= ~is_above(claim_threshold(n) - np.log(stake), _sum_evidence(wagers, n, block), 1.0)
    return close_claims(claims)
