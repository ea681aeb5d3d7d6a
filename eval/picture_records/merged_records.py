"""Several sources' records of one set of pictures, made one: the first source that knows a field is believed.

Sources are given in the order in which they are believed. Where a later one says another prompt or seed, that is noted
with the number of pictures and the first of them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from eval.picture_records.picture_record import PictureRecord, RecordSource
from hub.language.sentence import Sentence, listed

FIELDS = ("prompt", "seed", "generator")
COMPARED = {"prompt": Sentence("Prompt"), "seed": Sentence("Seed")}  # a generator has as many names as who name it
SHOWN = 60  # characters of a value in a sentence


@dataclass
class _Difference:
    """A field that two sources say otherwise of some pictures: how many, and the first of them."""

    number: int
    first: Sentence


@dataclass(frozen=True)
class MergedRecords:
    """The records of the pictures whose prompt is known, and why the others' is not, by name.

    ``origins``: of each field, how many pictures have it of which source and tool. ``differences`` are sentences.
    ``generators``: who drew the pictures whose prompt is not known, where that is.
    """

    records: Mapping[str, PictureRecord] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    origins: Mapping[str, Counter[tuple[str, str]]] = field(default_factory=dict)
    differences: tuple[str, ...] = ()
    generators: Mapping[str, str] = field(default_factory=dict)


def _told(source: RecordSource, record: PictureRecord) -> str:
    """Return what says so, with its line or the tool that wrote it."""
    place = record.where or record.tool
    return Sentence("{title} ({place})", title=source.title, place=place) if place else source.title


def _alike(one: str | int, other: str | int) -> bool:
    """Return whether two values of a field say the same; spaces do not count."""
    return " ".join(str(one).split()) == " ".join(str(other).split())


def _cut(value: str | int) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _explain(name: str, sources: Sequence[RecordSource]) -> str:
    """Return why a picture has no prompt: that of the source which should name it, or of the first that says why."""
    lists = [source for source in sources if source.lists]
    if lists and all(name not in source.records for source in lists):
        return lists[0].absent
    problem = next((source.problems[name] for source in sources if name in source.problems), None)
    return problem or next((source.absent for source in sources if source.records), sources[0].absent)


class _Merge:
    """Goes through the pictures one by one."""

    def __init__(self, sources: Sequence[RecordSource]) -> None:
        self.sources = sources
        self.lists = [source for source in sources if source.lists]
        self.origins = {name: Counter[tuple[str, str]]() for name in FIELDS}
        self.differences: dict[tuple[str, str, str], _Difference] = {}
        self.generators: dict[str, str] = {}

    def merge(self, name: str) -> PictureRecord | None:
        """Return the record of a picture, None where no source knows its prompt, or a list does not name it."""
        told = [(source, source.records[name]) for source in self.sources if name in source.records]
        if self.lists and not any(source.lists for source, _ in told):
            return None
        chosen: dict[str, tuple[RecordSource, PictureRecord]] = {}
        for field_name in FIELDS:
            saying = [one for one in told if getattr(one[1], field_name) is not None]
            if saying:
                chosen[field_name] = saying[0]
            if field_name in COMPARED:
                self._compare(name, field_name, saying)
        if "prompt" not in chosen:
            if "generator" in chosen:
                self.generators[name] = chosen["generator"][1].generator or ""
            return None
        for field_name, (source, record) in chosen.items():
            self.origins[field_name][source.title, record.tool] += 1
        values = {field_name: getattr(record, field_name) for field_name, (_, record) in chosen.items()}
        prompted = chosen["prompt"][1]
        return PictureRecord(**values, read_as=prompted.read_as, origin=prompted.origin)

    def _compare(self, name: str, field_name: str, saying: Sequence[tuple[RecordSource, PictureRecord]]) -> None:
        for source, record in saying[1:]:
            one, other = getattr(saying[0][1], field_name), getattr(record, field_name)
            if _alike(one, other):
                continue
            key = (field_name, saying[0][0].title, source.title)
            if key in self.differences:
                self.differences[key].number += 1
            else:
                first = Sentence(
                    "{name}: {one} says {value}, {other} {another}",
                    name=name, one=_told(*saying[0]), value=_cut(one), other=_told(source, record), another=_cut(other),
                )  # fmt: skip
                self.differences[key] = _Difference(1, first)


def count_pictures(count: int) -> Sentence:
    """Return a number of pictures in words."""
    return Sentence("1 picture") if count == 1 else Sentence("{count:,} pictures", count=count)


def _tell(field_name: str, first: str, second: str, made: _Difference) -> Sentence:
    """Return that two sources disagree, with the first picture of which they do."""
    said = {"field": COMPARED[field_name], "pictures": count_pictures(made.number), "example": made.first}
    return Sentence(
        "{field} of {pictures}: {first} and {second} disagree, and {first} is believed ({example}).",
        first=first, second=second, **said,
    )  # fmt: skip


def merge_records(names: Sequence[str], sources: Sequence[RecordSource]) -> MergedRecords:
    """Return the records of pictures by all sources, those believed first being the first."""
    merge = _Merge(sources)
    found = {name: merge.merge(name) for name in names}
    records = {name: record for name, record in found.items() if record}
    problems = {name: _explain(name, sources) for name, record in found.items() if not record} if sources else {}
    told = tuple(_tell(*key, made) for key, made in merge.differences.items())
    return MergedRecords(records, problems, merge.origins, told, merge.generators)


def describe_origins(merged: MergedRecords) -> str:
    """Return where prompts, seeds and generators come from, as ``prompts and seeds from metadata.csv``."""
    by_origin: dict[str, list[str]] = {}
    for field_name in FIELDS:
        titles: dict[str, list[str]] = {}
        for title, tool in merged.origins.get(field_name, ()):
            titles.setdefault(title, []).append(tool)
        named = [f"{title} ({', '.join(sorted(filter(None, tools)))})" if any(tools) else title
                 for title, tools in titles.items()]  # fmt: skip
        if named:
            by_origin.setdefault(listed(named), []).append(f"{field_name}s")
    return "; ".join(f"{listed(fields)} from {origin}" for origin, fields in by_origin.items())
