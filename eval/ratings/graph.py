"""Who was compared with whom."""

import numpy as np
from numpy.typing import NDArray

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
