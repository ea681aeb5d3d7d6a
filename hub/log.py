"""What the hub logs and how: text, or one JSON object a line. No line holds a prompt, a cookie, a token or an address.

A line about what happened has an ``event`` and its facts in ``extra``: generator, seconds, battle, rater. An exception
is told by its type and by where it was raised; its own words are left out, because a model's code may quote a prompt
in them, unless they are the hub's or the system's. What is printed goes through the log as well. Every text is cut, and
nothing in it can look like a line of its own.
"""

import copy
import logging
import os
import sys
import traceback
from contextlib import suppress
from types import TracebackType
from typing import Any, Literal, TextIO

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from hub.errors import HubError
from hub.print_capture import capture_prints

Kind = Literal["text", "json"]
OURS = {"hub", "printed"}  # loggers whose lines are ours, or are single ones already
LIBRARIES = ("DIFFUSERS_VERBOSITY", "TRANSFORMERS_VERBOSITY")  # their warnings quote prompts that are too long
SAFE = (HubError, OSError, MemoryError, ImportError)  # their words name files, ports and memory
NO_FACTS = [*RESERVED_ATTRS, "_ray_timestamp_ns"]  # what logging, and Ray once it is imported, put on every record
TIME = "%Y-%m-%d %H:%M:%S"
LONG, SHORT = 2000, 300  # characters of a message, and of a fact
FRAMES, CHAIN = 25, 5  # of an exception, the latest; and exceptions behind it
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def make_one_line(text: str, most: int = LONG) -> str:
    """Return a text as one line: what can't be seen is escaped, and what is too long is cut."""
    cut = text if len(text) <= most else f"{text[:most]}... ({len(text) - most:,} characters more)"
    if cut.isprintable():
        return cut
    shown = (one if one.isprintable() else one.encode("unicode_escape", "backslashreplace").decode() for one in cut)
    return "".join(shown)


def describe_error(error: BaseException, chain: int = CHAIN) -> str:
    """Return the types and places of an error and of those that caused it, the first cause first.

    No words are kept but the hub's and the system's.
    """
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    lines = [describe_error(before, chain - 1), ""] if before is not None and chain else []
    words = (
        f": {make_one_line(str(error))}"
        if isinstance(error, SAFE) or type(error).__name__ == "OutOfMemoryError"
        else ""
    )
    where = "".join(traceback.format_tb(error.__traceback__, -FRAMES))
    return "\n".join(
        [*lines, f"Traceback (most recent call last):\n{where}{make_one_line(type(error).__qualname__)}{words}"]
    )


def tidy_record(record: logging.LogRecord) -> logging.LogRecord:
    """Return a copy of a log record whose message and facts are plain text.

    Of others' messages only the first line is kept, as more may quote anything: asyncio, for one, adds what a task was
    about to do, with the words of its exception.
    """
    clean = copy.copy(record)
    try:
        message = record.getMessage()
    except Exception as error:  # a library's mistake costs a line its words, and nobody the line
        message = f"a line that can't be made: {type(error).__name__}"
    if record.name.partition(".")[0] not in OURS:
        message = message.strip("\n").partition("\n")[0]
    clean.msg, clean.args = make_one_line(message), ()
    for name, value in vars(record).items():
        if name not in NO_FACTS:
            setattr(clean, name, _format_fact(value))
    return clean


def _format_fact(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_format_fact(one) for one in value]
    return value if value is None or isinstance(value, bool | int | float) else make_one_line(str(value), SHORT)


class Text(logging.Formatter):
    """Formats a record as a line of text, with its facts at the end."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as text."""
        record.facts = "".join(
            f" {name}={value}" for name, value in vars(record).items() if name not in {*NO_FACTS, "facts"}
        )
        return super().format(record)

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 - logging's name
        """Return an exception as :func:`describe_error` does."""
        return describe_error(ei[1]) if ei[1] else ""


class Json(JsonFormatter):
    """Formats a record as a JSON object: time (UTC), level, logger, event, message, and its facts."""

    def __init__(self) -> None:
        super().__init__(
            ["levelname", "name", "event", "message"],
            rename_fields={"levelname": "level", "name": "logger"},
            defaults={"time": None},
            timestamp="time",
            json_ensure_ascii=False,
            reserved_attrs=NO_FACTS,
        )

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as a line of JSON; without an event, its logger's name stands for it."""
        record.event = vars(record).get("event", record.name)
        return super().format(record)

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 - logging's name
        """Return an exception as :func:`describe_error` does."""
        return describe_error(ei[1]) if ei[1] else ""


class TidyHandler(logging.StreamHandler[TextIO]):
    """Writes tidied records; where a record can't be written, writes a line that says so."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as text, tidied first."""
        return super().format(tidy_record(record))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Log that a line is missing; the stream itself may be what is broken."""
        kind = (sys.exc_info()[0] or Exception).__name__
        lost = logging.LogRecord(__name__, logging.ERROR, __file__, 0, "a line is lost: %s", (kind,), None)
        with suppress(OSError, ValueError):
            self.stream.write(self.format(lost) + self.terminator)


def set_up_log(kind: Kind) -> None:
    """Log to stderr: everybody's warnings, what is printed, and the hub's own lines from INFO on."""
    for variable in LIBRARIES:
        os.environ.setdefault(variable, "error")
    handler = TidyHandler(sys.stderr)
    text = Text("%(asctime)s %(levelname)s %(name)s: %(message)s%(facts)s", TIME)
    handler.setFormatter(Json() if kind == "json" else text)
    logging.basicConfig(handlers=[handler], force=True)
    logging.getLogger("hub").setLevel(logging.INFO)
    logging.captureWarnings(True)
    capture_prints()


def adopt_logger(name: str) -> None:
    """Send the lines of a logger and those below it to the hub's handler instead of their own."""
    for known in [name, *(child for child in logging.root.manager.loggerDict if child.startswith(f"{name}."))]:
        logger = logging.getLogger(known)
        logger.handlers.clear()
        logger.propagate = True
