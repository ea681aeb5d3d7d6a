"""Arrays too large to be held at once, in parts."""

from collections.abc import Iterator

BATCH = 1 << 21  # numbers held at a time


def batches(items: int, width: int) -> Iterator[slice]:
    """Slices of so many items, each of ``width`` numbers, that fit into a batch."""
    step = max(1, BATCH // width)
    return (slice(start, min(items, start + step)) for start in range(0, items, step))
