"""What somebody asks of Compare, checked: prompts one a line, seeds one by one or from one to another, generators.

Beside the generators stand the visitor's own pictures, where there are some.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from hub.errors import HubError, PromptError, RequestError
from hub.generators import Generator, read_for
from hub.japanese.read_requests import list_texts
from hub.japanese.reader import read_japanese
from hub.language.sentence import Sentence
from hub.moderation import Moderation
from hub.prompts import check_prompt
from hub.schema import Request
from hub.ui.compare import MOST_PICTURES, MOST_PROMPTS, MOST_SEEDS
from hub.ui.compare.own_rows import SEED_BOUND, OwnCell, OwnColumn, match_rows
from hub.ui.field_notes import at_field
from hub.ui.parts import SHOWN, check_seed

NAME = "compare"  # of the tab, in addresses and elements
PROMPTS = f"{NAME}-prompts"  # the box's element
MOST_SEED = SEED_BOUND - 1  # seeds of pictures drawn elsewhere are larger than those that are picked here
RANGE = re.compile(r"(?<!\d)(\d{1,19})\s*(?:-|–|to|から|〜)\s*(\d{1,19})(?!\d)")


@dataclass(frozen=True)
class ComparisonRequest:
    """The columns and the rows of a grid: each of ``rows`` is drawn by each of ``generators``.

    ``worded``: the prompts are one idea in several wordings. ``own``: columns of pictures that are there already, after
    those that are drawn. Cells are numbered row by row.
    """

    generators: tuple[Generator, ...]
    rows: tuple[Request, ...]
    worded: bool = False
    own: tuple[OwnColumn, ...] = ()

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.generators) + len(self.own)

    @cached_property
    def own_cells(self) -> dict[int, OwnCell]:
        """The visitor's own pictures, by the number of their cell."""
        first = len(self.generators)
        return {
            row * self.width + first + at: cell
            for at, column in enumerate(self.own)
            for row, cell in match_rows(self.rows, column).items()
        }

    @property
    def without_row(self) -> int:
        """How many of the visitor's own pictures stand in no row."""
        return sum(len(column.pictures) for column in self.own) - len(self.own_cells)

    @property
    def prompts(self) -> tuple[str, ...]:
        """The prompts, each once, in their order."""
        return tuple(dict.fromkeys(row.prompt for row in self.rows))

    @property
    def link(self) -> str:
        """The address of the page, relative to itself, that asks for the same."""
        names = [one.name for one in self.generators]
        return make_link(self.prompts, ", ".join(map(str, self.seeds)), names, self.worded)

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds, each once, in their order."""
        return tuple(dict.fromkeys(row.seed for row in self.rows))


def make_link(prompts: Sequence[str], seeds: str, names: Sequence[str], worded: bool = False) -> str:
    """Return the address of the page, relative to itself, that asks for a comparison by named generators."""
    said = [("tab", NAME), *(("prompt", prompt) for prompt in prompts), ("seed", seeds), ("entries", ",".join(names))]
    return f"?{urlencode(said + [('worded', '1')] * worded)}"


def parse_prompts(text: str | None) -> tuple[str, ...]:
    """Return the prompts of a text, one a line; empty lines and prompts that come again are left out.

    Raises: PromptError, which names the line where there are several.
    """
    lines: dict[str, int] = {}  # each prompt with the number of its first line
    for number, line in enumerate((text or "").splitlines(), 1):
        if line.strip():
            lines.setdefault(line.strip(), number)
    if len(lines) <= 1:
        return (check_prompt("".join(lines)),)
    if len(lines) > MOST_PROMPTS:
        raise PromptError(
            Sentence("There are {count:,} prompts: at most {most} fit.", count=len(lines), most=MOST_PROMPTS)
        )
    return tuple(_check_line(number, line) for line, number in lines.items())


def _check_line(number: int, line: str) -> str:
    try:
        return check_prompt(line)
    except PromptError as error:
        raise PromptError(Sentence("Line {line} of the prompts: {why}", line=number, why=error.sentence)) from error


def parse_seeds(text: str | None) -> tuple[int, ...]:
    """Return the seeds of a text such as ``7``, ``1, 5 9`` or ``0-3``, each once.

    Raises: PromptError for anything that is no seed, and for too many.
    """
    found: list[int] = []
    rest = RANGE.sub(lambda match: "".join(_expand(match, found)), text or "")
    words = [word for word in re.split(r"[\s,;、]+", rest) if word]
    found += [check_seed(word, MOST_SEED) for word in words]
    if not found:
        found.append(check_seed(text, MOST_SEED))
    seeds = tuple(dict.fromkeys(found))
    if len(seeds) > MOST_SEEDS:
        raise PromptError(Sentence("There are {count:,} seeds: at most {most} fit.", count=len(seeds), most=MOST_SEEDS))
    return seeds


def _expand(match: re.Match[str], found: list[int]) -> str:
    """Add the seeds from one to another; nothing is left of their text."""
    first, last = (check_seed(one, MOST_SEED) for one in match.groups())
    if last < first:
        raise PromptError(
            Sentence("The seeds can't go from {first} to {last}: begin with the smaller one.", first=first, last=last)
        )
    if last - first >= MOST_SEEDS:
        raise PromptError(
            Sentence("There are {count:,} seeds: at most {most} fit.", count=last - first + 1, most=MOST_SEEDS)
        )
    found += range(first, last + 1)
    return " "


def pick_generators(chosen: object, there: Sequence[Generator]) -> tuple[Generator, ...]:
    """Return the generators that were chosen, in the roster's order; ``chosen`` came from a page.

    Raises: RequestError where none is chosen, or one is not there any more.
    """
    names = [name for name in chosen if isinstance(name, str)] if isinstance(chosen, list) else []
    known = {one.name: one for one in there}
    if gone := [name for name in names if name not in known]:
        raise RequestError(
            Sentence("There is no generator {name!r} here any more: choose again.", name=gone[0][:SHOWN])
        )
    if not names:
        raise RequestError(Sentence("No generator is chosen: tick one or more."))
    return tuple(one for one in there if one.name in names)


def _read_prompt(prompt: str, names: Sequence[str], moderation: Moderation) -> Request:
    """Return the request of a prompt, without its seed yet, that the generators of these names can draw."""
    reading = read_for(prompt, names) if names else read_japanese(prompt)  # for the judge alone
    asked = Request(prompt=prompt, seed=0, read_as=reading.english)
    for text in list_texts(asked):
        moderation.check_prompt(text)
    return asked


def read_prompts(
    text: str | None, there: Sequence[Generator], moderation: Moderation, worded: bool = False
) -> list[Request]:
    """Return the request of each prompt of a text, without its seed yet, that these generators can draw.

    ``worded``: they are one idea in several wordings. Raises: HubError, saying which can't be, and why.
    """
    said = parse_prompts(text)
    if worded and len(said) == 1:
        raise PromptError(Sentence("One idea in other words needs two prompts or more, one a line."))
    names = [one.name for one in there]
    asked = []
    for number, prompt in enumerate(said, 1):
        try:
            asked.append(_read_prompt(prompt, names, moderation))
        except HubError as error:
            if len(said) == 1:
                raise
            why = Sentence("Prompt {number}: {why}", number=number, why=error.sentence)
            raise PromptError(why) from error
    return asked


def parse_comparison(
    chosen: object,
    prompts: str | None,
    seeds: str | None,
    there: Sequence[Generator],
    moderation: Moderation,
    worded: bool = False,
    own: Sequence[OwnColumn] = (),
    own_rows: bool = False,
) -> ComparisonRequest:
    """Return what is to be drawn, row by row: every seed of a prompt, then those of the next.

    ``own``: columns of pictures that are there, beside which no generator need be chosen; with ``own_rows`` only rows
    are left in which one of them stands.

    Raises: HubError, saying what can't be, and where.
    """
    with at_field(f"{NAME}-entries"):
        generators = pick_generators(chosen, there) if chosen or not own else ()
    with at_field(PROMPTS):
        asked = read_prompts(prompts, generators, moderation, worded)
    with at_field(f"{NAME}-seed"):
        rows = tuple(one.with_seed(seed) for one in asked for seed in parse_seeds(seeds))
    if own and (own_rows or not generators):
        filled = {row for column in own for row in match_rows(rows, column)}
        rows = tuple(row for at, row in enumerate(rows) if at in filled) if own_rows else rows
        if not filled:
            raise RequestError(
                Sentence("None of your pictures is of these prompts and seeds: press Use their prompts and seeds.")
            )
    made = ComparisonRequest(generators, rows, worded, tuple(own))
    if (count := made.width * len(rows)) > MOST_PICTURES:
        raise RequestError(
            Sentence(
                "These are {count:,} pictures: at most {most} fit in one grid. Take fewer generators, prompts or "
                "seeds.",
                count=count, most=MOST_PICTURES,
            )
        )  # fmt: skip
    return made
