"""Markdown pages of figures that a benchmark's own command writes, so that no figure is copied by hand."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.render import Grid
from eval.render.markdown import table
from hub.files import write_whole


def kept(page: Path, title: str, command: str, about: str, grids: Sequence[Grid]) -> None:
    """Write the tables to a page that names the command."""
    parts = [f"# {title}", f"Written by `{command}`.", about]
    for grid in grids:
        parts += [f"## {grid.title}", table(grid)]
    write_whole(page, ("\n\n".join(parts) + "\n").encode())


@dataclass(frozen=True)
class Origin:
    """By which command a section was measured, and on what: the machine and versions, in one paragraph."""

    command: str
    machine: str


@dataclass(frozen=True)
class Section:
    """A section of a page that is measured part by part; runs of the same ``title`` but for ``(3 runs)`` are one."""

    title: str
    body: str
    origin: Origin

    @property
    def key(self) -> str:
        """What it is of, however often it ran."""
        return re.sub(r" \(\d+ runs?\)$", "", self.title)


OWN = re.compile(r"Measured by `(?P<command>[^`]+)`(?: on (?P<machine>[^\n]+))?\.\n\n")


def read_sections(text: str) -> list[Section]:
    """The sections of a page as :func:`render_sections` writes it."""
    head, *parts = text.split("\n## ")
    _, command, machine, *_ = head.split("\n\n")
    whole = Origin(command.strip().removeprefix("Written by `").removesuffix("`."), machine.strip())
    found = []
    for part in parts:
        title, _, body = part.partition("\n\n")
        own = OWN.match(body)
        origin = Origin(own["command"], f"{own['machine']}." if own["machine"] else whole.machine) if own else whole
        found.append(Section(title, body[own.end() if own else 0 :].strip(), origin))
    return found


def merge_sections(old: Sequence[Section], new: Sequence[Section]) -> list[Section]:
    """The sections of both, a new one in the place of the old one of its key."""
    return list({one.key: one for one in (*old, *new)}.values())


def render_sections(title: str, about: str, sections: Sequence[Section]) -> str:
    """A page whose head names the origin of most sections; each other one names its own."""
    whole = Counter(one.origin for one in sections).most_common(1)[0][0]
    parts = [f"# {title}", f"Written by `{whole.command}`.", whole.machine, about]
    for one in sections:
        parts.append(f"## {one.title}")
        if one.origin != whole:
            on = "" if one.origin.machine == whole.machine else f" on {one.origin.machine.removesuffix('.')}"
            parts.append(f"Measured by `{one.origin.command}`{on}.")
        parts.append(one.body)
    return "\n\n".join(parts) + "\n"
