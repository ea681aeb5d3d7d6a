"""``python -m tests.attacks.blind``: name the sides of open battles of `diffusion` against a GAN, over HTTP.

By the seed: the battle's prompt is drawn by name, side by side, with the seed that was typed (where there is a box for
it) or else with every number that the open battle's page was told, and the pictures are compared byte by byte. By
what is sent: a classifier of every event, its time and its length, and of how the pictures' addresses answer.
"""

import re
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console

from tests.attacks.sides import features, most_by_chance, named
from tests.hub.ui.served import APP, PICTURE, TOKEN, Page, served

SLOW, FAST = "diffusion", "galip"
SEED, SEEDS = 7, 3  # the seed that is typed where there is a box; most seeds that are tried of one battle
INLINE = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=]+")
NUMBER = re.compile(r"(?<![\w.-])\d{1,10}(?![\w.-])")
NAMED = re.compile(rf"<code>({SLOW}|{FAST})</code>")
PROMPTS = ("red apple", "blue car", "green tree", "black cat", "yellow sun", "white house", "brown bear", "pink flower")

app = typer.Typer(add_completion=False)


class Watcher:
    """One page that listens to everything; before and after pictures had addresses."""

    def __init__(self, url: str) -> None:
        self.page = Page(url)
        events = {event["api_name"]: event for event in self.page.http.get("/config").json()["dependencies"]}
        self.boxes = len(events["draw"]["inputs"])

    def battle(self, prompt: str) -> tuple[list[tuple[float, str]], list[tuple[float, str]], list[bytes | str]]:
        """Draw one: what was heard and when, how its pictures were fetched, and the pictures."""
        asked: list[Any] = [prompt, SEED, "quality"] if self.boxes == 3 else [prompt, "quality"]
        start = time.perf_counter()
        heard = [(time.perf_counter() - start, line) for line in self.page.send("draw", *asked)]
        sent = "\n".join(line for _, line in heard)
        pictures: list[bytes | str] = list(dict.fromkeys(INLINE.findall(sent)))
        fetched = []
        for address in dict.fromkeys(PICTURE.findall(sent)):
            begun = time.perf_counter()
            answer = self.page.http.get(f"/{address}")
            told = {name: value for name, value in answer.headers.items() if name not in {"content-length", "date"}}
            fetched.append((time.perf_counter() - begun, f"{sorted(told.items())}"))
            pictures.append(answer.content)
        return [(seconds, TOKEN.sub("", line)) for seconds, line in heard], fetched, pictures

    def by_name(self, prompt: str, seed: int) -> set[bytes | str]:
        """Every generator's picture of a prompt and seed, drawn side by side."""
        sent = self.page.ask("side_by_side", prompt, seed)
        return set(self.page.pictures(sent)) or set(INLINE.findall(sent))


def attack(url: str, battles: int) -> tuple[int, int, int]:
    """Battles watched; how many sides their seeds named, of two a battle; and how many battles a classifier named."""
    watcher, other = Watcher(url), Watcher(url)
    rows, left, sides = [], [], 0
    for number in range(battles):
        prompt = PROMPTS[number % len(PROMPTS)]
        heard, fetched, pictures = watcher.battle(prompt)
        told = NUMBER.findall(" ".join(line for _, line in heard))
        seeds = [SEED] if watcher.boxes == 3 else list(dict.fromkeys([SEED, *map(int, told)]))[:SEEDS]
        found: set[bytes | str] = set()
        for seed in seeds if number < battles // 4 or watcher.boxes == 3 else ():
            found |= other.by_name(prompt, seed)
        sides += sum(picture in found for picture in pictures)
        first = NAMED.search(watcher.page.vote("tie"))
        if first:
            rows.append(features(heard, fetched))
            left.append(first[1] == SLOW)
    return len(rows), sides, named(rows, left)


def report(battles: int, sides: int, classified: int) -> None:
    """Print the figures."""
    out = Console()
    out.print(f"{battles} battles of {SLOW} against {FAST}, {2 * battles} sides")
    out.print(f"sides named by drawing the battle's prompt by name: {sides}")
    most = most_by_chance(battles)
    out.print(f"battles named by every event and its time: {classified} (a coin: {battles / 2:g}, at most {most})")


@app.command(epilog="Example: python -m tests.attacks.blind --battles 200")
def main(
    battles: Annotated[int, typer.Option(min=20, max=1000, help="Battles to watch.")] = 60,
    url: Annotated[str, typer.Option(help="An arena that is served on loopback already.")] = "",
) -> None:
    """Name the sides of open battles of an arena of `diffusion` and `galip`, served for it or at --url."""
    if url and httpx.URL(url).host not in {"127.0.0.1", "localhost", "::1"}:
        raise typer.BadParameter("attack an arena on loopback only", param_hint="--url")
    if url:
        report(*attack(url, battles))
        return
    limits = {"HUB_BATTLES_PER_MINUTE": "1000000", "HUB_VOTES_PER_HOUR": "1000000"}
    with tempfile.TemporaryDirectory() as folder, served(Path(folder), APP, (SLOW, FAST), **limits) as arena:
        report(*attack(arena.url, battles))


if __name__ == "__main__":
    app()
