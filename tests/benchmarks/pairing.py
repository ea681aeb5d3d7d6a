"""``python -m tests.benchmarks.pairing``: votes until an order is settled, pairs drawn by information and evenly.

Five mock entries of known strengths, whose pictures say which they are, and mock raters who prefer by these strengths,
a few votes each on prompts of their own. Settled means what a report says, which bets once a rater on a pair
(``eval.ratings.bets``) at 95 %, looked at after every ten votes; raters who favour are not sought. ``--served`` is the
arena itself, over HTTP on loopback; without it the rule alone draws pairs in this process, and is told of each vote at
once. How long it takes at most is told beforehand.
"""

import asyncio
import io
import itertools
import logging
import os
import random
import runpy
import ssl
import statistics
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import httpx
import numpy as np
import pyarrow as pa
import typer
from PIL import Image
from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table

from eval.ratings.bets import settle_by_raters
from eval.ratings.bradley_terry import SCALE
from eval.ratings.counts import code_votes
from eval.ratings.live_information import LiveInformation
from eval.ratings.weights import code_origins
from hub.battle.pairing import Pairs
from hub.command import make_command
from hub.errors import DataError
from hub.generators import GENERATORS, NamedPictures, OnProgress
from hub.progress import console, format_duration, make_bar
from hub.schema import Criterion, Outcome, Request, Vote
from hub.settings import PairChoice
from hub.votes import TABLE, make_table, read_votes
from tests.benchmarks import raters
from tests.benchmarks.instant import Instant
from tests.benchmarks.serving import serving
from tests.hub.ui.served import PICTURE
from tests.hub.votes.made import vote

NAMES = ("mock-one", "mock-two", "mock-three", "mock-four", "mock-five")  # best first
DISTINCT, LEVEL = (4, 3, 2, 1, 0), (3, 2, 2, 1, 0)  # their strengths in gaps; the second level with the third
TIES = 0.25  # share of votes on equals that prefer neither; fewer the more two differ
LOOK, ROUND = 10, 100  # votes between two looks, which are made in one go after each round
LIMIT = (
    1e8  # over the square of the gap: votes after which an arena is given up, four times what pairs drawn evenly take
)
TOGETHER = 8  # raters of a served arena at a time
PACE = {False: 400, True: 25}  # votes a second, inside and served
Strengths = dict[str, float]  # in Elo points


def _draw(name: str, request: Request, pictures: NamedPictures, on_progress: OnProgress) -> Image.Image:
    """Draw a picture whose shade says whose it is."""
    return Image.new("RGB", (64, 64), (16 * NAMES.index(name), request.seed % 256, 0))


class Shade(Instant):
    """A mock entry."""

    def load(self, place: object) -> Any:
        """Nothing to load."""
        return partial(_draw, self.name)


for one in NAMES:
    GENERATORS.register(partial(Shade, one))


def judge(a: str, b: str, strengths: Strengths, rng: random.Random) -> Outcome:
    """Return what a rater says of two entries; a tie counted as half a win leaves the strengths what they are."""
    chance = 1 / (1 + np.exp((strengths[b] - strengths[a]) / SCALE))
    ties, at = 4 * TIES * chance * (1 - chance), rng.random()
    if at < ties:
        return Outcome.tie
    return Outcome.a if at < ties + chance - ties / 2 else Outcome.b


def find_settled(table: pa.Table, strengths: Strengths, since: int) -> int | None:
    """Return after how many votes all was settled that can be, looking every ten; None: it is not yet."""
    for count in range(since, table.num_rows + 1, LOOK):
        some = table.slice(0, count)
        votes = code_votes(some, np.ones(count, dtype=np.bool_))
        at = np.array([strengths[name] for name in votes.names])
        sure = settle_by_raters(votes, *(origin[votes.rows] for origin in code_origins(some)))
        if len(at) == len(NAMES) and (sure | (at[:, None] <= at)).all():
            return count
    return None


def vote_inside(pairing: PairChoice, strengths: Strengths, each: int, seed: int) -> Generator[pa.Table]:
    """Yield the votes of pairs that are drawn in this process, after every ``ROUND`` of them."""
    live = LiveInformation(TABLE.empty_table()) if pairing is PairChoice.informative else None
    pairs, rng = Pairs(NAMES, random.Random(seed), {}, information=live), random.Random(seed + 1000)
    votes: list[Vote] = []
    for number in itertools.count():
        if number and number % ROUND == 0:
            yield make_table(votes)
        rater = f"rater-{number // each}"
        (a, b), chance = pairs.next(Criterion.quality, rater=rater)
        told: dict[str, Any] = {"rater": rater, "prompt": f"a boat {number}", "pair_probability": chance}
        votes.append(vote(f"{number}", time=number, left=a, right=b, outcome=judge(a, b, strengths, rng), **told))
        if live:
            live.add(votes[-1])


class Viewer(raters.Rater):
    """A rater of a served arena who tells entries apart by their pictures."""

    async def view(self, strengths: Strengths, each: int, seed: int) -> None:
        """Draw and vote as often as a rater does."""
        await self.open()
        rng = random.Random(f"{seed} {self.number}")
        for number in range(each):
            sent = await self._begin(f"a boat {self.number} {number}")
            names = []
            for address in list(dict.fromkeys(PICTURE.findall(sent)))[:2]:
                answer = (await self.http.get(f"/{address}")).raise_for_status()
                shade = Image.open(io.BytesIO(answer.content)).convert("RGB").getpixel((0, 0))
                names.append(NAMES[round(shade[0] / 16)])  # type: ignore[index]
            await self._vote(judge(names[0], names[1], strengths, rng))

    async def _begin(self, prompt: str) -> str:
        body = self._body("draw", [prompt, "quality"])
        (await self.http.post("/gradio_api/queue/join", json=body)).raise_for_status()
        lines = []
        async with self.http.stream("GET", f"/gradio_api/queue/data?session_hash=rater{self.number}") as stream:
            async for line in stream.aiter_lines():
                lines.append(line)
                if found := raters.TOKEN.search(line):
                    self.token = found[1]
        return "\n".join(lines)


async def view_in_turn(url: str, events: dict[str, int], numbers: range, *habits: Any) -> None:
    """Let raters come, some at a time, each with their own browser, and vote."""
    nothing_secret, coming = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), iter(numbers)

    async def come() -> None:
        for number in coming:
            async with httpx.AsyncClient(base_url=url, timeout=120, verify=nothing_secret, limits=raters.KEEP) as http:
                await Viewer(http, events, number, raters.Heard()).view(*habits)

    await asyncio.gather(*(come() for _ in range(TOGETHER)))


def vote_served(pairing: PairChoice, strengths: Strengths, each: int, seed: int) -> Generator[pa.Table]:
    """Yield the votes of a served arena, after every ``ROUND`` of them or a few more."""
    env = raters.SETTINGS | {"HUB_GENERATORS": ",".join(NAMES), "HUB_FILTERS": "none", "HUB_GATES": "none"}
    env |= {"HUB_PAIRING": str(pairing), "HUB_AHEAD": "0"}
    command = [sys.executable, "-m", "tests.benchmarks.pairing", "--serve"]
    with tempfile.TemporaryDirectory() as folder, serving(command, Path(folder), {**os.environ, **env}) as url:
        config, step = httpx.get(f"{url}/config", timeout=120).json(), -(-ROUND // each)
        events = {event["api_name"]: event["id"] for event in config["dependencies"] if event["api_name"]}
        for first in itertools.count(step=step):
            asyncio.run(view_in_turn(url, events, range(first, first + step), strengths, each, seed))
            yield read_votes(Path(folder)).table


def count_until_settled(
    rounds: Generator[pa.Table], strengths: Strengths, limit: int, told: Callable[[int], None]
) -> int:
    """Return the votes until all is settled that can be, and tell after each round how many there are.

    Raises: DataError where it takes more than ``limit``.
    """
    looked = LOOK
    with closing(rounds):
        for table in rounds:
            told(table.num_rows)
            if found := find_settled(table, strengths, looked):
                return found
            looked = table.num_rows // LOOK * LOOK + LOOK
            if looked > limit:
                break
    raise DataError(f"No order was settled by {limit:,} votes: give a larger --gap, or fewer votes --each.")


def _tell(progress: Progress, task: TaskID, votes: int) -> None:
    progress.update(task, completed=votes)


def main(
    runs: Annotated[int, typer.Option(help="Arenas for each way of pairing.", min=1)] = 5,
    gap: Annotated[float, typer.Option(help="Elo points from each entry to the next.", min=50, max=400)] = 100,
    each: Annotated[int, typer.Option(help="Votes of a rater.", min=1)] = 2,
    level: Annotated[bool, typer.Option("--level", help="The second and the third are level.")] = False,
    served: Annotated[bool, typer.Option("--served", help="Serve each arena, and vote over HTTP.")] = False,
) -> None:
    """Print the votes until the order of five mock entries is settled; exit code 1 above half of those evenly.

    Where two are level, settled means all but which of the two is better.
    """
    vote_rounds, limit = vote_served if served else vote_inside, round(LIMIT / gap**2)
    strengths = {name: gap * place for name, place in zip(NAMES, LEVEL if level else DISTINCT, strict=True)}
    most = format_duration(2 * runs * limit / PACE[served])
    console.print(f"{2 * runs} arenas of at most {limit:,} votes each: on two idle cores {most} at most, most often a "
                  "fifth of it")  # fmt: skip
    found: dict[PairChoice, list[int]] = {pairing: [] for pairing in PairChoice}
    with make_bar() as progress:
        for number, (seed, pairing) in enumerate(itertools.product(range(runs), PairChoice), start=1):
            task = progress.add_task(f"votes of arena {number} of {2 * runs}, {pairing}", total=limit, note="")
            rounds, tell = vote_rounds(pairing, strengths, each, seed), partial(_tell, progress, task)
            found[pairing].append(count_until_settled(rounds, strengths, limit, tell))
            progress.update(task, completed=limit)
    order = "all but two level ones of five" if level else "the order of five"
    where = "served over HTTP" if served else "without a page"
    title = f"Votes until {order}, {gap:g} points apart, is settled by raters of {each}, {where}"
    table = Table("HUB_PAIRING", "median", "each run", title=title)
    for pairing, votes in found.items():
        table.add_row(pairing, f"{statistics.median(votes):,.0f}", ", ".join(f"{one:,}" for one in votes))
    ratio = statistics.median(found[PairChoice.informative]) / statistics.median(found[PairChoice.uniform])
    Console().print(table)
    print(f"informative takes {ratio:.1%} of the votes of uniform")
    sys.exit(ratio > 0.5)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:  # the arena's own process, with these entries
        sys.argv = ["app.py", *sys.argv[2:]]
        logging.disable(logging.INFO)
        runpy.run_path("app.py", run_name="__main__")
    else:
        make_command(main, "python -m tests.benchmarks.pairing --runs 9")()
