"""The roster log: which entries were made at run time and removed again, so that their votes keep a name.

It is ``models/roster.jsonl`` of the data folder, one line an event, only ever added to.
"""

import json
import os
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.errors import UnknownName
from hub.generators.contract import GENERATORS
from hub.generators.facts import Facts

LOG = "roster.jsonl"


@dataclass(frozen=True)
class Label:
    """What is told of a generator beside its pictures."""

    title: str
    method: str = ""


FORMER: dict[str, Label] = {}  # by name, of those that were entries of this process's arena once


def label_of(name: str) -> Label:
    """Return what a generator is called, by the roster log where it is no entry any more; else its bare name."""
    try:
        method = GENERATORS[name].method
    except UnknownName:
        method = FORMER[name].method if name in FORMER else ""
    return Label(find_titles().get(name, name), method)


def find_titles() -> dict[str, str]:
    """Return what each generator that is or was an entry is called, by name: its title.

    With its name in brackets where another one is called, or named, the same.
    """
    titles = {name: label.title for name, label in FORMER.items()} | {one.name: one.title for one in GENERATORS}
    often = Counter(titles.values())
    shared = {name for name, title in titles.items() if often[title] > 1 or (title in titles and title != name)}
    return {name: f"{title} ({name})" if name in shared else title for name, title in titles.items()}


def append_event(models: Path, event: str, facts: Facts) -> None:
    """Add a line to the roster log: an entry was ``added`` or ``removed``. It is on disk when this returns."""
    told = facts.model_dump(include={"name", "title", "method", "licence", "revision"})
    line = json.dumps({"time": round(time.time(), 3), "event": event, **told}, ensure_ascii=False) + "\n"
    fd = os.open(models / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(fd, line.encode())
        os.fsync(fd)
    finally:
        os.close(fd)


def read_events(models: Path) -> list[dict[str, Any]]:
    """Return the events of a roster log, the oldest first; a line that was torn by a kill is left out."""
    try:
        lines = (models / LOG).read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []
    found = []
    for line in lines:
        try:
            found.append(dict(json.loads(line)))
        except (ValueError, TypeError):
            continue
    return [event for event in found if {"name", "title", "method"} <= event.keys()]


def remember(models: Path) -> None:
    """Know the names of a roster log from now on."""
    FORMER.update({one["name"]: Label(one["title"], one["method"]) for one in read_events(models)})
