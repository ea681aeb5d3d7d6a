"""Prompt sets of files: every form, the published layouts, licences, and what is said of broken lines."""

import json
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import DataError, HubError, PromptError
from hub.prompt_sets import NO_SET, SetPrompt
from hub.prompt_sets.open_sets import open_set, open_sets
from hub.prompt_sets.read_set import read_file
from hub.prompts import load_captions

PARTI = (  # its layout: quotes are part of a prompt, notes may be empty
    "Prompt\tCategory\tChallenge\tNote\n"
    "bond\tAbstract\tBasic\tseveral meanings\n"
    'A sign that says "Open"\tArtifacts\tWriting & Symbols\t\n'
    '"Quoted" throughout\tAbstract\tBasic\t"a note"\n'
)
DRAWBENCH = 'Prompts,Category\nA red colored car.,Colors\n"A cat, and a ""dog"".",Conflicting\n'
TWO = (SetPrompt("a cat", "animals"), SetPrompt("a key", ""))


def write(folder: Path, name: str, content: str) -> Path:
    """A file with this content."""
    (folder / name).write_text(content, encoding="utf-8")
    return folder / name


def test_the_published_layout_of_partiprompts_is_read_as_it_is(tmp_path: Path) -> None:
    found = read_file(write(tmp_path, "PartiPrompts.tsv", PARTI))
    assert (found.name, found.licence) == ("PartiPrompts", "unknown")
    assert [one.category for one in found.prompts] == ["Abstract", "Artifacts", "Abstract"]
    assert [one.text for one in found.prompts] == ["bond", 'A sign that says "Open"', '"Quoted" throughout']


def test_the_published_layout_of_drawbench_is_read_as_it_is(tmp_path: Path) -> None:
    found = read_file(write(tmp_path, "DrawBench.csv", DRAWBENCH))
    cat = SetPrompt('A cat, and a "dog".', "Conflicting")
    assert found.prompts == (SetPrompt("A red colored car.", "Colors"), cat)


def test_json_lines_parquet_and_csv_of_the_same_rows_are_the_same_set(tmp_path: Path) -> None:
    rows = [{"caption": one.text, "category": one.category} for one in TWO]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "set.parquet")
    write(tmp_path, "set.jsonl", "\n".join(map(json.dumps, [*rows, rows[0]])))
    write(tmp_path, "set.csv", "\ufeffCaption,note,CATEGORY\na cat,1,animals\na key,2,\n")
    write(tmp_path, "set.txt", " a cat \n\na key\n")
    sets = [read_file(tmp_path / f"set.{ending}").prompts for ending in ("parquet", "jsonl", "csv")]
    assert sets == [TWO] * 3
    assert read_file(tmp_path / "set.txt").prompts == (SetPrompt("a cat"), SetPrompt("a key"))


def test_a_line_of_json_ends_at_a_line_feed_alone(tmp_path: Path) -> None:
    lines = [json.dumps({"text": f"cat {n}", "note": f"a{mark}b"}, ensure_ascii=False)
             for n, mark in enumerate("\u2028\u2029\x85")]  # fmt: skip
    assert len(read_file(write(tmp_path, "a.jsonl", "\r\n".join(lines))).prompts) == 3


def test_a_file_beside_it_gives_name_and_licence(tmp_path: Path) -> None:
    path = write(tmp_path, "parti.tsv", PARTI)
    write(tmp_path, "parti.toml", 'name = "PartiPrompts"\nlicence = "Apache-2.0"\n')
    assert (read_file(path).name, read_file(path).licence) == ("PartiPrompts", "Apache-2.0")
    for wrong in ('license = "MIT"', "name = 3", "name = ", f'name = "{"x" * 101}"'):
        write(tmp_path, "parti.toml", wrong)
        with pytest.raises(DataError, match=r"parti\.toml can't be read .*name and licence"):
            read_file(path)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "a.csv",
            "prompt,category\na cat,x\n,y\na red, round ball,z\n",
            "line 3: The prompt is empty.*line 4: it has not the 2 cells",
        ),
        ("a.tsv", "Prompt\tCategory\nfine\tx\na\u200bb\tx\n", "line 3: .*U.200B"),
        (
            "a.jsonl",
            '{"text": "fine"}\n{"text": 3}\nnonsense\n',
            "line 2: it has no text in 'text'; line 3: it is no JSON",
        ),
        ("a.jsonl", '{"text": "fine"}\n' + '{"a":' * 100_000, r"line 2: it is no JSON \("),
        ("a.csv", f"prompt,category\nfine,{'c' * 101}\n", "line 2: the category has more than 100"),
        ("a.txt", "fine\n" + "x" * 501 + "\n", "line 2: The prompt has 501"),
        ("a.csv", "prompt\n" + "\u200b\n" * 12, "line 11: .*; and 2 more"),
        ("a.csv", 'prompt\n"never closed\n', "line 2: it is no line of a CSV file"),
    ],
)
def test_every_broken_line_is_named(tmp_path: Path, name: str, content: str, said: str) -> None:
    with pytest.raises(PromptError, match=f"{name}, .*{said}"):
        read_file(write(tmp_path, name, content))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", "title,category\nx,y\n", "no column of prompts: call one text, .*its columns are title, category"),
        ("a.csv", "", "its columns are none"),
        ("a.csv", "prompt\n", "has no prompts"),
        ("a.jsonl", "", "its columns are none"),
        ("a.parquet", "no parquet", "can't be read as Parquet"),
    ],
)
def test_a_file_that_is_no_set_says_why(tmp_path: Path, name: str, content: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read_file(write(tmp_path, name, content))
    (tmp_path / "latin.txt").write_bytes(b"gr\xf6\xdfe")
    with pytest.raises(DataError, match=r"latin\.txt is no text in UTF-8"):
        read_file(tmp_path / "latin.txt")


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=200), st.sampled_from((".csv", ".tsv", ".jsonl", ".parquet", ".txt")))
def test_any_bytes_are_a_set_or_one_sentence(content: bytes, ending: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"any{ending}")
        path.write_bytes(content)
        try:
            assert read_file(path).prompts
        except HubError as error:
            assert str(path) in str(error)


def test_a_name_that_is_nothing_says_what_there_is() -> None:
    for name in ("parti", "folder/parti.tsv", "a/b/c"):
        with pytest.raises(DataError, match="name captions, compositional, a file"):
            open_set(name)


def test_the_arenas_prompts_are_of_every_set_alike_and_know_where_they_are_from(tmp_path: Path) -> None:
    small = str(write(tmp_path, "small.csv", "prompt,category\nmy cat,mine\n"))
    prompts = open_sets(["captions", small, small], random.Random(0))
    picked = [prompts.pick() for _ in range(400)]
    assert 150 < picked.count("my cat") < 250
    assert {*picked} - {"my cat"} <= {*load_captions()}
    assert prompts.find("my cat") == ("small", "mine")
    assert prompts.find(load_captions()[0]) == ("captions", "Noto")
    assert prompts.find("My cat") == NO_SET
    (tmp_path / "other").mkdir()
    with pytest.raises(DataError, match="names of their own"):
        open_sets([small, str(write(tmp_path / "other", "small.txt", "a dog"))], random.Random(0))
    with pytest.raises(DataError, match="at least one"):
        open_sets([], random.Random(0))


def test_one_set_alone_is_drawn_from_as_ever() -> None:
    assert open_sets(["captions"], random.Random(7)).pick() == random.Random(7).choice(load_captions())
