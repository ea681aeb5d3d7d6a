"""Graphs of which generators were compared."""

import numpy as np
from numpy.typing import NDArray

Edges = NDArray[np.bool_]


def find_reachable(edges: Edges, start: int) -> Edges:
    """Return which of n nodes can be reached from ``start`` along ``edges[i, j]``, ``start`` among them; (n,)."""
    seen = np.zeros(len(edges), dtype=bool)
    front = seen.copy()
    front[start] = True
    while front.any():
        seen |= front
        front = edges[front].any(axis=0) & ~seen
    return seen


def find_components(edges: Edges) -> list[list[int]]:
    """Return connected components of an undirected graph given as a symmetric (n, n) matrix."""
    left, found = set(range(len(edges))), []
    while left:
        part = np.flatnonzero(find_reachable(edges, min(left))).tolist()
        left -= set(part)
        found.append(part)
    return found


def is_strongly_connected(edges: Edges) -> bool:
    """Return whether each node can be reached from each other one."""
    return bool(find_reachable(edges, 0).all() and find_reachable(edges.T, 0).all())
