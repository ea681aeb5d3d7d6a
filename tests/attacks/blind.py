"""``python -m tests.attacks.blind``: name the sides of open battles of `diffusion` against a GAN, over HTTP.

By the seed: while each battle is open its prompt is drawn by name, side by side, and the pictures are compared byte by
byte. Tried for every battle are the seed that was typed (where there is a box for it), every whole number that its page
was sent, and the seeds that were told after the battle before it, with their neighbours. By what is sent: a forest,
fitted to the other battles, gets every event's time, length and the side it changed, and how the pictures' addresses
answered.
"""

import re
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console

from tests.attacks.sides import Heard, features, most_by_chance, named
from tests.hub.ui.served import APP, PICTURE, TOKEN, Page, served

SLOW, FAST = "diffusion", "galip"
SEED, LAST = 7, 2**31 - 1  # the seed that is typed where there is a box; the last seed that can be drawn by name
INLINE = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=]+")
NUMBER = re.compile(r"(?<![\w.-])\d{1,10}(?![\w.-])")
SEEDS = re.compile(r"\bseeds? (\d+)")
NAMED = re.compile(rf"<code>({SLOW}|{FAST})</code>")
PROMPTS = ("red apple", "blue car", "green tree", "black cat")  # few, so that what was drawn by name is drawn once

app = typer.Typer(add_completion=False)


class Watcher:
    """One page that listens to everything; before and after pictures had addresses."""

    def __init__(self, url: str) -> None:
        self.page = Page(url)
        events = {event["api_name"]: event for event in self.page.http.get("/config").json()["dependencies"]}
        self.drawn: dict[tuple[str, int], frozenset[bytes | str]] = {}
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

    def by_name(self, prompt: str, seed: int) -> frozenset[bytes | str]:
        """Every generator's picture of a prompt and seed, drawn side by side."""
        if (prompt, seed) not in self.drawn:
            sent = self.page.ask("side_by_side", prompt, seed)
            self.drawn[prompt, seed] = frozenset(self.page.pictures(sent)) or frozenset(INLINE.findall(sent))
        return self.drawn[prompt, seed]


def tried(heard: Heard, before: Iterable[int]) -> set[int]:
    """Seeds that an open battle may have: numbers its page was sent, and those told before it with their neighbours."""
    sent = {int(number) for number in NUMBER.findall(" ".join(line for _, line in heard))}
    near = {seed + step for seed in before for step in (-1, 0, 1)}
    return {seed for seed in {SEED} | sent | near if 0 <= seed <= LAST}


@dataclass
class Figures:
    """What an attack came to: sides named by drawings by name, of how many sides, and battles named by a classifier."""

    battles: int = 0
    sides: int = 0
    by_seed: int = 0
    seeds: int = 0
    classified: int = 0


def attack(url: str, battles: int) -> Figures:
    """Watch, draw by name, vote; then classify."""
    watcher, other, figures = Watcher(url), Watcher(url), Figures()
    rows, left, before = [], [], set[int]()
    for number in range(battles):
        prompt = PROMPTS[number % len(PROMPTS)]
        heard, fetched, pictures = watcher.battle(prompt)
        seeds = tried(heard, before)
        found = frozenset[bytes | str]().union(*(other.by_name(prompt, seed) for seed in sorted(seeds)))
        figures.by_seed += sum(picture in found for picture in pictures)
        figures.sides += len(pictures)
        figures.seeds += len(seeds)
        told = watcher.page.vote("tie")
        before = {int(seed) for seed in SEEDS.findall(told)}
        if first := NAMED.search(told):
            rows.append(features(heard, fetched))
            left.append(first[1] == SLOW)
    figures.battles, figures.classified = len(rows), named(rows, left)
    return figures


def report(figures: Figures) -> None:
    """Print the figures."""
    out = Console(soft_wrap=True)
    battles, most = figures.battles, most_by_chance(figures.battles)
    out.print(f"{battles} battles of {SLOW} against {FAST}")
    out.print(
        f"sides named by drawing by name: {figures.by_seed} of {figures.sides} ({figures.seeds / max(battles, 1):.1f} "
        "seeds a battle: typed, sent to its page, told before it, and next to those)"
    )
    out.print(
        f"battles named by every event and its time: {figures.classified} of {battles} "
        f"(a coin names {battles / 2:g}, and more than {most} once in 2,000)"
    )


@app.command(epilog="Example: python -m tests.attacks.blind --battles 200")
def main(
    battles: Annotated[int, typer.Option(min=20, max=1000, help="Battles to watch.")] = 60,
    url: Annotated[str, typer.Option(help="An arena that is served on loopback already.")] = "",
) -> None:
    """Name the sides of open battles of an arena of `diffusion` and `galip`, served for it or at --url."""
    if url and httpx.URL(url).host not in {"127.0.0.1", "localhost", "::1"}:
        raise typer.BadParameter("attack an arena on loopback only", param_hint="--url")
    if url:
        report(attack(url, battles))
        return
    limits = {"HUB_BATTLES_PER_MINUTE": "1000000", "HUB_VOTES_PER_HOUR": "1000000"}
    with tempfile.TemporaryDirectory() as folder, served(Path(folder), APP, (SLOW, FAST), **limits) as arena:
        report(attack(arena.url, battles))


if __name__ == "__main__":
    app()
