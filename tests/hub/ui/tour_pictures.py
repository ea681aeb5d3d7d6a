"""Pictures of the running arena for ``docs/tour.md``: an arena with votes on real drawings, and a picture a tab.

``python -m tests.hub.ui.tour_pictures docs/pictures`` takes them anew, each below 150 kB; ``--data FOLDER`` keeps the
arena's votes for the next time.
"""

import io
import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

import typer
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, expect, sync_playwright

from hub.command import make_command
from hub.engine.local_engine import LocalEngine
from hub.generators import roster
from hub.prompts import load_captions
from hub.schema import Criterion, Outcome, Request, Sample, Vote
from hub.votes import ContentStore, VoteLog
from tests.hub.ui.chromium import AGREED, ARGUMENTS, CHROMIUM, PATIENCE
from tests.hub.ui.served import APP, served

STRENGTHS = {"unclip": 1.4, "diffusion": 1.1, "scad": 0.5, "galip": 0.2, "scad-dd": 0.0, "scad-mi": -0.3, "ipl": -0.6}
VOTES, PROMPTS, SETS = 240, 10, 4
START = 1_764_000_000.0  # the time of the first vote
MOST = 150_000  # bytes of a picture
WIDTH, HEIGHT = 1280, 800


def draw_sides(engine: LocalEngine, store: ContentStore, prompts: list[str]) -> dict[tuple[str, str], list[Sample]]:
    """Draw each prompt with each of the arena's generators and four seeds, and return the samples."""
    found: dict[tuple[str, str], list[Sample]] = {}
    for entry in roster():
        requests = [Request(prompt=prompt, seed=seed) for prompt in prompts for seed in range(SETS)]
        for drawn in engine.draw_all(entry.name, requests):
            store.write_image(drawn.png)
            store.write_setup(drawn.setup)
            found.setdefault((entry.name, drawn.sample.prompt), []).append(drawn.sample)
    return found


def make_votes(drawn: dict[tuple[str, str], list[Sample]], number: int, seed: int = 0) -> Iterator[Vote]:
    """Yield so many votes of a crowd on these drawings, whose generators differ by ``STRENGTHS``."""
    rng = random.Random(seed)
    names, prompts = (sorted({key[place] for key in drawn}) for place in (0, 1))
    for place in range(number):
        left, right = rng.sample(names, 2)
        win = 1 / (1 + 10 ** ((STRENGTHS.get(right, -0.4) - STRENGTHS.get(left, -0.4)) / 1.5))
        outcome = rng.choices(tuple(Outcome), (0.8 * win, 0.8 * (1 - win), 0.14, 0.06))[0]
        prompt, criterion = rng.choice(prompts), rng.choice((*Criterion, Criterion.quality))
        count, rater = SETS if criterion is Criterion.variety else 1, f"rater-{rng.randrange(24)}"
        a, b = (tuple(drawn[name, prompt][:count]) for name in (left, right))
        yield Vote(
            id=f"{rng.getrandbits(64):016x}", time=START + 5400.0 * place + rng.uniform(0, 5000), criterion=criterion,
            outcome=outcome, a=a, b=b, rater=rater, network=f"network of {rater}", seconds=rng.uniform(2, 15),
        )  # fmt: skip


def fill(data: Path) -> None:
    """Draw and vote in a data folder, as an arena does; one that has votes stays as it is."""
    if (data / "images").exists():
        return
    store, log, engine = ContentStore(data), VoteLog(data), LocalEngine()
    for vote in make_votes(draw_sides(engine, store, random.Random(3).sample(load_captions(), PROMPTS)), VOTES):
        log.append(vote)
    log.close()
    engine.close()


def show_battle(page: Page, url: str) -> None:
    """Show a battle after its vote."""
    page.goto(f"{url}/?tab=battle")
    page.locator("#vote-a:not([disabled])").wait_for()
    page.keyboard.press("1")
    page.locator(".vs-thanks").wait_for()
    page.wait_for_timeout(6000)  # until the names are told


def show_compare(page: Page, url: str) -> None:
    """Show a comparison of four generators."""
    chosen = "diffusion,galip,scad,unclip"
    query = {"tab": "compare", "prompt": "smiling face, in Noto style", "seed": "1-2", "entries": chosen}
    page.goto(f"{url}/?{urlencode(query)}")
    expect(page.locator("#compare-prompts textarea")).to_have_value(query["prompt"])  # the address has been read
    expect(page.locator("#compare-entries input:checked")).to_have_count(chosen.count(",") + 1)
    page.locator("#compare-draw").click()
    expect(page.locator("#compare-sheet img")).to_have_count(8)
    page.locator("#compare-sheet").scroll_into_view_if_needed()


def show_leaderboard(page: Page, url: str) -> None:
    """Show the order of one question."""
    page.goto(f"{url}/?tab=leaderboard&view=quality")
    page.locator(".vs-board-view .rated").wait_for()


def show_pair(page: Page, url: str) -> None:
    """Show the two generators that met most head to head."""
    page.goto(f"{url}/?tab=leaderboard&view=pair")
    page.locator("[data-examples] .vs-shown").first.wait_for()


def show_gallery(page: Page, url: str) -> None:
    """Show the gallery."""
    page.goto(f"{url}/?tab=gallery")
    page.locator(".vs-gallery-list .vs-shown").first.wait_for()


def show_studio(page: Page, url: str) -> None:
    """Show a prompt that is drawn with and without a guide picture, which is one of the gallery's."""
    page.goto(f"{url}/?tab=gallery&entry=unclip&result=won")
    address = page.locator(".vs-shown .vs-won img").first.get_attribute("src")
    file: FilePayload = {
        "name": "guide.png",
        "mimeType": "image/png",
        "buffer": page.request.get(f"{url}/{address}").body(),
    }
    page.goto(f"{url}/?tab=studio")
    page.locator("#guide-box input[type=file]").set_input_files(files=[file])
    expect(page.locator("#guide-box img")).to_be_visible()
    page.locator("#guide-prompt").get_by_label("Prompt").fill("smiling face with sunglasses")
    page.locator("#guide-seed").get_by_label("Seed").fill("7")
    page.locator("#guide-prompt").get_by_label("Prompt").press("Enter")
    expect(page.locator("#guide-sheet .vs-foot")).to_be_visible()
    page.locator("#guide-sheet").scroll_into_view_if_needed()


SHOWN: dict[str, Callable[[Page, str], None]] = {
    "battle": show_battle,
    "compare": show_compare,
    "leaderboard": show_leaderboard,
    "head-to-head": show_pair,
    "gallery": show_gallery,
    "studio": show_studio,
}


def take_pictures(browser: Browser, url: str, out: Path) -> None:
    """Take a picture of each tab, as WebP.

    Raises: RuntimeError for one that is too large.
    """
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light", locale="en-GB")
    context.add_init_script(AGREED)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    for name, show in SHOWN.items():
        show(page, url)
        page.wait_for_timeout(2000)  # until its pictures are there
        written = io.BytesIO()
        Image.open(io.BytesIO(page.screenshot())).save(written, "WEBP", quality=85, method=6)
        if written.tell() > MOST:
            raise RuntimeError(f"{name} takes {written.tell():,} bytes: at most {MOST:,} are for one picture.")
        (out / f"{name}.webp").write_bytes(written.getvalue())


def main(
    out: Annotated[Path, typer.Argument(help="Folder that gets the pictures.")],
    data: Annotated[Path | None, typer.Option(help="Folder that keeps the arena's votes for the next time.")] = None,
) -> None:
    """Take the pictures of docs/tour.md."""
    out.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=PATIENCE)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        here = data or Path(folder)
        fill(here / "data")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        with served(here, APP, HUB_AHEAD="2") as arena:
            take_pictures(browser, arena.url, out)
        browser.close()


if __name__ == "__main__":
    make_command(main, "python -m tests.hub.ui.tour_pictures docs/pictures")()
