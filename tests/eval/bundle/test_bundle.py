"""Bundles: the same bytes twice, every figure again from the votes, whatever is changed is named, strangers' zips."""

import csv
import hashlib
import io
import json
import re
import stat
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from eval import report, verify
from eval.agreement.by_vote import ByVote
from eval.bundle import (
    ABOUT,
    CROISSANT,
    ENVIRONMENT,
    MEASURED,
    NEEDED,
    PROMPTS,
    RECEIPTS,
    SUMS,
    VOTES,
    BundleAbout,
    archive,
)
from eval.bundle.compare import compare_texts
from eval.bundle.content import CaptionSeeds, GivenFigures, number_raters, read_votes, write_votes
from eval.bundle.plain import from_plain, to_plain
from eval.bundle.write import hide_folder
from eval.measure import Table
from eval.votes.formats import VoteFormat
from hub.command import make_command
from hub.errors import DataError
from hub.language.sentence import Sentence
from hub.log_entries import Withdrawal
from hub.receipt import Receipt, read_receipt
from hub.schema import Criterion, Setup, Vote
from hub.settings import Settings
from hub.votes import TABLE, ContentStore, make_table
from hub.votes.rows import OWN
from tests.eval import made
from tests.eval.test_rate import battle_file
from tests.hub.votes import made as votes_made

SETUP = Setup(generator="one", revision="r", checkpoints={"w": "a" * 64}, dtype="float32", device="CPU", scheduler=None,
              steps=None, guidance_scale=None, libraries={"torch": "2"})  # fmt: skip
Members = dict[str, bytes]


def with_setup(vote: Vote) -> Vote:
    """The vote, its pictures drawn by a setup that is known."""
    sides = {
        name: tuple(one.model_copy(update={"setup": SETUP.digest}) for one in getattr(vote, name)) for name in "ab"
    }
    return vote.model_copy(update=sides)


def folder(data: Path) -> Path:
    """A data folder with forty votes on two questions, one of them taken back, one of a bot, and a torn line."""
    votes = [
        with_setup(made.vote(
            i, "one", "two", "ab"[i % 3 == 0], rater=f"rater {i % 7}", prompt=f"prompt {i % 9}",
            criterion=(Criterion.quality, Criterion.alignment)[i % 2], excluded=("velocity",) if i == 5 else (),
        ))
        for i in range(40)
    ]  # fmt: skip
    ContentStore(data).write_setup(SETUP)
    back = Withdrawal(vote="vote-7", time=99.0, rater="rater 0")
    lines = [*(one.model_dump_json() for one in (*votes, back)), '{"torn": ']
    (data / "log").mkdir(parents=True)
    (data / "log" / "a.jsonl").write_text("\n".join(lines) + "\n")
    return data


def bundle(data: Path, path: Path, *more: object, code: int = 1) -> Path:
    """The bundle of a report without metrics."""
    arguments = ["--votes", data, "--no-metrics", "--out", path.with_suffix(""), "--bundle", path, *more]
    done = CliRunner().invoke(make_command(report.main, ""), [str(one) for one in arguments])
    assert done.exit_code == code, done.output
    return path


def check(path: Path) -> tuple[int, str]:
    """The exit code of the verification, and what it says."""
    done = CliRunner().invoke(make_command(verify.main, ""), [str(path)])
    return done.exit_code, done.output


@pytest.fixture(scope="module")
def made_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle with files for papers."""
    place = tmp_path_factory.mktemp("bundle")
    return bundle(folder(place / "arena"), place / "b.zip", "--latex")


def members(path: Path) -> Members:
    """The content of a zip."""
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def pack(path: Path, content: Members, sums: bool = True) -> Path:
    """A zip of these members; ``sums``: with checksums that are right."""
    if sums:
        found = {name: hashlib.sha256(one).hexdigest() for name, one in content.items() if name != SUMS}
        content = content | {SUMS: "".join(f"{sha}  {name}\n" for name, sha in sorted(found.items())).encode()}
    with zipfile.ZipFile(path, "w") as file:
        for name, one in content.items():
            file.writestr(name, one)
    return path


def test_a_bundle_is_whole_and_identical_to_its_votes(made_bundle: Path) -> None:
    code, said = check(made_bundle)
    assert (code, said[:11]) == (0, "identical: "), said
    assert "of 40 votes, 40 receipts" in said
    found = members(made_bundle)
    assert set(NEEDED) <= found.keys()
    assert {f"report/report.{kind}" for kind in ("html", "md", "json", "csv")} <= found.keys()
    assert "report/latex/figures/ratings-quality.pdf" in found
    with zipfile.ZipFile(made_bundle) as file:
        assert file.namelist() == sorted(file.namelist())
        assert {info.date_time for info in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_same_report_twice_is_the_same_bundle(made_bundle: Path, tmp_path: Path) -> None:
    again = bundle(made_bundle.parent / "arena", tmp_path / "again.zip", "--latex")
    assert again.read_bytes() == made_bundle.read_bytes()


def test_a_bundle_tells_of_no_folder_and_no_secret(made_bundle: Path) -> None:
    (made_bundle.parent / "arena" / "secret").write_text("a secret that nobody may know", "ascii")
    (made_bundle.parent / "arena" / "secret").chmod(0o600)
    whole = b"\n".join(members(bundle(made_bundle.parent / "arena", made_bundle.with_name("c.zip"))).values())
    for word in (made_bundle.parent, Path.home(), Path.cwd(), "a secret that nobody may know"):
        assert str(word).encode() not in whole, word
    assert b"log/a.jsonl, line 42: left out" in whole


def test_votes_are_there_as_they_are_published(made_bundle: Path) -> None:
    rows = [json.loads(line) for line in members(made_bundle)[VOTES].splitlines()]
    assert [row["id"] for row in rows] == [f"vote-{i}" for i in range(40)]
    assert {row["id"]: row["excluded"] for row in rows if row["excluded"]} == {
        "vote-5": "velocity",
        "vote-7": "withdrawn",
    }
    assert list(rows[0]) == TABLE.names
    prompts = [json.loads(line) for line in members(made_bundle)[PROMPTS].splitlines()]
    assert sum(one["votes"] for one in prompts) == 40
    assert [one["prompt"] for one in prompts] == [f"prompt {i}" for i in range(9)]


def test_each_receipt_can_be_read_alone_and_tells_no_rater(made_bundle: Path) -> None:
    lines = members(made_bundle)[RECEIPTS].splitlines()
    receipts = [read_receipt(line.decode()) for line in lines]
    assert [one.vote for one in receipts if isinstance(one, Receipt)] == [f"vote-{i}" for i in range(40)]
    assert receipts[0].setups == (SETUP,)
    assert b"rater" not in lines[0]


def test_both_wordings_of_a_battle_are_told_and_checked(tmp_path: Path) -> None:
    data = folder(tmp_path / "data")
    worded = with_setup(votes_made.vote("worded", prompt="a red cat", wording="a cat that is red"))
    (data / "log" / "b.jsonl").write_text(worded.model_dump_json() + "\n")
    content = members(bundle(data, tmp_path / "b.zip"))
    told = {one["prompt"]: one for one in map(json.loads, content[PROMPTS].splitlines())}
    for prompt in ("a red cat", "a cat that is red"):
        assert told[prompt] == {"prompt": prompt, "use": "battle", "votes": 1, "seeds": "3"}
    assert check(tmp_path / "b.zip")[0] == 0
    other = content[RECEIPTS].replace(b"a cat that is red", b"a dog that is red")
    assert other != content[RECEIPTS]
    code, said = check(pack(tmp_path / "c.zip", content | {RECEIPTS: other}))
    assert (code, "its wording is not that of vote 'worded'" in said) == (1, True), said


@pytest.mark.parametrize(
    ("measured", "bundled", "listed"), [(("mock",), True, 1), (("mock",), False, 0), ((), True, 0)]
)
def test_captions_are_listed_for_a_bundle_of_measured_generators_alone(
    measured: tuple[str, ...], bundled: bool, listed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = Mock(return_value=(CaptionSeeds("a cat", (3,)),))
    monkeypatch.setattr(report, "list_captions", listing)
    monkeypatch.setattr(report, "_list_measured", lambda *_: measured)
    monkeypatch.setattr(report, "_measure", lambda *_: (Table(), None))
    options = report.ReportOptions(folder(tmp_path / "data"), bundle=tmp_path / "b.zip" if bundled else None)
    built = report.build_report(options, tmp_path / "out", Settings(data=tmp_path / "data"))
    assert (listing.call_count, len(built.captions)) == (listed, listed)


def test_the_environment_names_packages_python_and_machine_and_nobody(made_bundle: Path) -> None:
    found = json.loads(members(made_bundle)[ENVIRONMENT])
    assert found["packages"]["pyarrow"]
    assert {"commit", "python", "machine", "processor", "system"} <= found.keys()


def test_raters_of_others_battles_are_numbers(tmp_path: Path) -> None:
    battles = battle_file(tmp_path, [("a", "b", "a"), ("b", "a", "b"), ("a", "b", "b")] * 4)
    content = json.loads(battles.read_text())
    for number, one in enumerate(content):
        one["judge"] = f"203.0.113.{number % 3}"
    battles.write_text(json.dumps(content))
    path = bundle(battles, tmp_path / "b.zip", "--format", "fastchat", code=0)
    assert b"203.0.113" not in b"".join(members(path).values())
    assert [json.loads(line)["rater"] for line in members(path)[VOTES].splitlines()][:4] == [
        "rater 1", "rater 2", "rater 3", "rater 1",
    ]  # fmt: skip
    code, said = check(path)
    assert (code, "identical" in said, "0 receipts" in said) == (0, True, True)


def test_croissant_is_read_by_its_own_library(made_bundle: Path, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what the library imports
        import mlcroissant

        with zipfile.ZipFile(made_bundle) as file:
            file.extractall(tmp_path)
        data = mlcroissant.Dataset(str(tmp_path / CROISSANT))
        votes, prompts = (list(data.records(name)) for name in ("votes", "prompts"))
    assert not data.metadata.ctx.issues.errors
    assert not data.metadata.ctx.issues.warnings
    assert [one["votes/id"] for one in votes] == [f"vote-{i}".encode() for i in range(40)]
    assert votes[5]["votes/excluded"] == b"velocity"
    assert prompts[0]["prompts/prompt"] == b"prompt 0"
    described = json.loads((tmp_path / CROISSANT).read_text())
    assert {one["@id"] for one in described["distribution"]} == members(made_bundle).keys() - {CROISSANT, SUMS}
    assert described["license"] == "https://creativecommons.org/licenses/by/4.0/"


def change(pattern: bytes, by: bytes) -> Callable[[bytes], bytes]:
    """A change of the first match."""
    return lambda content: re.sub(pattern, by, content, count=1)


CHANGES = {
    "a rating of the JSON": ("report/report.json", change(rb'("rating": )\d+', rb"\g<1>7"), "report/report.json, line"),
    "a figure of the CSV": ("report/report.csv", change(rb"(votes,used,)\d+", rb"\g<1>77"), "report/report.csv, line"),
    "a figure of the page": ("report/report.html", change(rb"<td class=\"n\">\d+", b'<td class="n">77777'),
                             "report/report.html, line"),
    "a figure of a table": ("report/latex/tables/ratings-quality.tex", change(rb"& 1\d+ &", b"& 7777 &"),
                            "ratings-quality.tex, line"),
    "a plot": ("report/latex/figures/ratings-quality.pdf", change(rb"cm", b"Do"),
               "ratings-quality.pdf is another file"),
    "a prompt": (PROMPTS, change(rb"prompt 3", b"prompt 33"), "prompts.jsonl, line 4"),
    "a vote": (VOTES, change(rb'"outcome": "a"', b'"outcome": "b"'), "other votes than the report was made from"),
    "a receipt": (RECEIPTS, change(rb'"seed":0', b'"seed":1'), "receipts.jsonl, line 1"),
    "the metadata": (CROISSANT, change(rb"40 votes", b"41 votes"), "croissant.json, line"),
    "the text": ("README.md", change(rb"A report", b"My report"), "README.md, line 1"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_named_with_its_file(name: str, made_bundle: Path, tmp_path: Path) -> None:
    file, edit, expected = CHANGES[name]
    content = members(made_bundle)
    changed = content | {file: edit(content[file])}
    assert changed != content
    code, said = check(pack(tmp_path / "silent.zip", changed))  # whoever changed it made new checksums too
    assert (code, expected in said, "different: " in said) == (1, True, True), said
    code, said = check(pack(tmp_path / "plain.zip", changed, sums=False))
    assert (code, f"{file} was changed: its SHA-256 is not the one in SHA256SUMS." in said) == (1, True), said


def test_every_figure_of_the_csv_is_compared(made_bundle: Path, tmp_path: Path) -> None:
    content = members(made_bundle)
    rows = list(csv.reader(io.StringIO(content["report/report.csv"].decode(), newline="")))
    places = [n for n, row in enumerate(rows) if n and row[2]]
    assert len(places) > 40
    for place in places[:: len(places) // 3]:
        other = [list(row) for row in rows]
        other[place][2] = str(float(other[place][2]) * 2 + 7)
        text = io.StringIO(newline="")
        csv.writer(text).writerows(other)
        code, said = check(pack(tmp_path / "b.zip", content | {"report/report.csv": text.getvalue().encode()}))
        assert (code, f"report/report.csv, line {place + 1}: " in said) == (1, True), said


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_member_is_one_sentence(name: str, made_bundle: Path, tmp_path: Path) -> None:
    content = {key: one for key, one in members(made_bundle).items() if key != name}
    code, said = check(pack(tmp_path / "b.zip", content, sums=False))
    assert (code, f"has no {name}: it is no bundle, or no whole one." in said) == (2, True), said
    assert len(said.strip().splitlines()) == 1


def test_a_member_that_is_gone_or_new_is_named(made_bundle: Path, tmp_path: Path) -> None:
    content = members(made_bundle)
    gone = {key: one for key, one in content.items() if key != "report/report.md"}
    assert "has no report/report.md, which SHA256SUMS names" in check(pack(tmp_path / "a.zip", gone, False))[1]
    code, said = check(pack(tmp_path / "b.zip", gone))
    assert (code, "report/report.md is not there, but the votes give it." in said) == (1, True)
    more = content | {"report/more.txt": b"?"}
    assert "report/more.txt is there, but the votes do not give it." in check(pack(tmp_path / "c.zip", more))[1]
    assert "report/more.txt is no part of the bundle" in check(pack(tmp_path / "d.zip", more, False))[1]


def test_a_damaged_zip_is_one_sentence(made_bundle: Path, tmp_path: Path) -> None:
    whole = made_bundle.read_bytes()
    for number, content in enumerate((b"", b"no zip at all", whole[: len(whole) // 2], whole[:-30])):
        path = tmp_path / f"{number}.zip"
        path.write_bytes(content)
        code, said = check(path)
        assert (code, len(said.strip().splitlines())) == (2, 1), said
        assert "is no zip, or a damaged one" in said
    assert check(tmp_path / "none.zip")[0] == 2


def test_a_flipped_byte_anywhere_is_told(made_bundle: Path, tmp_path: Path) -> None:
    whole, path = made_bundle.read_bytes(), tmp_path / "flipped.zip"
    for place in range(100, len(whole), len(whole) // 8):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        code, said = check(path)
        assert code in {1, 2} or members(path) == members(made_bundle), f"{place}: {said}"
        assert "Traceback" not in said


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/passwd", "a/../../b", "C:\\evil", "report/..", ".hidden", "a//b", "a b", "x\x00y"]
)
def test_a_name_that_leads_elsewhere_is_not_read(name: str, made_bundle: Path, tmp_path: Path) -> None:
    content = members(made_bundle)
    path = tmp_path / "b.zip"
    with zipfile.ZipFile(path, "w") as file:
        for key, one in content.items():
            file.writestr(key, one)
        info = zipfile.ZipInfo("x")
        info.filename = name
        file.writestr(info, b"evil")
    code, said = check(path)
    assert (code, "which no bundle has: it is not read." in said) == (2, True) or name == "x\x00y", said


def test_links_and_giants_are_not_read(made_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as file:
        file.writestr(link, "/etc/passwd")
    assert "the member link is no plain file" in check(tmp_path / "b.zip")[1]
    with zipfile.ZipFile(tmp_path / "c.zip", "w", zipfile.ZIP_BZIP2) as file:
        file.writestr("a", "b")
    assert "packed in a way that no bundle is" in check(tmp_path / "c.zip")[1]
    monkeypatch.setattr(archive, "LARGEST", 1000)
    assert "more than the 1,000 that a bundle may have" in check(made_bundle)[1]
    monkeypatch.setattr(archive, "MOST", 3)
    assert "members, more than the 3 that a bundle may have" in check(made_bundle)[1]


def test_twice_one_name_is_no_bundle(made_bundle: Path, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(tmp_path / "b.zip", "w") as file:
            for _ in range(2):
                file.writestr(ABOUT, "{}")
    assert "two members of one name" in check(tmp_path / "b.zip")[1]


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        (VOTES, b"[]\n", "votes.jsonl, line 1 is no vote."),
        (VOTES, b"{}\n", "votes.jsonl, line 1 has no 'id'."),
        (VOTES, b"{\n", "votes.jsonl, line 1 is no JSON"),
        (ABOUT, b'{"form": 2}', "bundle.json is of another version"),
        (ABOUT, b"[" * 10_000, "bundle.json is no JSON"),
        (ABOUT, b'{"form": 1, "evil": 1}', "BundleAbout is not an object with these fields alone"),
        (MEASURED, b'{"table": 1}', "GivenFigures.table is not an object"),
        (MEASURED, b'{"table": null, "strips": 1e999}', "measured.json is no JSON"),
        (MEASURED, b'{"table": null, "captions": [{"prompt": "\\ud800", "seeds": []}]}', "measured.json is no JSON"),
        (
            MEASURED,
            b'{"table": null, "nearest": [{"generator": "a", "space": "b", "training": 1, "pairs": [{"prompt":'
            b' "", "seed": 1, "drawn": "a%", "caption": "", "training": "", "ratio": 1}]}]}',
            "drawn is not bytes as base64",
        ),
        (
            MEASURED,
            b'{"table": null, "nearest": [{"generator": "a", "space": "b", "training": 1, "pairs": [{"prompt":'
            b' "", "seed": 1, "drawn": "", "caption": "", "training": "", "ratio": 1' + b"0" * 400 + b"}]}]}",
            "ratio is not a number of the usual size",
        ),
        (
            MEASURED,
            b'{"table": {"rows": [{"generator": '
            + b'{"template": "{a}", "fields": {"a": ' * 450
            + b"1"
            + b"}}" * 450
            + b"}]}}",
            "GivenFigures is not as flat as it should be",
        ),
    ],
)
def test_a_member_that_says_nothing_is_one_sentence(
    file: str, content: bytes, said: str, made_bundle: Path, tmp_path: Path
) -> None:
    code, told = check(pack(tmp_path / "b.zip", members(made_bundle) | {file: content}))
    assert (code, said in told, "Traceback" in told) == (2, True, False), told


@pytest.mark.parametrize("content", [b"", b"\xff\x00,", b"a,b\n1,2,3\n", b'table\n"' + b"x" * 200_000])
def test_a_csv_of_a_stranger_is_compared_and_never_counted(content: bytes, made_bundle: Path, tmp_path: Path) -> None:
    code, said = check(pack(tmp_path / "b.zip", members(made_bundle) | {"report/report.csv": content}))
    assert (code, "report/report.csv, line 1" in said) == (1, True), said
    assert "Traceback" not in said


def test_an_offset_that_leads_nowhere_is_one_sentence(made_bundle: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(made_bundle) as file:
        zip_of = archive.Archive(made_bundle, file)
        file.getinfo(VOTES).header_offset = -5000
        with pytest.raises(DataError, match=r"the member votes\.jsonl is damaged"):
            zip_of.read(VOTES)
        with pytest.raises(DataError, match=r"the member votes\.jsonl is damaged"):
            zip_of.measure(VOTES)


def test_a_time_that_is_no_number_is_refused() -> None:
    row = next(iter(write_votes(make_table([made.vote(1)]))))
    assert read_votes([row]).num_rows == 1
    with pytest.raises(DataError, match="a number that no vote has"):
        read_votes([row.replace(b'"time": 1.0', b'"time": 1' + b"0" * 400)])
    for wrong in (b"NaN", b"Infinity", b'"now"', b"true", b"1e999"):
        with pytest.raises(DataError, match=r"line 1"):
            read_votes([row.replace(b'"time": 1.0', b'"time": ' + wrong)])
    with pytest.raises(DataError, match="twice"):
        read_votes([row, row])


@pytest.mark.parametrize(
    "sentence",
    [
        {"template": "{a.__class__}", "fields": {"a": 1}},
        {"template": "{a:>99999999}", "fields": {"a": 1}},
        {"template": "{a:999999}", "fields": {"a": 1}},
        {"template": "{a:.999f}", "fields": {"a": 1.5}},
        {"template": "{a}" * 1000, "fields": {"a": "b" * 1000}},
        {"template": "{a}", "fields": {"a": {"template": "{b}" * 60000, "fields": {"b": "cc"}}}},
        {"template": "{a:.1f}", "fields": {"a": 10**400}},
        {"template": "{a[0]}", "fields": {"a": "b"}},
        {"template": "{b}", "fields": {"a": "b"}},
        {"template": "{a!s}", "fields": {"a": "b"}},
        {"template": "{a:{b}}", "fields": {"a": 1, "b": "9"}},
        {"template": 1, "fields": {}},
        {"template": "a", "fields": {"a": None}},
    ],
)
def test_a_sentence_of_a_stranger_is_filled_by_plain_formats_alone(sentence: dict[str, Any]) -> None:
    plain = to_plain(ByVote(Criterion.quality, OWN, "FD", "", 1)) | {"missing": sentence}
    with pytest.raises(DataError, match="missing"):
        from_plain(ByVote, plain)
    good = plain | {"missing": {"template": "{a:,.1f} of {b!r}", "fields": {"a": 1000, "b": ["x"]}}}
    assert from_plain(ByVote, good).missing == "1,000.0 of 'x'"


def test_figures_of_given_pictures_come_back_as_they_were_with_categories_differences_and_where_they_are_from() -> None:
    origin = Sentence("The figures of {names} are of pictures in {folder}, {n:,} in all.", names=["a"], folder="x", n=2)
    given = GivenFigures(made.apart(Table(origins=(origin,))))
    read = from_plain(GivenFigures, json.loads(json.dumps(to_plain(given))))
    assert read == given
    assert read.table and read.table.origins[0].fields == origin.fields
    assert read.table.by_category[1].part.lacking
    told = to_plain(given)
    told["table"]["origins"] = ["plain"]
    with pytest.raises(DataError, match=r"origins\[0\]"):
        from_plain(GivenFigures, told)


def test_kinds_are_checked_when_they_are_read() -> None:
    good = to_plain(BundleAbout(1, "en", True, True, json_about()))
    assert from_plain(BundleAbout, good).about == json_about()
    for name, wrong in (("form", "1"), ("form", True), ("latex", 1), ("problems", "text"), ("left_out", []),
                        ("about", None), ("problems", [1])):  # fmt: skip
        with pytest.raises(DataError, match=name):
            from_plain(BundleAbout, good | {name: wrong})
    with pytest.raises(DataError, match="whole"):
        from_plain(BundleAbout, {"form": 1})


def json_about() -> Any:
    """What a report says of itself."""
    from eval.about import About

    return About("votes", "2026-01-01", "2026-01-02", "f" * 64, "", {"one": "One"})


def test_folders_are_hidden_in_sentences_and_texts(tmp_path: Path) -> None:
    told = Sentence("{path}, line {number}", path=tmp_path / "log" / "a.jsonl", number=3)
    assert hide_folder(told, tmp_path) == "log/a.jsonl, line 3"
    assert hide_folder(f"{tmp_path}/x is bad", tmp_path) == "x is bad"
    assert hide_folder(tmp_path, tmp_path) == tmp_path.name
    nested = Sentence("{said}: {n}", said=told, n=1)
    assert hide_folder(nested, tmp_path) == "log/a.jsonl, line 3: 1"


def test_a_last_digit_is_told_as_such_and_other_figures_by_line() -> None:
    assert list(compare_texts("f", b"a 1.25 b\n7", b"a 1.26 b\n7")) == [
        "f: figures differ in their last digit alone, in 1 lines, the first being 1."
    ]
    (said,) = compare_texts("f", b"x\na 1.25 b", b"x\na 1.35 b")
    assert said == "f, line 2: 1.25 there, 1.35 by the votes (in 'a')."
    (said,) = compare_texts("f", b"same word", b"same ward")
    assert said.startswith("f, line 1: 'same word' there, 'same ward'")
    (said,) = compare_texts("f", b"a 1e9999999999999999999 b", b"a 1.5 b")
    assert said.startswith("f, line 1: 1e9999999999999999999 there, 1.5 by the votes")
    many = list(compare_texts("f", b"\n".join(b"%d" % n for n in range(90, 99)), b""))
    assert many[-1] == "f: 4 more lines differ."


def test_only_raters_of_others_are_numbered() -> None:
    votes = [made.vote(i, rater=f"r{i}") for i in range(3)]
    read = made.read(votes)
    assert number_raters(read).table.equals(read.table)
    place, kind = TABLE.get_field_index("source"), TABLE.field("source")
    sources = pa.array(["file", "arena", "file"], kind.type)
    other = replace(read, table=read.table.set_column(place, kind, sources))
    assert number_raters(other).table["rater"].to_pylist() == ["rater 1", "r1", "rater 2"]


def test_formats_are_two() -> None:
    assert set(VoteFormat) == {VoteFormat.hub, VoteFormat.fastchat}  # a new one is asked whether its raters have names
