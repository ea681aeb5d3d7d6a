"""What is printed, by whatever library, becomes lines of the log; an exception that is printed, one with its place.

A web server's libraries print tracebacks with the words of an exception in them, which quote what a visitor sent.
"""

import io
import logging
import sys
import threading
import traceback
from types import TracebackType
from typing import Any, TextIO

LONGEST = 10_000  # characters without an end of line, after which one is made
UNHANDLED = "an exception was not handled"


class Printed(io.TextIOBase):
    """A stream that logs each line written to it, by the logger ``printed``. Safe to use from several threads."""

    def __init__(self, stream: TextIO, level: int) -> None:
        """Stand in for ``stream``, of which only the number is used."""
        self._stream, self._level, self._own = stream, level, threading.local()

    def write(self, text: str) -> int:
        """Log every complete line; of one that a progress bar wrote over, only what is seen last."""
        *lines, rest = (getattr(self._own, "rest", "") + str(text)).split("\n")
        if len(rest) > LONGEST:
            lines, rest = [*lines, rest], ""
        self._own.rest = rest
        for line in lines:
            if said := line.rstrip("\r").rpartition("\r")[2].strip():
                logging.getLogger("printed").log(self._level, "%s", said)
        return len(text)

    def writable(self) -> bool:
        """Return True, as a stream that is written to does."""
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding of what a log record can hold."""
        return "utf-8"

    def fileno(self) -> int:
        """Return the number of the real stream, for what writes past Python."""
        return self._stream.fileno()


def capture_prints() -> None:
    """Send both standard streams, and the printing of exceptions, to the log."""
    logging.getLogger("printed").setLevel(logging.INFO)
    sys.stdout, sys.stderr = Printed(sys.stdout, logging.INFO), Printed(sys.stderr, logging.WARNING)
    print_exc, print_exception = traceback.print_exc, traceback.print_exception

    def log_exc(limit: int | None = None, file: Any = None, chain: bool = True) -> None:
        if file is None:
            _find_logger(1).error(UNHANDLED, exc_info=sys.exc_info())
        else:
            print_exc(limit, file, chain)

    def log_exception(error: Any, *arguments: Any, file: Any = None, **more: Any) -> None:
        if file is None:
            shown = arguments[0] if arguments else more.get("value", error)
            _find_logger(1).error(UNHANDLED, exc_info=shown if isinstance(shown, BaseException) else True)
        else:
            print_exception(error, *arguments, file=file, **more)

    traceback.print_exc, traceback.print_exception = log_exc, log_exception
    sys.excepthook = _log_uncaught
    sys.unraisablehook = lambda told: _log_uncaught(told.exc_type, told.exc_value, told.exc_traceback)
    threading.excepthook = lambda told: _log_uncaught(told.exc_type, told.exc_value, told.exc_traceback)


def _log_uncaught(kind: type[BaseException], error: BaseException | None, where: TracebackType | None) -> None:
    if not issubclass(kind, SystemExit | KeyboardInterrupt):
        logging.getLogger("printed").error(UNHANDLED, exc_info=(kind, error or kind(), where))


def _find_logger(above: int) -> logging.Logger:
    """Return the logger of the calling module; ``above`` counts frames above the caller's."""
    return logging.getLogger(str(sys._getframe(above + 1).f_globals.get("__name__", "printed")))
