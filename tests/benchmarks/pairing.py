"""``python -m tests.benchmarks.pairing``: votes until an order is settled, pairs drawn by information and evenly.

Five mock entries of known strengths, whose pictures say which they are, and mock raters who prefer by these strengths,
a few votes each on prompts of their own. Settled means what a report says, which bets once a rater on a pair
(``eval.ratings.bets``) at 95 %, looked at after every ten votes; raters who favour are not sought. ``--served`` is the
arena itself, over HTTP on loopback; without it, its battles, votes and log alone, in a folder of this process, which is
many times as fast and is told of each vote in the same way.
"""

import asyncio
import io
import itertools
import os
import random
import runpy
import ssl
import statistics
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import httpx
import numpy as np
import typer
from PIL import Image
from rich.console import Console
from rich.table import Table

from eval.ratings.bets import settle_by_raters
from eval.ratings.bradley_terry import SCALE
from eval.ratings.counts import code_votes
from eval.ratings.live_information import LiveInformation
from eval.ratings.weights import code_origins
from hub.command import make_command
from hub.generators import GENERATORS, NamedPictures, OnProgress
from hub.progress import make_bar
from hub.raters import Rater
from hub.schema import Outcome, Request
from hub.settings import PairChoice
from hub.votes import TABLE, read_votes
from tests.benchmarks import raters
from tests.benchmarks.instant import Instant
from tests.benchmarks.serving import serving
from tests.hub.battle.fakes import Hall
from tests.hub.ui.served import PICTURE

NAMES = ("mock-one", "mock-two", "mock-three", "mock-four", "mock-five")  # best first
TIES = 0.25  # share of votes on equals that prefer neither; fewer the more two differ
LOOK, LIMIT = 10, 20_000  # votes between two looks; after so many a run is given up
TOGETHER = 8  # raters of a served arena at a time


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


def judge(a: str, b: str, gap: float, rng: random.Random) -> Outcome:
    """Return what a rater says of two entries; a tie counted as half a win leaves the strengths what they are."""
    chance = 1 / (1 + np.exp(gap * (NAMES.index(a) - NAMES.index(b)) / SCALE))
    ties, at = 4 * TIES * chance * (1 - chance), rng.random()
    if at < ties:
        return Outcome.tie
    return Outcome.a if at < ties + chance - ties / 2 else Outcome.b


def find_settled(data: Path, since: int = LOOK) -> int | None:
    """Return after how many votes of a data folder the order was settled, looking every ten; None: it is not yet."""
    table = read_votes(data).table
    for count in range(since, table.num_rows + 1, LOOK):
        some = table.slice(0, count)
        votes = code_votes(some, np.ones(count, dtype=np.bool_))
        sure = settle_by_raters(votes, *(origin[votes.rows] for origin in code_origins(some)))
        if len(votes.names) == len(NAMES) and sure.sum() == len(NAMES) * (len(NAMES) - 1) // 2:
            return count
    return None


def run_inside(pairing: PairChoice, gap: float, each: int, seed: int, data: Path) -> int:
    """Return the votes that an order takes in a folder of this process."""
    parts: dict[str, Any] = {"rng": random.Random(seed)}
    if pairing is PairChoice.informative:
        parts["information"] = LiveInformation(TABLE.empty_table())
    hall, rng, looked = Hall(data, NAMES, **parts), random.Random(seed + 1000), LOOK
    if pairing is PairChoice.informative:
        hall.log.told.follow(parts["information"].add)
    for number in range(LIMIT):
        rater = Rater(f"rater-{seed}-{number // each}", f"session-{number // each}", "")
        token = hall.start(rater, prompt=f"a boat {number}")
        jobs = hall.draw(token, rater)
        a, b = (job.name for _, job in sorted(jobs.items()))
        hall.battles.vote(token, rater, judge(a, b, gap, rng))
        if (number + 1) % (10 * LOOK) == 0:
            if found := find_settled(data, looked):
                hall.log.close()
                return found
            looked = number + 1 + LOOK
    raise RuntimeError(f"no order was settled by {LIMIT:,} votes")


class Viewer(raters.Rater):
    """A rater of a served arena who tells entries apart by their pictures."""

    async def view(self, gap: float, each: int, seed: int) -> None:
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
            await self._vote(judge(names[0], names[1], gap, rng))

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


async def view_together(url: str, first: int, gap: float, each: int, seed: int) -> None:
    """Let some raters come at once, each with their own browser, and vote."""
    config, nothing_secret = httpx.get(f"{url}/config", timeout=120).json(), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    events = {event["api_name"]: event["id"] for event in config["dependencies"] if event["api_name"]}
    made = [httpx.AsyncClient(base_url=url, timeout=120, verify=nothing_secret) for _ in range(TOGETHER)]
    try:
        viewers = (Viewer(http, events, first + place, raters.Heard()) for place, http in enumerate(made))
        await asyncio.gather(*(viewer.view(gap, each, seed) for viewer in viewers))
    finally:
        await asyncio.gather(*(http.aclose() for http in made))


def run_served(pairing: PairChoice, gap: float, each: int, seed: int, data: Path) -> int:
    """Return the votes that an order takes in a served arena."""
    env = raters.SETTINGS | {"HUB_GENERATORS": ",".join(NAMES), "HUB_FILTERS": "none", "HUB_GATES": "none"}
    env |= {"HUB_PAIRING": str(pairing), "HUB_AHEAD": "0"}
    with serving([sys.executable, "-m", "tests.benchmarks.pairing", "--serve"], data, {**os.environ, **env}) as url:
        looked = LOOK
        for first in range(0, LIMIT // each, TOGETHER):
            asyncio.run(view_together(url, first, gap, each, seed))
            if found := find_settled(data, looked):
                return found
            looked = (first + TOGETHER) * each // LOOK * LOOK
    raise RuntimeError(f"no order was settled by {LIMIT:,} votes")


def main(
    runs: Annotated[int, typer.Option(help="Arenas for each way of pairing.", min=1)] = 5,
    gap: Annotated[float, typer.Option(help="Elo points from each entry to the next.", min=50, max=400)] = 100,
    each: Annotated[int, typer.Option(help="Votes of a rater.", min=1)] = 2,
    served: Annotated[bool, typer.Option("--served", help="Serve each arena, and vote over HTTP.")] = False,
) -> None:
    """Print the votes until the order of five mock entries is settled; exit code 1 above half of those evenly."""
    run = run_served if served else run_inside
    found: dict[PairChoice, list[int]] = {pairing: [] for pairing in PairChoice}
    with make_bar() as progress:
        task = progress.add_task("arenas", total=2 * runs, note="")
        for seed, pairing in itertools.product(range(runs), PairChoice):
            with tempfile.TemporaryDirectory() as folder:
                found[pairing].append(run(pairing, gap, each, seed, Path(folder) / "data"))
            progress.update(task, advance=1, note=f"{found[pairing][-1]:,} votes, {pairing}")
    where = "served over HTTP" if served else "without a page"
    table = Table(
        "HUB_PAIRING",
        "median",
        "each run",
        title=f"Votes until the order of five, {gap:g} points apart, is settled by raters of {each}, {where}",
    )
    for pairing, votes in found.items():
        table.add_row(pairing, f"{statistics.median(votes):,.0f}", ", ".join(f"{one:,}" for one in votes))
    ratio = statistics.median(found[PairChoice.informative]) / statistics.median(found[PairChoice.uniform])
    Console().print(table)
    print(f"informative takes {ratio:.1%} of the votes of uniform")
    sys.exit(ratio > 0.5)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:  # the arena's own process, with these entries
        sys.argv = ["app.py", *sys.argv[2:]]
        runpy.run_path("app.py", run_name="__main__")
    else:
        make_command(main, "python -m tests.benchmarks.pairing --runs 9")()
