"""The admin page in its visitor's language: all that it can say, in tables, tiles, plots and its form."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.dataset import Published
from hub.language.catalogue import ENGLISH, Language, language
from hub.language.sentence import Sentence
from hub.ui.admin import routes
from hub.ui.admin.admin_page import render_login, render_page
from hub.ui.admin.plots import WORDS, plot_all
from hub.ui.visitor_language import COOKIE
from hub.watch import Snapshot
from hub.watch.figures import EntryFigures
from hub.watch.readings import DeviceMemory
from hub.watch.snapshot import GeneratorRow
from hub.watch.timeline import Sampled
from tests.catalogues import MARKED, remembering
from tests.hub.ui import fakes
from tests.hub.ui.served import FAKES, served
from tests.hub.ui.test_admin import TOKEN, cookie_of, login
from tests.hub.ui.test_page_language import ENGLISH_PROSE, unmarked

NOW = 1e9
STATES = (
    EntryFigures(problem=Sentence("{model} is not found here.", model="a/b")),
    EntryFigures(loaded=True, failed=NOW - 5, failure="fault"),
    EntryFigures(),
    EntryFigures(loaded=True),
    EntryFigures(loaded=True, drew=NOW - 5000),
)
ROWS = tuple(
    GeneratorRow(f"entry-{number}", entry, 5, {"fault": 2}, (0.5, 2.0), (0.1, 0.2), 1, 2)
    for number, entry in enumerate(STATES)
)
BUSY = Snapshot(
    time=NOW, started=NOW - 300_000, battles=5, accepted=4, excluded=3, gates={"velocity": 2},
    refused={(what, kind): 1 for what in ("battle", "vote") for kind in (*WORDS, "prompt")},
    consent={"asked": 9, "agreed": 6, "declined": 2},
    lines=ROWS, pages=1, resident=2**31, devices=(DeviceMemory("cuda:0", 2**30, 2**32),), free=2**34,
    disk=(0.001, 0.002), dataset="somebody/votes",
    published=Published(NOW - 70, 2, Sentence("The Hub could not be reached."), (Path("a"),)),
    lag=4000.0, hours=((NOW - 3600, {"accepted": 1}), (NOW, {})),
    samples=(Sampled(NOW, 1, 2, 2**30, 2**30),),
)  # fmt: skip
QUIET = replace(
    BUSY, dataset="", disk=None, published=Published(None, 0, "", None), started=NOW - 5, hours=((NOW, {}),)
)
UNKNOWN = replace(BUSY, lag=None, published=replace(BUSY.published, waiting=None))
SNAPSHOTS = (BUSY, QUIET, UNKNOWN, replace(BUSY, lag=0.0))
UNITS = re.compile(r"[\d.,]+ ?(GiB|MiB|ms|s|%)?|p50|p95|–|GiB|fault|prompt|velocity|somebody/votes|entry-\d|cuda:0")


def words_of(figure: Any) -> list[str]:
    """Every text of a plot that somebody reads: its axes, its names, and the places of its bars."""
    layout = figure["layout"]
    axes = [layout.get(axis, {}).get("title", {}).get("text", "") for axis in ("xaxis", "yaxis")]
    bars = [str(place) for one in figure["data"] if one.get("orientation") == "h" for place in one["y"]]
    return [text for text in (*axes, *(one["name"] for one in figure["data"]), *bars) if text]


def everything(spoken: Language) -> list[str]:
    """All that the admin page says, as HTML."""
    said = [render_page(now, spoken) for now in SNAPSHOTS]
    said += [f"<p>{text}</p>" for now in SNAPSHOTS for one in plot_all(now, spoken).values() for text in words_of(one)]
    troubles = ("", routes.LIMITED, routes.LONG, routes.WRONG)
    said += [render_login(trouble, spoken) for trouble in troubles]
    texts = [text for html in said for text in re.findall(r'data-(?:fresh|gone)="([^"]*)"', html)]
    return [*said, *(f"<p>{text}</p>" for text in texts)]


def test_every_text_of_the_admin_page_is_looked_up() -> None:
    found = {text for html in everything(MARKED) for text in unmarked(re.sub(r"<!doctype[^>]*>", "", html))}
    assert {text for text in found if not UNITS.fullmatch(text)} == set()


def test_all_of_the_admin_page_is_in_the_catalogue() -> None:
    spoken, untold = remembering(language("ja"))
    told = everything(spoken)
    assert untold.lacking - {"The Hub could not be reached.", "{model} is not found here."} == set()
    plain = [re.sub(r"<[^>]*>", "\n", html.replace("The Hub could not be reached.", "")) for html in told]
    assert [text for one in plain for text in one.split("\n") if ENGLISH_PROSE.search(text)] == [
        "a/b is not found here."
    ] * 4
    assert '<html lang="ja">' in told[0]
    assert "as of {time}" in "".join(everything(ENGLISH))


def test_the_admin_page_answers_in_the_language_of_whoever_asks(tmp_path: Path) -> None:
    with served(tmp_path, FAKES, fakes.NAMES, HUB_ADMIN_TOKEN=TOKEN) as arena:
        wrong = login(arena.url, "wrong", **{"accept-language": "ja"})
        assert "トークンが違います" in wrong.text
        assert "That is not the token" in login(arena.url, "wrong").text
        inside = f"vernissage_admin={cookie_of(login(arena.url)).value}"
        for more, accepted, said in (
            ("", "ja", "稼働"),
            (f"; {COOKIE}=en", "ja", "up "),
            (f"; {COOKIE}=ja", "en", "稼働"),
        ):
            headers = {"cookie": inside + more, "accept-language": accepted}
            assert said in httpx.get(f"{arena.url}/admin", headers=headers).text
            assert said in httpx.get(f"{arena.url}/admin/data", headers=headers).json()["tables"]["tiles"]


@pytest.mark.parametrize("spoken", [ENGLISH, language("ja")], ids=lambda one: one.code)
def test_what_the_script_fills_in_has_its_field(spoken: Language) -> None:
    (fresh,) = re.findall(r'data-fresh="([^"]*)"', render_page(BUSY, spoken))
    assert fresh.count("{time}") == 1
