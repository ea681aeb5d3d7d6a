"""What the hub logs and how: text, or one JSON object a line. No line holds a prompt, a cookie, a token or an address.

A line about what happened has an ``event`` and its facts in ``extra``: generator, seconds, battle, rater. An exception
is told by its type and by where it was raised; its own words are left out, because a model's code may quote a prompt
in them, unless they are the hub's or the system's.
"""

import logging
import os
import traceback
from types import TracebackType
from typing import Literal

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from hub.errors import HubError

Kind = Literal["text", "json"]
LIBRARIES = ("DIFFUSERS_VERBOSITY", "TRANSFORMERS_VERBOSITY")  # their warnings quote prompts that are too long
SAFE = (HubError, OSError, MemoryError, ImportError)  # their words name files, ports and memory
NO_FACTS = [*RESERVED_ATTRS, "_ray_timestamp_ns"]  # what logging, and Ray once it is imported, put on every record
TIME = "%Y-%m-%d %H:%M:%S"
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def told(error: BaseException) -> str:
    """An error and those behind it, the first one first: where each was raised, and no words that are not ours."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    lines = [told(before), ""] if before is not None else []
    words = f": {error}" if isinstance(error, SAFE) or type(error).__name__ == "OutOfMemoryError" else ""
    where = "".join(traceback.format_tb(error.__traceback__))
    return "\n".join([*lines, f"Traceback (most recent call last):\n{where}{type(error).__qualname__}{words}"])


class Text(logging.Formatter):
    """A line a record, with its facts at the end."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as text."""
        record.facts = "".join(
            f" {name}={value}" for name, value in vars(record).items() if name not in {*NO_FACTS, "facts"}
        )
        return super().format(record)

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 - logging's name
        """See :func:`told`."""
        return told(ei[1]) if ei[1] else ""


class Json(JsonFormatter):
    """A JSON object a record: time (UTC), level, logger, event, message, and its facts."""

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
        """The record as a line of JSON; one that tells of no event has the name of its logger for it."""
        record.event = vars(record).get("event", record.name)
        return super().format(record)

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 - logging's name
        """See :func:`told`."""
        return told(ei[1]) if ei[1] else ""


def setup(kind: Kind) -> None:
    """Log to stderr: warnings of everybody, and from INFO on what the hub itself says."""
    for variable in LIBRARIES:
        os.environ.setdefault(variable, "error")
    handler = logging.StreamHandler()
    text = Text("%(asctime)s %(levelname)s %(name)s: %(message)s%(facts)s", TIME)
    handler.setFormatter(Json() if kind == "json" else text)
    logging.basicConfig(handlers=[handler], force=True)
    logging.getLogger("hub").setLevel(logging.INFO)
    logging.captureWarnings(True)


def adopt(name: str) -> None:
    """Give the lines of a logger and those below it to our handler, in place of its own."""
    for known in [name, *(child for child in logging.root.manager.loggerDict if child.startswith(f"{name}."))]:
        logger = logging.getLogger(known)
        logger.handlers.clear()
        logger.propagate = True
