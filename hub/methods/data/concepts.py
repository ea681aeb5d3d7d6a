"""Concepts: one emoji meaning, its wordings, and the fixed split.

A concept is a code-point sequence without variation selectors, present in all four styles. Concepts that differ
only by gender or facing direction are one *family* and fall into one part of the split, so that a test concept
has no near-copy among the training ones.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.methods.data.packages import LABELS, NAMES, STYLES, read_json

SPLIT_FILE = Path(__file__).with_name("split.json")
LABELS_FILE = Path(__file__).with_name("labels.json")
SPLITS = ("train", "validation", "test")
VALIDATION, TEST = 100, 200  # concepts
_VENDORS = ("cldr", "emojibase", "github", "iamcal", "joypixels")
_PEOPLE = {"1f468", "1f469", "1f9d1"}
_DROPPED = {"2640", "2642", "27a1", "200d", "fe0f"}
_FLAGS = 9  # emojibase's group of flags


@dataclass(frozen=True)
class Concept:
    """A meaning: its key, English label, other wordings of the same, and an icon name for each style."""

    key: str
    label: str
    paraphrases: tuple[str, ...]
    icons: dict[str, str]


def key_of(code_points: str) -> str:
    """Return lower-case hyphenated code points without the emoji variation selector."""
    return code_points.lower().replace("-fe0f", "")


def family(key: str) -> str:
    """Return a key with person, gender and direction folded, shared by near-copies of one concept."""
    parts = ["person" if part in _PEOPLE else part for part in key.split("-")]
    return "-".join(part for part in parts if part not in _DROPPED)


def wording(text: str) -> str:
    """Return a short code or name as plain words, e.g. ``hot_dog`` -> ``hot dog``."""
    return re.sub(r"\s+", " ", re.sub(r"[_:]+", " ", text)).strip()


def _unique(label: str, candidates: Iterable[str]) -> tuple[str, ...]:
    seen, kept = {re.sub(r"\W+", "", label.lower())}, []
    for text in candidates:
        folded = re.sub(r"\W+", "", text.lower())
        if len(folded) > 1 and folded not in seen and not text.isdigit():
            seen.add(folded)
            kept.append(text)
    return tuple(kept)


def _as_list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def join(archives: dict[str, Path]) -> list[Concept]:
    """List the concepts found in all four styles and named by emojibase, flags left out, sorted by key.

    ``archives`` maps a package's name to its archive on disk.
    """
    icons = {s.name: read_json(archives[s.package.name], "chars.json") for s in STYLES}
    keyed = {name: {key_of(code): icon for code, icon in chars.items()} for name, chars in icons.items()}
    codes: dict[str, list[str]] = {}
    for vendor in _VENDORS:
        for code, names in read_json(archives[LABELS.name], f"en/shortcodes/{vendor}.json").items():
            codes.setdefault(key_of(code), []).extend(wording(name) for name in _as_list(names))
    cldr = read_json(archives[NAMES.name], "annotations/en/annotations.json")["annotations"]["annotations"]
    concepts = []
    for entry in read_json(archives[LABELS.name], "en/data.json"):
        key = key_of(entry["hexcode"])
        if entry.get("group", _FLAGS) == _FLAGS or any(key not in chars for chars in keyed.values()):
            continue
        spoken = cldr.get(entry["emoji"].replace("\ufe0f", ""), {}).get("tts", [])
        paraphrases = _unique(entry["label"], [*spoken, *codes.get(key, [])])
        found = {name: chars[key] for name, chars in keyed.items()}
        concepts.append(Concept(key, entry["label"], paraphrases, found))
    return sorted(concepts, key=lambda concept: concept.key)


def make_split(keys: Iterable[str]) -> dict[str, list[str]]:
    """Split concepts by family, in the order of the family's SHA-256: test first, then validation, then train."""
    families: dict[str, list[str]] = {}
    for key in sorted(keys):
        families.setdefault(family(key), []).append(key)
    split: dict[str, list[str]] = {name: [] for name in SPLITS}
    for name in sorted(families, key=lambda f: hashlib.sha256(f.encode()).hexdigest()):
        members = families[name]
        if len(split["test"]) + len(members) <= TEST:
            split["test"] += members
        elif len(split["validation"]) + len(members) <= VALIDATION:
            split["validation"] += members
        else:
            split["train"] += members
    return {name: sorted(keys) for name, keys in split.items()}


def load_split() -> dict[str, str]:
    """Return the committed split: concept key -> ``train``, ``validation`` or ``test``."""
    stored = json.loads(SPLIT_FILE.read_text(encoding="utf-8"))
    return {key: name for name in SPLITS for key in stored[name]}


def load_labels() -> list[str]:
    """Return the labels of the training concepts, for methods that read captions and no pictures."""
    return list(json.loads(LABELS_FILE.read_text(encoding="utf-8")).values())
