"""Drawn pictures beside their nearest training pictures, on the page and as data."""

import base64
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from eval.agreement.nearest_pairs import NearestPair, NearestPairs
from eval.render.csv_row import Figure
from eval.render.names import word
from eval.render.picture_strips import picture_table
from eval.rounding import round_off
from hub.language.catalogue import Language
from hub.language.sentence import Sentence

NEAREST = Sentence("Nearest training pictures")
RATIO = Sentence(
    "Of each generator the pictures that come nearest to a training picture, left, beside that one. The number is "
    "their distance by the training picture's own from its nearest other one: up to 1 authenticity counts a near copy. "
    "A near copy to the encoder need not look like one."
)


def _image(content: bytes, said: str) -> str:
    coded, text = base64.b64encode(content).decode("ascii"), escape(said)
    return f'<img src="data:image/webp;base64,{coded}" alt="{text}" title="{text}">'


def _cell(one: NearestPair, generator: str, language: Language) -> str:
    drawn = language.gettext(
        "{prompt}, drawn by {generator} with seed {seed}", prompt=one.prompt, generator=generator, seed=one.seed
    )
    known = language.gettext("Training picture: {caption}", caption=one.caption)
    images = _image(one.drawn, drawn) + _image(one.training, known)
    return f'<td><div class="seeds">{images}</div>{one.ratio:.3g}</td>'


def nearest_markup(found: Sequence[NearestPairs], language: Language) -> str:
    """A table of pictures, a generator a row."""
    most = max(len(one.pairs) for one in found)
    head = (language.gettext("Generator"), *(str(number + 1) for number in range(most)))
    rows = [
        f'<th scope="row">{escape(language.title(one.generator))}</th>'
        + "".join(_cell(pair, one.generator, language) for pair in one.pairs)
        + "<td></td>" * (most - len(one.pairs))
        for one in found
    ]
    return picture_table(language.tell(NEAREST), head, rows)


def nearest_notes(found: Sequence[NearestPairs], language: Language) -> list[str]:
    """What the pairs are, by which encoder and beside how many training pictures."""
    beside = dict.fromkeys((one.space, one.training) for one in found)
    return [
        language.tell(RATIO),
        *(language.gettext("Distances are by {encoder}, beside {n:,} training pictures.",
                           encoder=word(space, language), n=training) for space, training in beside),
    ]  # fmt: skip


def nearest_records(found: Sequence[NearestPairs]) -> list[dict[str, Any]]:
    """The pairs as JSON, without the pictures."""
    return [
        {"generator": one.generator, "space": one.space, "prompt": pair.prompt, "seed": pair.seed,
         "training_caption": pair.caption, "ratio": float(f"{round_off(pair.ratio):.6g}")}
        for one in found for pair in one.pairs
    ]  # fmt: skip


def nearest_figures(found: Sequence[NearestPairs]) -> Iterator[Figure]:
    """The pairs as rows of the CSV report."""
    for one in found:
        for pair in one.pairs:
            yield Figure("nearest", "ratio", pair.ratio, generator=one.generator, group=f"{pair.prompt}, {pair.seed}",
                         space=one.space, note=pair.caption)  # fmt: skip
