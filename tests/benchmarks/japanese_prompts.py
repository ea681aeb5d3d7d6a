"""``python -m tests.benchmarks.japanese_prompts``: how many Japanese words for held-out concepts are read rightly.

CLDR's names are in the lexicon, so that those of the test concepts check the reader and the choice between concepts of
one name. What the reader makes of other words is seen where these names are taken out of the lexicon: then they are put
together from keywords, our own words and other names. A reading is right where of all labels the nearest to it, by the
text encoder that generators read with, is the concept's own, or that of another concept with the keyword.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from unittest.mock import patch

import torch
from rich.console import Console

from eval.render import Grid
from eval.render.terminal import as_table
from hub.command import make_command
from hub.encoders import text_encoder
from hub.japanese import segmentation
from hub.japanese.lexicon import fold, read_lexicon
from hub.japanese.reader import read_japanese
from hub.methods.data.concepts import load_split
from hub.methods.data.japanese_lexicon import JapaneseConcept, fetch_concepts
from hub.paths import cache_dir

BATCH = 256
HEAD = ("Words", "asked", "read whole", "in part", "not", "read exactly", "right concept")


@dataclass(frozen=True)
class Word:
    """A Japanese word, and the labels of the concepts that it stands for."""

    japanese: str
    labels: frozenset[str]


def embed(texts: Sequence[str]) -> torch.Tensor:
    """Return the unit embeddings (N, D) of texts."""
    encode = text_encoder()
    parts = [encode(list(texts[start : start + BATCH])) for start in range(0, len(texts), BATCH)]
    return torch.nn.functional.normalize(torch.cat(parts).float(), dim=1)


def find_nearest(texts: Sequence[str], labels: Sequence[str], embedded: torch.Tensor) -> list[str]:
    """Return the label that is nearest to each text."""
    return [labels[row] for row in (embed(texts) @ embedded.T).argmax(1).tolist()] if texts else []


def count_words(name: str, words: Sequence[Word], labels: Sequence[str], embedded: torch.Tensor) -> tuple[str, ...]:
    """Return the row of some words: how many there are, and the shares that were read, exactly, and rightly."""
    readings = [read_japanese(word.japanese) for word in words]
    read = [(word, reading) for word, reading in zip(words, readings, strict=True) if reading.english]
    nearest = find_nearest([reading.english for _, reading in read], labels, embedded)
    whole = sum(not reading.unread for _, reading in read)
    exact = sum(reading.english in word.labels for word, reading in read)
    right = sum(found in word.labels for found, (word, _) in zip(nearest, read, strict=True))
    counts = whole, len(read) - whole, len(words) - len(read), exact, right
    return name, str(len(words)), *(f"{count / len(words):.1%}" for count in counts)


@contextmanager
def without(names: Iterable[str]) -> Iterator[None]:
    """Read without these names of CLDR's."""
    lexicon, gone = read_lexicon(), set(map(fold, names))
    kept = replace(lexicon, words={form: label for form, label in lexicon.words.items() if form not in gone})
    read_japanese.cache_clear()
    with patch.object(segmentation, "read_lexicon", lambda: kept):
        yield
    read_japanese.cache_clear()


def list_keywords(concepts: Sequence[JapaneseConcept], tested: Mapping[str, str]) -> list[Word]:
    """Return the keywords of the test concepts that are no names of theirs, each once."""
    labels: dict[str, set[str]] = {}
    for concept in concepts:
        for keyword in concept.keywords:
            labels.setdefault(keyword, set()).add(concept.label)
    asked = [(keyword, one) for one in concepts if tested[one.key] == "test" for keyword in one.keywords]
    asked = [(keyword, one) for keyword, one in asked if fold(keyword) != fold(one.name)]
    return [Word(keyword, frozenset(labels[keyword])) for keyword in dict.fromkeys(keyword for keyword, _ in asked)]


def main() -> None:
    """Read names and keywords of the test concepts, and print the shares that are read rightly."""
    concepts, split = fetch_concepts(cache_dir() / "npm"), load_split()
    labels = [one.label for one in concepts]
    embedded = embed(labels)
    names = [Word(one.name, frozenset({one.label})) for one in concepts if split[one.key] == "test"]
    keywords = list_keywords(concepts, split)
    rows = [
        count_words("names", names, labels, embedded),
        count_words("keywords", keywords, labels, embedded),
    ]
    with without(word.japanese for word in names):
        rows.append(count_words("names that the lexicon lacks", names, labels, embedded))
    shown = Console()
    title = "Japanese words for the 200 test concepts"
    shown.print(as_table(Grid(title, HEAD, tuple(rows), "", tuple(range(1, len(HEAD)))), shown.width))


if __name__ == "__main__":
    make_command(main, "python -m tests.benchmarks.japanese_prompts")()
