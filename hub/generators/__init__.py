"""The arena's entries: one file, one generator, or one line of a file that a user edits. Listing them imports no torch.

``HUB_GENERATORS`` names entries, and files of further ones by their ending ``.toml``: see ``example.toml``. Those that
were made at run time lie in the data folder, ``models/NAME``, and are entries whatever it names.
"""

import logging
from collections.abc import Collection
from pathlib import Path

from hub.generators.contract import (
    GENERATORS,
    Accepts,
    Draw,
    DrawsMany,
    Generator,
    NamedPictures,
    OnProgress,
    Placement,
    Sampling,
    ignore_progress,
)
from hub.generators.kinds import register_file
from hub.generators.model_store import ModelStore
from hub.japanese.reader import Reading, read_prompt
from hub.schema import Request

log = logging.getLogger(__name__)
__all__ = [
    "GENERATORS",
    "Accepts",
    "Draw",
    "DrawsMany",
    "Generator",
    "NamedPictures",
    "OnProgress",
    "Placement",
    "Sampling",
    "generator_for",
    "ignore_progress",
    "read_for",
    "register_file",
    "roster",
]


def roster(names: tuple[str, ...] = (), data: Path | None = None) -> list[Generator]:
    """Return the named generators and those of the named files, each once, or without a name all that are not hidden.

    With a ``data`` folder, those that were made at run time in it come too; one of them that can't be used is logged.

    Raises:
        UnknownName: for a name that is no generator's.
        DataError: for a file that can't be used.
    """
    store = ModelStore(data) if data else None
    for name, why in (store.register() if store else {}).items():
        log.warning("%s can't be an entry: %s", name, why)
    made = [one.name for one in GENERATORS if store and getattr(one, "stored", False)]
    if not names:
        return [generator for generator in GENERATORS if not generator.hidden]
    files = {name: register_file(Path(name)) for name in names if name.endswith(".toml")}
    listed = [one for name in names for one in files.get(name, [name])]
    return [GENERATORS[name] for name in dict.fromkeys([*listed, *made])]


def generator_for(name: str, *requests: Request) -> Generator:
    """Return the generator of this name, which can take these requests.

    Raises: UnknownName, and RequestError for what it can't take.
    """
    generator = GENERATORS[name]
    for request in requests:
        generator.accepts.check(request, generator.title)
    return generator


def read_for(prompt: str, names: Collection[str]) -> Reading:
    """Return how a prompt is read for the generators of these names: not at all where each takes any language.

    The names are those of a whole roster, not of a battle's two: a page shows the reading, and must not tell of them.

    Raises: PromptError where nothing of a Japanese prompt can be read.
    """
    typed = {one.name for one in GENERATORS if one.accepts.any_language}
    return Reading() if typed.issuperset(names) else read_prompt(prompt)
