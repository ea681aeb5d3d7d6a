"""Pages that are measured part by part: what is measured anew is replaced, the rest stays, and each says by what."""

from pathlib import Path

from tests.benchmarks.eval import PAGE, keep
from tests.benchmarks.pages import Origin, Section, merge_sections, read_sections, render_sections

WHOLE, LATER = Origin("measure all", "2 cores; numpy 2.4."), Origin("measure --only b", "2 cores; numpy 2.5.")
OLD = [Section(f"{name} (3 runs)", f"| {name} |\n| --- |", WHOLE) for name in "abc"]


def test_a_part_that_is_measured_anew_takes_its_place_and_says_by_what_and_the_others_stay() -> None:
    page = render_sections("Title", "About.", merge_sections(OLD, [Section("b (1 run)", "| new |", LATER)]))
    found = read_sections(page)
    assert [one.title for one in found] == ["a (3 runs)", "b (1 run)", "c (3 runs)"]
    assert [one.origin for one in found] == [WHOLE, LATER, WHOLE]
    assert (found[0], found[1].body) == (OLD[0], "| new |")
    assert page.count("Written by `measure all`.") == page.count("Measured by `measure --only b` on 2 cores; ") == 1
    assert render_sections("Title", "About.", found) == page


def test_a_part_of_the_same_machine_and_versions_says_its_command_alone() -> None:
    origin = Origin("measure --only d", WHOLE.machine)
    page = render_sections("Title", "About.", merge_sections(OLD, [Section("d (2 runs)", "| d |", origin)]))
    assert page.endswith("## d (2 runs)\n\nMeasured by `measure --only d`.\n\n| d |\n")
    assert [one.origin for one in read_sections(page)] == [WHOLE] * 3 + [origin]


def test_once_every_part_was_measured_anew_the_head_says_by_what() -> None:
    anew = [Section(one.title, one.body, LATER) for one in OLD]
    page = render_sections("Title", "About.", merge_sections(OLD, anew))
    assert "Written by `measure --only b`.\n\n2 cores; numpy 2.5.\n" in page
    assert "Measured by" not in page


def test_one_case_of_the_kept_page_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "eval.md"
    page.write_bytes(PAGE.read_bytes())
    before = read_sections(PAGE.read_text(encoding="utf-8"))
    keep(page, f"{before[0].key} (1 run)", [("ours", *"1234567")], LATER)
    after = read_sections(page.read_text(encoding="utf-8"))
    assert after[1:] == before[1:]
    assert (after[0].key, after[0].origin) == (before[0].key, LATER)
    assert after[0].body.endswith("| ours | 1 | 2 | 3 | 4 | 5 | 6 | 7 |")
