"""``python -m tests.attacks.blind``: name the sides of open battles of `diffusion` against a GAN, over HTTP.

By the seed: while each battle is open its prompt is drawn with the GAN, by this process from the same checkpoint, and
the pictures are compared byte by byte. One of two sides that is the GAN's names the other, so `diffusion`, which takes
thirty times as long, need not be drawn: whoever has the seed of a battle has that of both sides. Tried for every battle
are the seed that was typed (where there is a box for it), every whole number that its page was sent, and the seeds that
were told after the battle before it, with their neighbours. Half of the battles are on prompts that are typed, half are
those that the arena draws ahead on prompts of its own. That a right seed would be found is shown by the seed that
each battle tells after its vote. By what is sent: a forest, fitted to the other battles, gets every event's time,
length and the side it changed, and how the pictures' addresses answered.
"""

import base64
import html
import json
import re
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, cast

import httpx
import typer
from rich.console import Console

from hub.command import make_command
from hub.engine.local_engine import LocalEngine
from hub.progress import make_bar
from hub.schema import Request
from tests.attacks.sides import FOLDS, Heard, features, most_by_chance, named
from tests.hub.ui.served import APP, PICTURE, TOKEN, Page, served

SLOW, FAST = "diffusion", "galip"
SEED, LAST = 7, 2**31 - 1  # the seed that is typed where there is a box; the last seed that can be drawn by name
INLINE = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=]+)")
NUMBER = re.compile(r"(?<![\w.-])\d{1,10}(?![\w.-])")
SEEDS = re.compile(r"\bseeds? (\d+)")
PROMPT = re.compile(r'"prompt":\s*"((?:[^"\\]|\\.)+)"')
NAMED = re.compile(rf"<code>({SLOW}|{FAST})</code>")
PROMPTS = ("red apple", "blue car", "green tree", "black cat")  # few, so that most seeds were tried before


class Watcher:
    """One page that listens to everything; before and after pictures had addresses."""

    def __init__(self, url: str) -> None:
        self.page = Page(url)
        events = {event["api_name"]: event for event in self.page.http.get("/config").json()["dependencies"]}
        self.boxes = len(events["draw"]["inputs"])

    def battle(self, prompt: str) -> tuple[list[tuple[float, str]], list[tuple[float, str]], list[bytes]]:
        """Draw one: what was heard and when, how its pictures were fetched, and the pictures.

        Without a prompt it is one that nobody asked for, and that was drawn ahead if there was time for that.
        """
        asked: list[Any] = [prompt, SEED, "quality"] if self.boxes == 3 else [prompt, "quality"]
        said = {} if prompt else {"prompt": prompt, "given": "yes"}
        start = time.perf_counter()
        heard = [
            (time.perf_counter() - start, line)
            for line in self.page.send("draw" if prompt else "next_battle", *asked, **said)
        ]
        sent = "\n".join(line for _, line in heard)
        pictures = [base64.b64decode(code) for code in dict.fromkeys(INLINE.findall(sent))]
        fetched = []
        for address in dict.fromkeys(PICTURE.findall(sent)):
            begun = time.perf_counter()
            answer = self.page.http.get(f"/{address}")
            told = {name: value for name, value in answer.headers.items() if name not in {"content-length", "date"}}
            fetched.append((time.perf_counter() - begun, f"{sorted(told.items())}"))
            pictures.append(answer.content)
        return [(seconds, TOKEN.sub("", line)) for seconds, line in heard], fetched, pictures


class Forger:
    """Draws with the GAN, whose checkpoint is public: each prompt and seed once."""

    def __init__(self) -> None:
        self._engine = LocalEngine("cpu")
        self._drawn: dict[tuple[str, int], bytes] = {}

    def finds(self, prompt: str, seeds: Iterable[int], pictures: list[bytes]) -> bool:
        """Return whether one of the pictures is the GAN's of one of these seeds, which names both sides."""
        return any(self._draw(prompt, seed) in pictures for seed in seeds)

    def _draw(self, prompt: str, seed: int) -> bytes:
        if (prompt, seed) not in self._drawn:
            drawn = self._engine.draw(FAST, Request(prompt=prompt, seed=seed), lambda *_: None)
            self._drawn[prompt, seed] = drawn.png
        return self._drawn[prompt, seed]

    def close(self) -> None:
        """Let the engine go."""
        self._engine.close()


def tried(heard: Heard, before: Iterable[int]) -> set[int]:
    """Seeds that an open battle may have: numbers its page was sent, and those told before it with their neighbours."""
    sent = {int(number) for number in NUMBER.findall(" ".join(line for _, line in heard))}
    near = {seed + step for seed in before for step in (-1, 0, 1)}
    return {seed for seed in {SEED} | sent | near if 0 <= seed <= LAST}


def prompt_in(heard: Heard) -> str:
    """Return the prompt of a battle that its page was told of."""
    found = PROMPT.findall(" ".join(line for _, line in heard))
    return html.unescape(cast(str, json.loads(f'"{found[-1]}"')))


@dataclass
class Figures:
    """What an attack came to, battle by battle: those named by a seed, and what the classifier is to learn from."""

    battles: int = 0
    by_seed: int = 0
    by_told: int = 0  # by the seed that was told after the vote: what an attack that knows it would name
    seeds: int = 0
    rows: list[list[float]] = field(default_factory=list)
    left: list[bool] = field(default_factory=list)  # whether the slow one stood left


def attack(url: str, battles: int, figures: Figures) -> None:
    """Watch, try seeds, vote, and count it in ``figures``, battle by battle."""
    watcher, forger, before = Watcher(url), Forger(), set[int]()
    try:
        with make_bar() as progress:
            task = progress.add_task("battles", total=battles, note="")
            for number in range(battles):
                prompt = (*PROMPTS, *[""] * len(PROMPTS))[number % (2 * len(PROMPTS))]
                heard, fetched, pictures = watcher.battle(prompt)
                prompt = prompt or prompt_in(heard)
                seeds = tried(heard, before)
                figures.by_seed += forger.finds(prompt, sorted(seeds), pictures)
                figures.seeds += len(seeds)
                told = watcher.page.vote("tie")
                before = {int(seed) for seed in SEEDS.findall(told)}
                figures.by_told += forger.finds(prompt, sorted(before), pictures)
                figures.battles += 1
                if first := NAMED.search(told):
                    figures.rows.append(features(heard, fetched))
                    figures.left.append(first[1] == SLOW)
                progress.update(task, advance=1, note=f"{figures.by_seed} named by a seed")
    finally:
        forger.close()


def report(figures: Figures) -> None:
    """Print the figures; those of the classifier where it has enough battles of both kinds to learn from."""
    out = Console(soft_wrap=True)
    battles, told = figures.battles, len(figures.rows)
    out.print(f"{battles} battles of {SLOW} against {FAST}")
    out.print(
        f"named by drawing their prompt with {FAST}: {figures.by_seed} of {battles} "
        f"({figures.seeds / max(battles, 1):.1f} seeds a battle: typed, sent to its page, told before it, and next to "
        f"those); with the seed that is told after the vote: {figures.by_told} of {told}"
    )
    if min(figures.left.count(True), figures.left.count(False)) < FOLDS:
        out.print("too few battles to tell what their events' times say")
        return
    out.print(
        f"named by every event and its time: {named(figures.rows, figures.left)} of {told} "
        f"(a coin names {told / 2:g}, and more than {most_by_chance(told)} once in 2,000)"
    )


def main(
    battles: Annotated[int, typer.Option(min=20, max=1000, help="Battles to watch.")] = 60,
    url: Annotated[str, typer.Option(help="An arena that is served on loopback already.")] = "",
) -> None:
    """Name the sides of open battles of an arena of `diffusion` and `galip`, served for it or at --url.

    Stopped by Ctrl-C, it prints the figures of the battles until then.
    """
    if url and httpx.URL(url).host not in {"127.0.0.1", "localhost", "::1"}:
        raise typer.BadParameter("attack an arena on loopback only", param_hint="--url")
    figures = Figures()
    try:
        if url:
            attack(url, battles, figures)
            return
        limits = {"HUB_BATTLES_PER_MINUTE": "1000000", "HUB_VOTES_PER_HOUR": "1000000", "HUB_AHEAD": "8"}
        with tempfile.TemporaryDirectory() as folder, served(Path(folder), APP, (SLOW, FAST), **limits) as arena:
            attack(arena.url, battles, figures)
    finally:
        report(figures)


if __name__ == "__main__":
    make_command(main, "python -m tests.attacks.blind --battles 200")()
