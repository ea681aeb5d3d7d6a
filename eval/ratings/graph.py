"""Who was compared with whom, and whether the votes alone give a finite estimate."""

import numpy as np
from numpy.typing import NDArray

from eval.ratings.battles import Matrix
from eval.ratings.models import TieRule

Edges = NDArray[np.bool_]


def reachable(edges: Edges, start: int) -> Edges:
    """Which of n nodes can be reached from ``start`` along ``edges[i, j]`` (i to j), ``start`` among them; (n,)."""
    seen = np.zeros(len(edges), dtype=bool)
    front = seen.copy()
    front[start] = True
    while front.any():
        seen |= front
        front = edges[front].any(axis=0) & ~seen
    return seen


def components(edges: Edges) -> list[list[int]]:
    """Connected components of an undirected graph given as a symmetric (n, n) matrix."""
    left, found = set(range(len(edges))), []
    while left:
        part = np.flatnonzero(reachable(edges, min(left))).tolist()
        left -= set(part)
        found.append(part)
    return found


def strong(edges: Edges) -> bool:
    """Whether each node can be reached from each other one."""
    return bool(reachable(edges, 0).all() and reachable(edges.T, 0).all())


def has_cycle(edges: Edges) -> bool:
    """Whether one can come back to a node along the edges: whether taking away sources one by one leaves any."""
    left = np.ones(len(edges), dtype=bool)
    while (sources := left & ~(edges & left[:, None]).any(axis=0)).any():
        left &= ~sources
    return bool(left.any())


def needs_prior(judged: Matrix, rule: TieRule, position: bool) -> bool:
    """Whether votes (n, n, 3) that join all generators may give no finite estimate, or none with an interval.

    No prior is needed where all of these hold:

    - Wins, a tie counting both ways (not with ``dropped``), lead from each generator to each other one (Ford,
      American Mathematical Monthly 64, 1957). Exact for ``half`` and ``dropped`` without a position term.
    - Generators are joined by decided votes: those joined by ties alone have no residual, thus no interval.
    - With a position term: some wins from the left form a cycle, and some from the right; with ``half`` a tie is
      both. Without one, where the rule models ties and there are some: some wins form a cycle.

    The last is enough, not necessary: it forces every direction in which the likelihood never falls to be none. So a
    few data sets that have a maximum get the prior too.
    """
    left, right, tie = np.moveaxis(judged > 0, -1, 0)
    won = left | right.T
    either = tie | tie.T
    whole = strong(won if rule is TieRule.dropped else won | either)
    decided = bool(reachable(won | won.T, 0).all())
    if position:
        both = tie if rule is TieRule.half else np.zeros_like(tie)
        bounded = has_cycle(left | both) and has_cycle(right.T | both.T)
    else:
        bounded = not (rule.modelled and either.any()) or has_cycle(won)
    return not (whole and decided and bounded)
