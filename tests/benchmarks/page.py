"""``python -m tests.benchmarks.page``: how soon the page is there and answers, in Chromium, with the embedded entries.

Each visit is a browser that was never here, once the arena has loaded its models and drawn battles ahead. What is
measured is measured in the page: when it first paints, when one can type and draw, when the first battle can be voted
on, from the key of a vote to the page's word that it is saved, how far anything moves by itself, and what is fetched.
"""

import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from playwright.sync_api import Browser, expect, sync_playwright
from rich.console import Console

from eval.render import Grid
from eval.render.terminal import as_table
from hub.command import make_command
from hub.errors import HubError, MissingFile
from hub.progress import track_items
from tests.hub.ui.chromium import AGREED, ARGUMENTS, CHROMIUM, PATIENCE
from tests.hub.ui.served import APP, TOKEN, Page, served

READY = 300.0  # seconds in which models are loaded and a battle is drawn ahead
WATCH = """
window.seen = {shift: 0};
new PerformanceObserver((list) => list.getEntries().forEach((one) => {
  if (one.hadRecentInput) return;
  window.seen.shift += one.value;
  window.seen.moved = [...(window.seen.moved ?? []), one.sources?.map((part) => part.node?.id || part.node?.className)];
})).observe({type: "layout-shift", buffered: true});
const note = (name, there) => { if (!(name in window.seen) && there) window.seen[name] = performance.now(); };
const visible = (one) => one?.checkVisibility({visibilityProperty: true, opacityProperty: true});
(function look() {
  const [draw, vote] = ["battle-draw", "vote-a"].map((id) => document.getElementById(id));
  note("usable", visible(draw) && !draw.disabled);
  const images = [...document.querySelectorAll("#wall .vs-frame img")];
  note("votable", visible(vote) && !vote.disabled && images.length === 2 && images.every((one) => one.complete));
  note("answered", window.seen.key && document.querySelector(".vs-thanks"));
  requestAnimationFrame(look);
})();
document.addEventListener("keydown", () => (window.seen.key ??= performance.now()), true);
"""
FETCHED = """() => {
  const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  return {
    paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
    bytes: all.reduce((sum, one) => sum + one.transferSize, 0),
    others: all.filter((one) => new URL(one.name).host !== location.host).length,
    ...window.seen,
  };
}"""


class Figure(NamedTuple):
    """A figure of a visit: what it is called, its unit, its key and what it should be at most."""

    title: str
    unit: str
    key: str
    most: float | None


FIGURES = (
    Figure("first paint", "s", "paint", 2.0),
    Figure("usable", "s", "usable", 4.0),
    Figure("first battle that can be voted on, from the beginning", "s", "votable", None),
    Figure("first battle that can be voted on, after the page is usable", "s", "wait", 2.0),
    Figure("key to its answer", "ms", "answer", 150.0),
    Figure("layout shift", "", "shift", 0.0),
    Figure("fetched", "kB", "kilobytes", None),
    Figure("requests to other hosts", "", "others", 0.0),
)


def visit(browser: Browser, url: str) -> dict[str, float]:
    """Return the figures of one visit, in seconds, milliseconds and kilobytes."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_init_script(AGREED)
    context.add_init_script(WATCH)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    page.wait_for_function("window.seen.votable")
    loaded: dict[str, Any] = page.evaluate(FETCHED)
    page.keyboard.press("1")
    page.wait_for_function("window.seen.answered")
    page.wait_for_timeout(1000)  # what moves after the vote counts, too
    seen = page.evaluate("window.seen")
    context.close()
    found = {name: loaded[name] / 1000 for name in ("paint", "usable", "votable")}
    found |= {"wait": max(0.0, found["votable"] - found["usable"]), "answer": seen["answered"] - seen["key"]}
    return found | {"shift": seen["shift"], "kilobytes": loaded["bytes"] / 1000, "others": loaded["others"]}


def wait_for_battles(url: str) -> None:
    """Wait until battles that were drawn ahead are given out. Raises HubError where none is in time."""
    end = time.monotonic() + READY
    while time.monotonic() < end:
        with Page(url) as client:
            if TOKEN.search(client.open()):
                time.sleep(20)  # the others are drawn, too
                return
        time.sleep(2)
    raise HubError(f"No battle was drawn ahead in {READY:.0f} s: is the machine busy?")


def _make_rows(visits: Sequence[dict[str, float]]) -> list[tuple[str, ...]]:
    rows = []
    for figure in FIGURES:
        values = [one[figure.key] for one in visits]
        middle, digits = statistics.median(values), {"": 4, "s": 2}.get(figure.unit, 0)
        held = "" if figure.most is None else "held" if middle <= figure.most else "missed"
        aim = "" if figure.most is None else f"{figure.most:g} {figure.unit}".strip()
        told = [f"{value:.{digits}f} {figure.unit}".strip() for value in (middle, min(values), max(values))]
        rows.append((figure.title, *told, aim, held))
    return rows


def main(visits: Annotated[int, typer.Option(min=1, help="Visits, each by a browser that is new.")] = 7) -> None:
    """Measure visits to an arena of the embedded entries, and print the medians beside what they should be."""
    if CHROMIUM is None:
        raise MissingFile("Chromium is not installed: apt-get install chromium.")
    expect.set_options(timeout=PATIENCE)
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder), APP, HUB_AHEAD="8", HUB_BATTLES_PER_MINUTE="1000") as arena,
        sync_playwright() as playwright,
    ):
        wait_for_battles(arena.url)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        found = []
        for _ in track_items(range(visits), "Visiting"):
            found.append(visit(browser, arena.url))
            time.sleep(3)  # one visitor after the other: a battle is drawn ahead in the place of the one that went
        browser.close()
    console, head = Console(), ("figure", "median", "least", "most", "aim", "")
    grid = Grid(f"{visits} visits", head, tuple(_make_rows(found)), "", (1, 2, 3, 4))
    console.print(as_table(grid, console.width))


if __name__ == "__main__":
    make_command(main, "python -m tests.benchmarks.page --visits 7")()
