"""One thread for linear algebra: more make eigenvalues and Cholesky factors two to five times slower on few cores."""

from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


@contextmanager
def one_thread() -> Iterator[None]:
    """BLAS works with one thread; also a decorator, ``@one_thread()``."""
    with threadpool_limits(1):
        yield
