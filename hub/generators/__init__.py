"""The arena's entries: one file, one generator, or one line of a file that a user edits. Listing them imports no torch.

``HUB_GENERATORS`` names entries, and files of further ones by their ending ``.toml``: see ``example.toml``.
"""

from pathlib import Path

from hub.generators.contract import GENERATORS, Accepts, Draw, DrawsMany, Generator, OnProgress, Placement, Sampling
from hub.generators.kinds import register_file
from hub.schema import Request

__all__ = [
    "GENERATORS",
    "Accepts",
    "Draw",
    "DrawsMany",
    "Generator",
    "OnProgress",
    "Placement",
    "Sampling",
    "generator_for",
    "register_file",
    "roster",
]


def roster(names: tuple[str, ...] = ()) -> list[Generator]:
    """The named generators and those of the named files, each once, or without a name all that are not hidden.

    Raises UnknownName, and DataError for a file that can't be used.
    """
    if not names:
        return [generator for generator in GENERATORS if not generator.hidden]
    files = {name: register_file(Path(name)) for name in names if name.endswith(".toml")}
    listed = [one for name in names for one in files.get(name, [name])]
    return [GENERATORS[name] for name in dict.fromkeys(listed)]


def generator_for(name: str, *requests: Request) -> Generator:
    """The generator of this name, which can take these requests. Raises UnknownName and RequestError."""
    generator = GENERATORS[name]
    for request in requests:
        generator.accepts.check(request, generator.title)
    return generator
