"""Tables and plots for papers: LaTeX's grammar, texts that come back, protocols below tables, SVG and PDF alike."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pypdfium2
import pytest
import resvg_py
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops
from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec, get_default_latex_context_db
from pylatexenc.latexwalker import LatexEnvironmentNode, LatexWalker
from pylatexenc.latexwalker import get_default_latex_context_db as grammar
from pylatexenc.macrospec import MacroSpec
from typer.testing import CliRunner

from eval import rate, score
from eval.encoders import ENCODERS
from eval.judge.machine_figures import MachineJudge
from eval.measure import Row, Table
from eval.metrics import METRICS
from eval.picture_style import PictureProperty
from eval.protocol import PictureProtocol, describe_prompts, describe_reference, describe_seeds, hash_texts
from eval.raters.shares import Share
from eval.ratings.board import Rule
from eval.ratings.bradley_terry import Rating
from eval.ratings.style_control import StyleCoefficient, StyleControl, StyledQuestion, StyleShift
from eval.render import Grid
from eval.render.drawn import Interval
from eval.render.interval_plot import MOST, NamedInterval, draw_interval_plot, find_ticks, shorten
from eval.render.latex import LONG, LatexTable, document, escape, table
from eval.render.latex_report import list_tables, make_latex
from eval.render.plot_files import measure_text, to_pdf, to_svg
from eval.render.protocol_notes import rating_notes
from eval.summary import Summary, summarise
from hub.command import make_command
from hub.language.catalogue import ENGLISH, language, printable
from hub.language.sentence import Sentence
from hub.schema import Criterion
from hub.votes.rows import OWN
from tests.eval import made
from tests.eval.test_rate import battle_file
from tests.eval.test_report import HOSTILE, WHOLE

HARD = "[1] 50%_of & all #1 $x^2 {a} ~ \\b <i> | \"q\" `c` don''t a--b,,c 日本 の 猫 é \N{GRINNING FACE}"
PROTOCOL = PictureProtocol(
    Sentence("{n:,} prompts, SHA-256 {sha256}", n=7, sha256="a1b2c3d4e5f6"),
    Sentence("{n:,} from {first} to {last}", n=3, first=0, last=2),
    Sentence("{n:,} pictures, SHA-256 {sha256}", n=9, sha256="f6e5d4c3b2a1"),
)


@cache
def summary() -> Summary:
    """A report with metrics of every kind by a known encoder, and names that LaTeX would stumble over."""
    rows = [
        Row(name, made.figure(f"{metric.name} (witness)", 2.0 + x, 1.0 + x, 4.0 + x, 20, "witness@abc"))
        for number, metric in enumerate(METRICS)
        for name, x in (("one", 0.0), (HARD, 1.0 + number))
        if metric.takes != "cost"
    ]
    rows += [Row(name, made.figure("computing seconds an image", x, x / 2, 2 * x, 6, ""))
             for name, x in (("one", 0.5), (HARD, 0.1))]  # fmt: skip
    found = summarise(made.read(WHOLE), made.apart(Table(tuple(rows), protocol=PROTOCOL), HARD))
    assert found.join
    share = Share(0.5, 0.4, 0.6, 20, 20)
    judge = MachineJudge("*a/model", Criterion.quality, 20, share, share, share, None)
    return replace(found, join=replace(found.join, styled=styled()), machines=(judge,))


def styled() -> tuple[StyledQuestion, ...]:
    """A question that is controlled for style."""
    rating = Rating(HARD, 1010.0, 990.0, 1030.0, 1, 20, 0.5)
    worth = StyleCoefficient(PictureProperty.contrast, 12.0, 2.0, 22.0, 0.1)
    control = StyleControl((StyleShift(rating, rating, 0.0, -5.0, 5.0),), (worth,), 20, 0, ())
    return (StyledQuestion(Criterion.quality, OWN, control, None),)


SIGNS = {"textquotedbl": '"', "textasciigrave": "`", "textless": "<", "textgreater": ">", "textbar": "|",
         "textasciicircum": "^", "textasciitilde": "~"}  # fmt: skip
TAKING = {"otherscript": "{", "othersign": "{{", "parbox": "{{", "textsuperscript": "{", "caption": "{", "label": "{",
          "input": "{", "includegraphics": "[{", "DeclareRobustCommand": "{[{", "providecommand": "{[{"}  # fmt: skip


def walk(latex: str) -> list[Any]:
    """The nodes of a text. Raises: LatexWalkerParseError where it is none."""
    context = grammar()
    context.add_context_category("own", prepend=True, macros=[MacroSpec(*each) for each in TAKING.items()])
    nodes: list[Any] = LatexWalker(latex, latex_context=context, tolerant_parsing=False).get_latex_nodes()[0]
    return nodes


def told(latex: str) -> str:
    """What LaTeX sets, as text."""
    context = get_default_latex_context_db()
    signs = [MacroTextSpec(name, sign) for name, sign in SIGNS.items()]
    signs += [
        MacroTextSpec("parbox", "%(2)s"),
        MacroTextSpec("caption", "%(1)s"),
        MacroTextSpec("textsuperscript", "%(1)s"),
    ]
    signs += [MacroTextSpec("otherscript", "%(1)s"), MacroTextSpec("othersign", "%(2)s")]
    context.add_context_category("own", prepend=True, macros=signs)
    text: str = LatexNodes2Text(latex_context=context, strict_latex_spaces=True).nodelist_to_text(walk(latex))
    return text


def list_environments(nodes: list[Any]) -> list[str]:
    """The environments of a text, outer ones first."""
    found = []
    for node in nodes:
        if isinstance(node, LatexEnvironmentNode):
            found += [node.environmentname, *list_environments(node.nodelist)]
    return found


@pytest.mark.parametrize("text", [HARD, HOSTILE, "a--b", "''", "日本語の、題", "Ångström ½", "", "%", "\\"])
def test_a_text_is_set_as_it_is(text: str) -> None:
    assert told(escape(text)) == printable(text).replace("\N{REPLACEMENT CHARACTER}", "?")


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Zs"], exclude_characters="\N{REPLACEMENT CHARACTER}") | st.just(" ")))
def test_any_text_is_set_as_it_is_but_for_spaces(text: str) -> None:
    seen = printable(text).replace("\N{REPLACEMENT CHARACTER}", "?")
    assert "".join(told(escape(text)).split()) == "".join(seen.split())
    assert not re.search(r"(?<!\\)[%&#$_^~]", escape(text))  # which the grammar above lets pass in part
    assert not re.search(r"(?<!\\)[%&#$_^~]", escape(f"a_b^c~d#e {text}"))


def test_every_file_of_a_report_is_latex_and_every_table_says_what_it_rests_on() -> None:
    files = make_latex(summary())
    tables = {name: content.decode() for name, content in files.items() if name.endswith(".tex")}
    assert len(tables) > 12
    for name, latex in tables.items():
        environments = list_environments(walk(latex))
        if name != "report.tex":
            assert environments == ["table", "adjustbox", "tabular"], name
            assert latex.count("rule\n") == 3
            assert "\\footnotesize" in latex
    quality = told(tables["tables/quality-witness.tex"])
    for fact in ("N = 20", "7 prompts, SHA-256 a1b2c3d4e5f6", "3 from 0 to 2", "9 pictures, SHA-256 f6e5d4c3b2a1",
                 "witness@abc", "64 px by PIL's antialiased bicubic", "Wilson's score interval",
                 "1,000 bootstrap samples"):  # fmt: skip
        assert fact in quality, fact
    apart = told(tables["tables/prompt-categories-image-text-score-embedded-judge.tex"])
    for fact in ("captions: Noto", "0.1250 to 0.5000", "Too few prompts for an interval, 3", "judge@1",
                 "1,000 bootstrap samples", "7 prompts, SHA-256 a1b2c3d4e5f6"):  # fmt: skip
        assert fact in apart, fact
    paired = told(tables["tables/differences-witness.tex"])
    for fact in ("-0.3333", "-0.5000 to -0.2500", "less that of the second", "witness@1", "9 pictures"):
        assert fact in paired.replace("\N{MINUS SIGN}", "-"), fact
    rated = told(tables["tables/ratings-quality.tex"])
    for fact in ("N = 23 of 84 votes", "known raters", "half a win each", "sandwich", "seeds of its own"):
        assert fact in rated, fact
    document = tables["report.tex"]
    named = re.findall(r"\\input\{(tables/[a-z0-9-]+)\}", document)
    assert sorted(f"{name}.tex" for name in named) == sorted(tables.keys() - {"report.tex"})
    drawn = re.findall(r"\{(figures/[a-z0-9-]+\.pdf)\}", document)
    assert sorted(drawn) == sorted(name for name in files if name.endswith(".pdf"))


def test_each_table_has_a_file_and_a_label_of_its_own() -> None:
    keys = [one.key for one in list_tables(summary(), ENGLISH) if one.grid.rows]
    assert sorted(keys) == sorted(set(keys))
    assert {"style-0-1", "style-0-2", "machines"} <= set(keys)


@pytest.mark.parametrize("name", ["[2cm] a", "*b", "  [c]", "[", "* [d]"])
def test_a_row_that_begins_like_an_argument_keeps_its_name(name: str) -> None:
    grid = Grid("Names", (name, "n"), ((name, "1"), ("x", "2"), (name, "3")), "", (1,))
    latex = table(LatexTable("names", grid))
    assert told(latex).count(name.strip()) == 3
    assert not re.search(r"(\\\\|rule)\s*[\[*]", latex)


def test_every_metric_says_how_its_interval_is_made_and_every_encoder_how_it_resizes() -> None:
    for metric in METRICS:
        assert metric.interval, metric.name
    for encoder in ENCODERS:
        assert " px " in encoder.resized, encoder.name


def test_a_figure_and_its_interval_stand_in_the_column_of_their_metric() -> None:
    found = {one.key: one for one in list_tables(summary(), ENGLISH)}["quality-witness"]
    place = found.grid.head.index("KID")
    assert found.grid.rows[2][0] == printable(HARD)
    number = next(n for n, metric in enumerate(METRICS) if metric.name == "KID")
    assert found.grid.rows[2][place] == f"{3.0 + number:#.4g}"
    assert found.grid.rows[3][place] == f"{2.0 + number:#.4g} to {5.0 + number:#.4g}"
    assert found.small == {1, 3}


def test_a_long_table_may_be_broken_and_an_empty_one_is_said() -> None:
    grid = Grid("Many", ("Name", "Figure"), tuple((f"g_{i}", f"-{i}.5") for i in range(LONG + 1)), "", (1,))
    latex = table(LatexTable("many", grid, (("a", "100 %"),)))
    assert list_environments(walk(latex)) == ["longtable"]
    assert r"g\_3 & $-$3.5 \\" in latex
    empty = table(LatexTable("none", replace(grid, rows=(), empty="Nothing & nobody.")))
    assert list_environments(walk(empty)) == []
    assert r"Nothing \& nobody." in empty


def test_japanese_reports_stand_in_a_macro_for_other_scripts() -> None:
    files = make_latex(summary(), language("ja"))
    text = files["tables/ratings-quality.tex"].decode()
    bare = re.sub(r"\\otherscript\{[^{}]*\}", "", text)
    assert all(ord(letter) < 0x180 for letter in bare)
    assert "\\otherscript{" in text


def compile_with(engine: str, folder: Path, files: dict[str, bytes]) -> str:
    """The log of a document that an engine compiles; skips the test where the engine or its packages are not there."""
    needs = {"pdflatex": "booktabs.sty", "lualatex": "luatexbase.sty"}
    find = shutil.which("kpsewhich")
    if not shutil.which(engine) or not find or subprocess.run([find, needs[engine]], check=False).returncode:
        pytest.skip(f"no {engine} is installed")
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    flags = ["-interaction=nonstopmode", "-halt-on-error"]
    done = subprocess.run([engine, *flags, "report.tex"], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]
    assert (folder / "report.pdf").stat().st_size > 1000
    return (folder / "report.log").read_text(encoding="utf-8", errors="replace")


@pytest.mark.parametrize("code", ["en", "ja"])
@pytest.mark.parametrize("engine", ["pdflatex", "lualatex"])
def test_the_whole_document_compiles_where_there_is_a_tex(engine: str, code: str, tmp_path: Path) -> None:
    log = compile_with(engine, tmp_path, make_latex(summary(), language(code)))
    assert "Overfull" not in log
    if engine == "pdflatex":
        assert "Missing character" not in log


def test_more_tables_and_figures_than_latex_keeps_waiting_compile_and_so_does_every_latin_letter(
    tmp_path: Path,
) -> None:
    letters = (
        "".join(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0x180)])) + "\N{EN DASH}\N{RIGHT DOUBLE QUOTATION MARK}"
    )
    grid = Grid("Words", ("Name", "n"), ((letters, "1"), ("many words on several lines, " * 9, "-2")), "", (1,))
    names = [f"t{n}" for n in range(130)]
    tables = {f"tables/{name}.tex": table(LatexTable(name, grid)).encode() for name in names}
    log = compile_with("pdflatex", tmp_path, {"report.tex": document("Many", [], names, []).encode(), **tables})
    assert "Missing character" not in log


def invoke(module: Any, *arguments: object) -> tuple[int, str]:
    """The exit code of a command, and what it prints on standard output."""
    done = CliRunner().invoke(make_command(module.main, ""), [str(one) for one in arguments])
    return done.exit_code, done.stdout


def test_rate_prints_tables_with_their_protocol(tmp_path: Path) -> None:
    battles = battle_file(tmp_path, [("a_1", "b", "a"), ("b", "a_1", "b"), ("a_1", "b", "b"), ("a_1", "b", "tie")])
    rules = ("--ties", "davidson", "--cluster", "rater", "--anchor", "b=1200")
    code, latex = invoke(rate, battles, "--format", "fastchat", "--latex", "--wins", *rules)
    assert code == 0
    assert list_environments(walk(latex)) == ["table", "adjustbox", "tabular"] * 2
    text = told(latex)
    for fact in ("N = 4 of 4 votes; known raters: 4, known prompts: 0.", "modelled after Davidson",
                 "clustered by rater", "b is at 1200.", "Votes: SHA-256 "):  # fmt: skip
        assert fact in text, fact
    assert "seeds" not in text  # which are not known of others' battles
    assert r"a\_1" in latex
    code, _ = invoke(rate, battles, "--format", "fastchat", "--latex", "--json")
    assert code == 2


@pytest.fixture
def pictures(tmp_path: Path, encoders: dict[str, made.Pixels]) -> Path:
    """Pictures of twelve prompts with a manifest, and made-up encoders."""
    rng, folder = np.random.default_rng(0), tmp_path / "drawn"
    folder.mkdir()
    lines = []
    for number in range(24):
        Image.fromarray(rng.integers(0, 255, (8, 8, 3), np.uint8)).save(folder / f"{number}.png")
        lines.append({"file": f"{number}.png", "prompt": f"prompt {number % 12}", "seed": number // 12})
    (folder / "manifest.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def test_score_prints_tables_with_their_protocol(
    pictures: Path, encoders: dict[str, made.Pixels], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(score, "cache_dir", lambda: tmp_path / "cache")
    name = next(name for name, one in encoders.items() if not one.reads_text)
    code, latex = invoke(score, pictures, "--reference", pictures, "--encoders", name, "--latex")
    assert code == 0
    assert list_environments(walk(latex)) == ["table", "adjustbox", "tabular"]
    text = told(latex)
    prompts = describe_prompts([f"prompt {n}" for n in range(12)])
    for fact in (f"Prompts: {prompts}; seeds: 2 from 0 to 1; reference: 24 pictures, SHA-256 ", f"Encoder: {name}@",
                 "pictures resized: 3 px", "95 % interval: "):  # fmt: skip
        assert fact in text, fact


def test_score_prints_tables_by_category_and_of_differences(
    pictures: Path, encoders: dict[str, made.Pixels], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(score, "cache_dir", lambda: tmp_path / "cache")
    lines = [json.loads(line) for line in (pictures / "manifest.jsonl").read_text().splitlines()]
    for number, line in enumerate(lines):
        few = number % 12 > 9
        line |= {"prompt_set": "mine", "prompt_category": "few" if few else "many", "generator": "xy"[number // 12]}
    (pictures / "manifest.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    code, latex = invoke(score, pictures, "--encoders", "judge", "--latex")
    assert code == 0
    assert list_environments(walk(latex)) == ["table", "adjustbox", "tabular"] * 4  # x, y, by category, differences
    text = told(latex)
    for fact in ("mine: many", "on mine: few is missing: Too few prompts for an interval, 2", "x - y",
                 "less that of the second"):  # fmt: skip
        assert fact in text, fact


def test_hashes_of_a_protocol_tell_sets_apart_and_know_no_order() -> None:
    assert describe_prompts(["b", "a", "a"]) == describe_prompts(["a", "b"]) != describe_prompts(["ab"])
    assert describe_reference(["2", "1"]) == describe_reference(["1", "2"]) != describe_reference(["1", "2", "2"])
    assert hash_texts(["ab", "c"]) != hash_texts(["a", "bc"])
    assert describe_seeds(np.array([3, 1, 3])) == "2 from 1 to 3"
    assert (describe_seeds(np.array([4])), describe_seeds(None)) == ("4", "not known")


def test_ratings_without_a_protocol_have_no_notes() -> None:
    question = replace(summary().questions[0], protocol=None)
    assert rating_notes(question, "", ENGLISH, Rule(position=True)) == []
    said = rating_notes(summary().questions[0], "f" * 64, ENGLISH, Rule(position=True))
    assert "The left side's lead is allowed for." in said
    assert said[-1] == "Votes: SHA-256 ffffffffffff."


def interval(name: str, value: float, low: float, high: float) -> NamedInterval:
    """A named figure."""
    return NamedInterval(name, Interval(value, low, high, f"{name}: {value}"))


POINTS = [interval("one & <two>", 3.0, 1.0, 4.0), interval("猫", -2.0, -5.0, 0.5)]


def test_marks_stand_where_their_figures_are_on_one_axis() -> None:
    root = ElementTree.fromstring(to_svg(draw_interval_plot("Title", POINTS)))  # noqa: S314 - our own
    space = {"s": "http://www.w3.org/2000/svg"}
    lines = [[float(one.get(name, "")) for name in ("x1", "x2")] for one in root.iterfind(".//s:line", space)]
    dots = [float(one.get("cx", "")) for one in root.iterfind(".//s:circle", space)]
    figures = np.array([1.0, 4.0, -5.0, 0.5, 3.0, -2.0])
    slope = np.polyfit(figures, [*lines[0], *lines[1], *dots], 1)
    assert np.polyval(slope, figures) == pytest.approx([*lines[0], *lines[1], *dots], abs=0.1)
    texts = [one.text for one in root.iterfind(".//s:text", space)]
    assert {"one & <two>", "猫", "-4", "0", "Title"} <= set(texts)
    assert draw_interval_plot("Title", []) == ""


@settings(deadline=None)
@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_ticks_are_few_and_within_the_axis(low: float, wide: float) -> None:
    found = find_ticks(low, low + wide)
    assert 1 <= len(found) <= 7
    assert all(low - 1e-6 * wide - 1e-9 <= tick <= low + wide + 1e-6 * wide + 1e-9 for tick in found)


@settings(deadline=None)
@given(st.text())
def test_a_name_is_no_wider_than_its_room(name: str) -> None:
    assert measure_text(shorten(name)) <= MOST


def render(svg: str) -> tuple[Image.Image, Image.Image]:
    """A plot's SVG and PDF as grey pictures, on white."""
    drawn = Image.open(BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg, background="white")))).convert("L")
    page = pypdfium2.PdfDocument(to_pdf(svg))[0].render(scale=1 / 0.75).to_pil().convert("L")
    return drawn, page


def test_the_pdf_is_the_picture_of_the_svg() -> None:
    shapes = re.sub(r"<text.*?</text>", "", to_svg(draw_interval_plot("Title", POINTS)))
    one, other = render(shapes)
    assert one.size == other.size
    assert np.asarray(one).min() < 150
    assert np.abs(np.asarray(one, float) - np.asarray(other, float)).mean() < 1
    assert np.asarray(ImageChops.difference(one, other).resize((64, 16), Image.Resampling.BOX)).max() < 40


def test_text_of_a_pdf_can_be_read_and_the_file_is_the_same_twice() -> None:
    svg = to_svg(draw_interval_plot("Title é 日本語", POINTS))
    assert to_pdf(svg) == to_pdf(svg)
    text = pypdfium2.PdfDocument(to_pdf(svg))[0].get_textpage().get_text_bounded()
    for part in ("Title é", "日本語", "one & <two>", "猫"):
        assert part in text
    assert (to_svg(""), to_pdf("")) == ("", b"")
    with pytest.raises(ValueError, match="polygon"):
        to_pdf('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><polygon/></svg>')
