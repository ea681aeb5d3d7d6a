"""Whether votes have an estimate of most likelihood, and a single one: decided exactly, in whole numbers.

There is none where, from any point, some direction of the parameters never lowers the likelihood (Rockafellar, Convex
Analysis, theorem 27.1). Let a direction move the advantage d of a battle's left side by z_left - z_right + h (h = 0
without a position term) and the tie parameter by t, d's half being its unit with Davidson's rule. Then it never lowers

- a vote for the left where d >= 0 (ties half, dropped) or d >= max(0, t) (Davidson, Rao-Kupper),
- a vote for the right where -d is that,
- a tie where d = 0 (half) or |d| <= t (Davidson, Rao-Kupper).

Up to scale t is 0 or 1 (a tie leaves it no less than 0; without ties there is none), and where it is 0, h is -1, 0 or
1. For given t and h these are differences of z that must not exceed whole numbers: they can be met unless they add up
to less than 0 around some cycle of generators, which Bellman and Ford's method finds. Where t is 1 and h is free, each
such cycle bounds h from one side; the bound is moved from cycle to cycle until it meets all, or none can.

With h = t = 0 this is Ford's condition (American Mathematical Monthly 64, 1957): wins lead from each generator to each.
"""

from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

from eval.ratings.counts import Matrix
from eval.ratings.graph import is_strongly_connected
from eval.ratings.tie_rules import TieRule
from eval.votes.codes import Codes


@dataclass(frozen=True)
class _Bounds:
    """z[head] - z[tail] <= t * ``times_t`` + h * ``times_h``, one a place; (edges,) each."""

    n: int
    tail: Codes
    head: Codes
    times_t: Codes
    times_h: Codes

    def cycle(self, weights: Codes) -> Codes | None:
        """Return edges of a cycle whose weights (edges,) sum to less than 0; None where there is none."""
        best, through = np.zeros(self.n, dtype=np.int64), np.full(self.n, -1)
        for turn in count(1):
            offered, after = best[self.tail] + weights, best.copy()
            np.minimum.at(after, self.head, offered)
            moved = np.flatnonzero((offered == after[self.head]) & (after < best)[self.head])
            if not len(moved):
                break
            through[self.head[moved]] = moved
            best = after
            if turn & (turn - 1) == 0 and (around := self._around(through)) is not None:
                return around
        return None

    def _around(self, through: Codes) -> Codes | None:
        """Return the cycle that the last edges ``through`` each generator, (n,), lead back into; None without one."""
        before = np.append(np.where(through < 0, self.n, self.tail[through]), self.n)
        back = before
        for _ in range(self.n.bit_length()):
            back = back[back]
        if (back == self.n).all():
            return None
        first = node = int(back.min())  # so many steps back that it is on a cycle
        edges: list[int] = []
        while not edges or node != first:
            edges.append(int(through[node]))
            node = int(before[node])
        return np.array(edges, dtype=np.int64)

    def met(self, t: int, h: int, scale: int = 1) -> bool:
        """Return whether some z meets all for t and h, both times ``scale``."""
        return self.cycle(t * scale * self.times_t + h * self.times_h) is None

    def met_by_some(self) -> bool:
        """Return whether some z and h meet all for t = 1."""
        top, scale = self.n + 1, 1  # h = top / scale: beyond what any cycle of n edges allows
        while (around := self.cycle(scale * self.times_t + top * self.times_h)) is not None:
            t, h = int(self.times_t[around].sum()), int(self.times_h[around].sum())
            if h >= 0:  # a lower bound above the upper one, or none on h at all
                return False
            top, scale = t, -h  # t + h * (top / scale) >= 0
        return True


def _make_bounds(won: NDArray[np.bool_], lost: NDArray[np.bool_], tied: NDArray[np.bool_], modelled: bool) -> _Bounds:
    """Return the bounds of votes for the left, for the right, and for neither, (n, n) each, row on the left."""
    slack = 1 if modelled else 0
    parts = []
    for seen, turned, times_t in (
        (won, False, -slack),
        (lost, True, -slack),
        (tied, False, slack),
        (tied, True, slack),
    ):
        left, right = np.nonzero(seen)
        tail, head = (right, left) if turned else (left, right)  # a vote for the left: z[right] - z[left] <= h - t
        parts.append((tail, head, np.full(len(left), times_t), np.full(len(left), -1 if turned else 1)))
    tail, head, times_t_, times_h = (np.concatenate(column) for column in zip(*parts, strict=True))
    return _Bounds(len(won), tail, head, times_t_, times_h)


def needs_prior(judged: Matrix, rule: TieRule, position: bool) -> bool:
    """Return whether votes (n, n, 3) that join all have no estimate of most likelihood, or not a single one."""
    left, right, tie = np.moveaxis(judged > 0, -1, 0)
    if rule is TieRule.dropped:
        tie = np.zeros_like(tie)
    if not is_strongly_connected(left | right.T | tie | tie.T):
        return True
    modelled = rule.modelled and bool(tie.any())
    bounds = _make_bounds(left, right, tie, modelled)
    if position and (bounds.met(0, 1) or bounds.met(0, -1)):
        return True
    if not modelled:
        return False
    return bounds.met_by_some() if position else bounds.met(1, 0)
