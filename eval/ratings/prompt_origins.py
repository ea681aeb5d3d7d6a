"""Which prompt set each vote's prompt is from, and its category there."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from eval.votes.codes import Codes, encode, list_names
from hub.prompt_sets import NO_SET, PromptOrigin
from hub.prompt_sets.own_sets import load_own_origins


def read_origins(table: pa.Table) -> tuple[tuple[PromptOrigin, ...], Codes]:
    """Return the origins of prompts, NO_SET first, and the place of each row's among them, (rows,).

    A vote of an arena says the set that it has the prompt from. One that says none, as all of before that was said, has
    a prompt of our own sets where it is so word for word, and else one that its rater typed. -1: the prompt is unknown,
    or what our own sets are.
    """
    told = _read_told(table)
    own = load_own_origins()
    origins = list(dict.fromkeys([NO_SET, *told, *own.values()]))
    places = {origin: place for place, origin in enumerate(origins)}
    by_text = np.array([*(places[origin] for origin in own.values()), 0 if own else -1])
    found = np.asarray(pc.index_in(table["prompt"], pa.array(list(own), pa.string())).fill_null(-1))
    codes = np.where(np.asarray(table["prompt"].is_valid()), by_text[found], -1)
    for origin, rows in told.items():
        codes[rows] = places[origin]
    return tuple(origins), codes


def _read_told(table: pa.Table) -> dict[PromptOrigin, Codes]:
    """Return the rows of each origin that votes say."""
    sets, categories = list_names(table["prompt_set"]), list_names(table["prompt_category"])
    wide = len(categories) + 1
    of_set = encode(table["prompt_set"], sets)
    pairs = np.where(of_set < 0, -1, of_set * wide + encode(table["prompt_category"], categories) + 1)
    return {
        PromptOrigin(sets[pair // wide], ("", *categories)[pair % wide]): np.flatnonzero(pairs == pair)
        for pair in np.unique(pairs[pairs >= 0]).tolist()
    }
