"""Writing a bundle: the report is made anew from what goes into it, so that whoever checks it gets the same."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from eval.about import hash_votes
from eval.bundle import (
    ABOUT,
    CROISSANT,
    ENVIRONMENT,
    FORM,
    MEASURED,
    PROMPTS,
    README,
    RECEIPTS,
    REPORT,
    SUMS,
    VOTES,
    BundleAbout,
)
from eval.bundle.archive import Member, measure, write_archive, write_sums
from eval.bundle.content import (
    BundleContent,
    CaptionSeeds,
    GivenFigures,
    list_prompts,
    number_raters,
    read_votes,
    write_votes,
)
from eval.bundle.croissant import describe_bundle
from eval.bundle.environment import describe_environment
from eval.bundle.plain import from_plain, to_plain
from eval.render.report_files import render_report
from eval.summary import Summary
from hub.errors import DataError
from hub.language.catalogue import Language, language
from hub.language.sentence import Sentence
from hub.progress import track_items
from hub.receipt.of_votes import VoteReceipts
from hub.votes import ReadVotes
from hub.votes.rows import OWN

TEXT = """# A report, and all that it is made from

`{votes}` has the votes, a line each, those that do not count among them; `{prompts}` what was drawn.
{receipts}{measured}`report/` is what came of it, `{environment}` where it was made, `{croissant}` describes the
files (Croissant, JSON-LD), `{sums}` has their checksums (`sha256sum -c {sums}`).

    python -m eval.verify BUNDLE.zip

computes every figure of the report from the votes again, and says "identical", or what differs. Raters and networks
are pseudonyms. A vote with `withdrawn` in `excluded` was taken back by its rater, and is in no rating.
{licence}"""
OF_RECEIPTS = "`{}` has the receipt of each vote, by which `python -m hub.receipt replay` draws its pictures again.\n"
OF_MEASURED = (
    "`{}` has what was measured of pictures and of machine judges, which are not here: it is taken as it is.\n"
)
OF_LICENCE = "\nThe votes are under CC-BY-4.0.\n"


@dataclass(frozen=True)
class Bundled:
    """What goes into a bundle: votes as they were read, where that was, the report, and what it was measured on.

    ``receipts``: where the votes' receipts are; None for others' battles, whose raters may have names.
    """

    votes: ReadVotes
    receipts: Path | None
    summary: Summary
    captions: tuple[CaptionSeeds, ...] = ()


def hide_folder(text: Any, folder: Path) -> Any:
    """Return a sentence whose paths begin below ``folder``, and which tells nothing of where that is."""
    if isinstance(text, Sentence):
        return Sentence(text.template, **{name: hide_folder(one, folder) for name, one in text.fields.items()})
    if isinstance(text, Path | str):
        found = str(text)
        if found == str(folder):
            return folder.name
        for place in (folder.resolve(), folder.absolute()):
            found = found.replace(f"{place}/", "")
        return found.removeprefix(f"{folder}/")
    return text


def _list_given(of: Bundled) -> GivenFigures | None:
    """Return what of a report no vote tells; None where there is nothing."""
    table, join, machines = of.summary.table, of.summary.join, of.summary.machines
    if not (table and join):
        return GivenFigures(None, machines=machines) if machines else None
    shown = join.strips, join.disputed, of.captions, join.nearest, join.styled
    return GivenFigures(table, join.by_vote, *shown, machines)


def make_content(of: Bundled, spoken: Language, latex: bool) -> BundleContent:
    """Return what a report is computed from, read back from what is written of it."""
    votes = of.votes if of.receipts else number_raters(of.votes)
    table = read_votes([*write_votes(votes.table)])
    given = _list_given(of)
    if given:
        given = from_plain(GivenFigures, json.loads(json.dumps(to_plain(given))))
    if of.summary.about is None:
        raise DataError("A report without its origin can't be bundled.")
    own = bool(pc.all(pc.equal(table["source"], OWN)).as_py()) if len(table) else True
    root = of.receipts or Path()
    about = BundleAbout(
        form=FORM,
        language=spoken.code,
        latex=latex,
        own=own,
        about=replace(of.summary.about, digest=hash_votes(table)),
        problems=tuple(hide_folder(one, root) for one in votes.problems),
        left_out={str(reason): number for reason, number in votes.left_out.items()},
    )
    return BundleContent(from_plain(BundleAbout, json.loads(json.dumps(to_plain(about)))), table, given)


def dump(content: Any) -> bytes:
    """Return JSON for people and programs, indented, never with a NaN."""
    return (json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _write_readme(about: BundleAbout, names: Sequence[str]) -> bytes:
    told = {
        "receipts": OF_RECEIPTS.format(RECEIPTS) if RECEIPTS in names else "",
        "measured": OF_MEASURED.format(MEASURED) if MEASURED in names else "",
        "licence": OF_LICENCE if about.own else "",
    }
    return TEXT.format(
        votes=VOTES, prompts=PROMPTS, environment=ENVIRONMENT, croissant=CROISSANT, sums=SUMS, **told
    ).encode()  # fmt: skip


def _list_receipts(known: Mapping[str, bytes], ids: Sequence[str]) -> Iterator[bytes]:
    return (known[id] for id in ids if id in known)


def derive_members(content: BundleContent, named: Sequence[str]) -> dict[str, bytes]:
    """Return the members that follow from the content: the report, and what is told of it; ``named`` are all others."""
    report = render_report(content.make_summary(), language(content.about.language), content.about.latex)
    found = {f"{REPORT}{name}": file for name, file in report.items()}
    found[PROMPTS] = b"".join(list_prompts(content))
    return found | {README: _write_readme(content.about, named)}


def write_bundle(path: Path, of: Bundled, spoken: Language, latex: bool) -> None:
    """Write a bundle.

    Raises: StorageError, and DataError for votes that can't be told.
    """
    content = make_content(of, spoken, latex)
    ids = content.votes["id"].to_pylist()
    found = track_items(list(VoteReceipts(of.receipts).read()), "receipts") if of.receipts else ()
    receipts = {one.vote: (one.model_dump_json() + "\n").encode() for one in found}
    mine = pc.sum(pc.equal(content.votes["source"], OWN)).as_py() or 0
    content = replace(content, about=replace(content.about, without_receipt=mine - len(receipts)))
    members: dict[str, Member] = {
        ABOUT: partial(list, [dump(to_plain(content.about))]),
        VOTES: partial(write_votes, content.votes),
        ENVIRONMENT: partial(list, [dump(describe_environment())]),
    }
    if receipts:
        members[RECEIPTS] = partial(_list_receipts, receipts, ids)
    if content.given:
        members[MEASURED] = partial(list, [dump(to_plain(content.given))])
    for name, one in derive_members(content, list(members)).items():
        members[name] = partial(list, [one])
    sums = {name: measure(member) for name, member in track_items(list(members.items()), "checksums")}
    described = dump(describe_bundle(content.about, len(ids), sums))
    members[CROISSANT] = partial(list, [described])
    members[SUMS] = partial(list, [write_sums(sums | {CROISSANT: measure(members[CROISSANT])})])
    write_archive(path, members)
