"""``python -m tests.benchmarks.raters``: 200 people vote at once, over HTTP on loopback, as their pages do.

Each has their own cookie and session, draws battles through the queue, looks at them for 1 to 3 seconds, and
votes; in a second run nobody stops to look. Every vote that was acknowledged must be in the data folder afterwards.
Settings of the environment (HUB_FILTERS, HUB_GATES, HUB_VARIETY_IMAGES ...) hold for the served arena.
"""

import asyncio
import os
import random
import re
import ssl
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from hub.settings import CONSENT
from hub.ui.battle.consent import digest_consent
from hub.votes import read_votes
from tests.benchmarks.instant import NAMES
from tests.benchmarks.serving import serving

RATERS = 200
BATTLES = 5  # each
THINK = (1.0, 3.0)  # seconds
LIMIT = 300.0  # seconds that a run may take
KEEP = httpx.Limits(keepalive_expiry=3.0)  # less than the server keeps an idle connection
TOKEN = re.compile(r'"token":"([^"]{20,})"')
RECEIPT = re.compile(r'download=\\"receipt-([\w-]+)\.json')
SETTINGS = {  # of the served arena: nobody is stopped for being fast, or one of many at one address
    "HUB_GENERATORS": ",".join(NAMES),
    "HUB_VOTES_PER_HOUR": "1000000",
    "HUB_BATTLES_PER_MINUTE": "1000000",
    "HUB_FILTERS": "all",
}


@dataclass
class Heard:
    """What the raters of one run saw."""

    to_pictures: list[float] = field(default_factory=list)
    to_vote: list[float] = field(default_factory=list)
    saved: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0


@dataclass
class Rater:
    """One person at one page."""

    http: httpx.AsyncClient
    events: dict[str, int]
    number: int
    heard: Heard
    token: str = ""

    async def open(self) -> None:
        """Open the page, which brings the cookie."""
        (await self.http.get("/")).raise_for_status()

    async def vote_all(self, think: tuple[float, float]) -> None:
        """Draw and vote."""
        chance = random.Random(self.number)
        await asyncio.sleep(chance.uniform(0, think[1]))
        try:
            for _ in range(BATTLES):
                await self._draw(f"a boat {self.number}")
                await asyncio.sleep(chance.uniform(*think))
                await self._vote(chance.choice(["a", "b", "tie", "both_bad"]))
        except (httpx.HTTPError, RuntimeError, KeyError) as error:
            self.heard.errors.append(f"{type(error).__name__}: {error}"[:300])

    async def vote_once(self) -> None:
        """Draw one battle at once, and vote."""
        try:
            await self._draw(f"a boat {self.number}")
            await self._vote("tie")
        except (httpx.HTTPError, RuntimeError, KeyError) as error:
            self.heard.errors.append(f"{type(error).__name__}: {error}"[:300])

    def _body(self, event: str, data: list[Any], **said: Any) -> dict[str, Any]:
        body = {"data": data, "fn_index": self.events[event], "session_hash": f"rater{self.number}"}
        return body | {"trigger_id": None, "event_data": {"token": self.token, **said}}

    async def _draw(self, prompt: str) -> None:
        start, last = time.perf_counter(), ""
        body = self._body("draw", [prompt, "quality"])
        (await self.http.post("/gradio_api/queue/join", json=body)).raise_for_status()
        where = f"/gradio_api/queue/data?session_hash=rater{self.number}"
        async with self.http.stream("GET", where) as stream:
            async for line in stream.aiter_lines():
                if found := TOKEN.search(line):
                    self.token = found[1]
                if '"msg":"process_completed"' in line:
                    last = line
        if '"success":true' not in last:
            raise RuntimeError(f"nothing was drawn: {last}")
        self.heard.to_pictures.append(time.perf_counter() - start)

    async def _vote(self, outcome: str) -> None:
        start = time.perf_counter()
        body = self._body("vote", [], outcome=outcome, tags=[], agreed=digest_consent(CONSENT))
        answer = await self.http.post("/gradio_api/run/vote", json=body)
        self.heard.to_vote.append(time.perf_counter() - start)
        found = RECEIPT.search(answer.text)
        if not found:
            raise RuntimeError(f"a vote was refused: {answer.text}")
        self.heard.saved.add(found[1])


async def crowd(url: str, think: tuple[float, float]) -> Heard:
    """All raters at once, each with their own browser."""
    heard, nothing_secret = Heard(), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    config = httpx.get(f"{url}/config").json()
    events = {event["api_name"]: event["id"] for event in config["dependencies"] if event["api_name"]}
    async with AsyncExitStack() as stack:
        raters = []
        for number in range(RATERS):
            http = httpx.AsyncClient(base_url=url, timeout=120, verify=nothing_secret, limits=KEEP)
            raters.append(Rater(await stack.enter_async_context(http), events, number, heard))
            await raters[-1].open()  # people come one by one, and stay
        start = time.perf_counter()
        async with asyncio.timeout(LIMIT):
            await asyncio.gather(*(rater.vote_all(think) for rater in raters))
        heard.seconds = time.perf_counter() - start
    return heard


def run(title: str, think: tuple[float, float], table: Table) -> bool:
    """One crowd on a fresh arena; whether all went well."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        with serving([sys.executable, "-m", "tests.benchmarks.instant"], data, {**SETTINGS, **os.environ}) as url:
            heard = asyncio.run(crowd(url, think))
        there = set(read_votes(data).table["id"].to_pylist())
    lost = heard.saved - there
    for error in sorted(set(heard.errors)):
        Console().print(error, style="red", markup=False)
    figures = [_quantiles(heard.to_vote), _quantiles(heard.to_pictures)]
    votes = len(heard.saved)
    rate = f"{votes / heard.seconds:.0f}/s"
    table.add_row(title, str(votes), rate, *figures, str(len(heard.errors)), str(len(lost)))
    return not heard.errors and not lost and votes == RATERS * BATTLES


def _quantiles(seconds: list[float]) -> str:
    """Median and 99th percentile, in milliseconds."""
    cuts = statistics.quantiles(seconds, n=100)
    return f"{1000 * cuts[49]:.0f} / {1000 * cuts[98]:.0f}"


def main() -> None:
    """Print the table; exit code 1 where a vote was lost or refused."""
    table = Table("raters", "votes", "rate", "vote ms p50/p99", "pictures ms p50/p99", "errors", "lost")
    table.title = f"{RATERS} raters, {BATTLES} battles each, {os.cpu_count()} cores for them and the arena"
    well = [run("who look for 1 to 3 s", THINK, table), run("who do not look", (0.0, 0.0), table)]
    Console().print(table)
    sys.exit(not all(well))


if __name__ == "__main__":
    main()
