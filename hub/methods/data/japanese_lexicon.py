"""The lexicon that Japanese prompts are read by: CLDR's Japanese names and keywords of the concepts, with their labels.

A name or keyword is written as :func:`hub.japanese.lexicon.fold` folds it. Concepts are asked in the order of their
code points, so that of two with one name the older emoji has it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.files import write_whole
from hub.japanese.lexicon import LEXICON, fold
from hub.methods.data.concepts import key_of, load_split
from hub.methods.data.packages import LABELS, NAMES, Package, fetch, read_json

DERIVED = Package(  # names put together from others': of keycaps, and of people with a hair or a direction
    "cldr-annotations-derived-full", "48.2.0", "4be946ff5815f806ec78b50363d577a769f2fbfb90c6380a44e161a92436996e"
)
JAPANESE = re.compile("[ぁ-ゖァ-ヺ一-龯]")
VAGUE = re.compile("[ぁ-ゖ]{1,2}|[ァ-ヺ一-龯]")  # keywords too short to be names: でも, すぐ; 毒 of the snake
MOST = 4  # concepts with one keyword, none of which is named by it: a keyword of more is the word for a class of things


@dataclass(frozen=True)
class JapaneseConcept:
    """A concept's key and English label, with CLDR's Japanese name and keywords as they are written there."""

    key: str
    label: str
    name: str
    keywords: tuple[str, ...]


def fetch_concepts(folder: Path) -> list[JapaneseConcept]:
    """Return the data set's concepts with their Japanese names; the packages are fetched into ``folder``.

    Raises: MissingFile or DataError, naming the package, when one can't be had or is not the pinned one.
    """
    archives = {package.name: fetch(package, folder) for package in (LABELS, NAMES, DERIVED)}
    derived = read_json(archives[DERIVED.name], "annotationsDerived/ja/annotations.json")["annotationsDerived"]
    named = read_json(archives[NAMES.name], "annotations/ja/annotations.json")["annotations"]
    named = {**derived["annotations"], **named["annotations"]}
    entries = {key_of(one["hexcode"]): one for one in read_json(archives[LABELS.name], "en/data.json")}
    return [_make_concept(key, entries[key], named) for key in sorted(load_split(), key=_code_points)]


def _make_concept(key: str, entry: Mapping[str, Any], named: Mapping[str, Any]) -> JapaneseConcept:
    told = named[entry["emoji"].replace("\ufe0f", "")]
    return JapaneseConcept(key, entry["label"], told["tts"][0], tuple(told["default"]))


def _code_points(key: str) -> list[int]:
    return [int(part, 16) for part in key.split("-")]


def make_lexicon(concepts: list[JapaneseConcept]) -> dict[str, dict[str, str]]:
    """Return the labels by folded name, and by folded keyword.

    Of several concepts with one keyword the one has it whose name contains it, then whose name is shortest. A keyword
    that is in no name and belongs to more than four is left out, and so are those without Japanese letters.
    """
    names: dict[str, str] = {}
    shared: dict[str, list[JapaneseConcept]] = {}
    for concept in concepts:
        names.setdefault(fold(concept.name), concept.label)
        plain = [one for one in concept.keywords if JAPANESE.search(one) and not VAGUE.fullmatch(one)]
        for keyword in dict.fromkeys(map(fold, plain)):
            shared.setdefault(keyword, []).append(concept)
    keywords = {}
    for keyword, having in shared.items():
        chosen = min(having, key=lambda one: (keyword not in fold(one.name), len(fold(one.name))))
        if keyword not in names and (len(having) <= MOST or keyword in fold(chosen.name)):
            keywords[keyword] = chosen.label
    return {"names": dict(sorted(names.items())), "keywords": dict(sorted(keywords.items()))}


def write_lexicon(folder: Path) -> int:
    """Write the lexicon of the packages in ``folder``, fetched where they are not there; return its words' number."""
    made = make_lexicon(fetch_concepts(folder))
    source = f"{NAMES.name} {NAMES.version} and {DERIVED.name} (Unicode-3.0), {LABELS.name} {LABELS.version} (MIT)"
    text = json.dumps({"source": source, **made}, ensure_ascii=False, indent=0)
    write_whole(LEXICON, f"{text}\n".encode())
    return sum(map(len, made.values()))
