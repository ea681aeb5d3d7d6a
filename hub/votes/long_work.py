"""Long work in Python beside threads that must not wait for it."""

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
WORK = 0.0005  # seconds of work between pauses: far less than the 5 ms after which Python makes a thread give way
PAUSE = 0.0005


def iterate_with_pauses(items: Iterable[T]) -> Iterator[T]:
    """Yield the items with pauses, so that no other thread waits long for the interpreter's lock."""
    start = time.thread_time()
    for item in items:
        if time.thread_time() - start > WORK:
            time.sleep(PAUSE)
            start = time.thread_time()
        yield item
