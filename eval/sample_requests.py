"""What is asked for in words on the command line: prompts, seeds, and the requests that both make."""

from collections.abc import Sequence

from hub.errors import DataError, PromptError
from hub.generators import read_for
from hub.prompt_sets import NO_SET, PromptOrigin
from hub.prompt_sets.open_sets import open_set
from hub.prompt_sets.own_sets import CAPTIONS, OWN_SETS
from hub.prompts import check_prompt
from hub.schema import Request

SEEDS = 2**63  # seeds are below it
TEST = "test"  # what the captions are called too
SETS = f"{', '.join(OWN_SETS)}, a file, or OWNER/NAME[:SPLIT] of the Hub; {TEST} is {CAPTIONS}"


def parse_seeds(text: str) -> range:
    """Return the seeds of ``START:STOP`` (without STOP) or one number.

    Raises: DataError for anything else.
    """
    start, colon, stop = text.partition(":")
    numbers = (start, stop) if colon else (start,)
    if not all(part.isascii() and part.isdigit() and len(part) <= len(str(SEEDS)) for part in numbers):
        raise DataError(f"--seeds must be a number or START:STOP, such as 0:4, not {text!r}.")
    seeds = range(int(start), int(stop) if colon else int(start) + 1)
    if not seeds:
        raise DataError(f"--seeds {text} holds no seed: STOP must be above START.")
    if seeds[-1] >= SEEDS:
        raise DataError(f"--seeds {text} holds seeds that are none: they are below {SEEDS:,}.")
    return seeds


def gather_prompts(source: str | None, given: Sequence[str]) -> dict[str, PromptOrigin]:
    """Return the prompts that are given and those of the set ``source``, each once, with where they are from.

    ``test`` is the captions. Raises: PromptError for one that can't be drawn, naming its line, and DataError without
    any, or for no set.
    """
    prompts = dict.fromkeys(map(check_prompt, given), NO_SET)
    if source is not None:
        prompts |= open_set(CAPTIONS if source == TEST else source).origins
    if not prompts:
        raise DataError("There are no prompts: give --prompt TEXT, or --prompts with the name of a set or a file.")
    return prompts


def list_requests(prompts: Sequence[str], seeds: range, names: Sequence[str]) -> list[Request]:
    """Return every prompt with every seed, in English where a generator of these names needs that.

    Raises: PromptError for a Japanese prompt of which nothing can be read, naming it.
    """
    found = []
    for prompt in prompts:
        try:
            english = read_for(prompt, names).english
        except PromptError as error:
            raise PromptError(f"{prompt}: {error}") from error
        found += [Request(prompt=prompt, seed=seed, read_as=english) for seed in seeds]
    return found
