"""Pages that wait for a change: they are told of it by whichever thread makes it, and ask nothing meanwhile."""

import asyncio
from collections.abc import Callable
from contextlib import suppress


class Changes:
    """Those who wait for a change that ``watch`` tells, in one event loop."""

    def __init__(self, watch: Callable[[Callable[[], None]], None]) -> None:
        self._waiting: set[asyncio.Event] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        watch(self._tell)

    async def wait(self, is_new: Callable[[], bool], seconds: float) -> None:
        """Return as soon as ``is_new``, which a change may make true, or after so many seconds."""
        self._loop = asyncio.get_running_loop()
        end = self._loop.time() + seconds
        while not is_new() and (left := end - self._loop.time()) > 0:
            changed = asyncio.Event()
            self._waiting.add(changed)
            try:
                if is_new():  # while it was not waited for yet
                    return
                async with asyncio.timeout(left):
                    await changed.wait()
            except TimeoutError:
                return
            finally:
                self._waiting.discard(changed)

    def _tell(self) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is over, and with it who waited
                self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        for changed in self._waiting:
            changed.set()
