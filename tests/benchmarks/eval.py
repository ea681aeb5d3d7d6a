"""``python -m tests.benchmarks.eval``: the evaluation beside its peers, all in one run on one machine.

Ways to do one thing run in turns, so that other work on the machine hits all of them. BLAS and torch have one thread,
which is each package's fastest on few cores; prdc and our neighbours work on every core by themselves, and arena-rank
and FastChat, which run in an environment of their own that the first run makes, as they please. With --write each table
goes to ``tests/benchmarks/eval.md``, in the place of the one before; with --only the page's others stay.
"""

import os
import platform
import re
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from hub.files import write_whole
from hub.progress import console, track_items
from tests.benchmarks import metrics, ratings
from tests.benchmarks.log import ROWS, SHARDS, make_shard
from tests.benchmarks.pages import Origin, Section, merge_sections, read_sections, render_sections
from tests.benchmarks.peers import ALONE, PINS
from tests.benchmarks.speed import ROOT
from tests.benchmarks.timing import OURS, Case, Goal, Runs, Spent, lighter, timed, within

PAGE = Path(__file__).with_suffix(".md")
HEAD = ("By", "Median s", "Least to most s", "CPU s", "MiB", "Times ours", "Goal", "Reached")
VERSIONS = ("numpy", "torch", "clean-fid", "torch-fidelity", "prdc", "evalica", "choix", "scipy")
FEW = 8  # generators of a report's votes, where it is not said how many
Row = tuple[str, ...]
Make = Callable[[], AbstractContextManager[Case]]


def reported(data: Path) -> Spent:
    """A report without metrics from a data folder, by a process of its own."""
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "eval.report", "--votes", str(data), "--no-metrics", "--out", out]
        start = time.perf_counter()
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"the report ended with {process.returncode}")
        return Spent(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


class Reports:
    """A report of so many votes, which are made before, on so many generators."""

    def __init__(self, votes: int, generators: int, *goals: Goal) -> None:
        self._votes, self._generators, self._goals = votes, generators, goals

    def __enter__(self) -> Case:
        self._folder = tempfile.TemporaryDirectory()
        rng = np.random.default_rng(0)
        for _ in track_items(range(self._votes // ROWS), "votes"):
            make_shard(Path(self._folder.name), rng, self._generators)
        on = "" if self._generators == FEW else f", {self._generators} generators"
        title = f"Report without metrics, {self._votes:,} votes{on}"
        return Case(title, {OURS: partial(reported, Path(self._folder.name))}, {OURS: self._goals})

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()


def cases() -> dict[str, Make]:
    """What there is to time, by the name that --only takes."""
    peers = metrics.load_peers()
    peers.torch.set_num_threads(1)
    return {
        "ratings": ratings.beside,
        "ratings-1e7": lambda: nullcontext(ratings.many()),
        "draws": lambda: nullcontext(ratings.draws()),
        "report": lambda: Reports(SHARDS * ROWS, FEW, within(8), lighter(1e9 / 2**20)),
        "report-200": lambda: Reports(200_000, 200),
        "fd-1000": lambda: nullcontext(metrics.thin_distances(1000, peers)),
        "features": lambda: metrics.extractions(peers),
        "fd-5000": lambda: nullcontext(metrics.distances(5000, peers)),
        "kid": lambda: nullcontext(metrics.kernels(peers)),
        "prdc": lambda: nullcontext(metrics.neighbours(peers)),
        "fd-50000": lambda: nullcontext(metrics.distances(50_000, peers)),
    }


def rows(case: Case, done: dict[str, Runs]) -> Iterator[Row]:
    """A case's rows."""
    ours = done[OURS]
    for name, one in done.items():
        goals = case.goals.get(name, ())
        spread = [spent.seconds for spent in one.spent]
        digits = 3 if one.seconds < 1 else 2
        yield (
            name,
            f"{one.seconds:.{digits}f}",
            f"{min(spread):.{digits}f} to {max(spread):.{digits}f}",
            f"{one.processor:.{digits}f}",
            "" if one.mebibytes is None else f"{one.mebibytes:,.0f}",
            f"{one.seconds / ours.seconds:.3g}",
            ", ".join(goal.text for goal in goals),
            ", ".join("yes" if goal.reached(one, ours) else "**missed**" for goal in goals),
        )
    for name, reason in case.missing.items():
        yield (name, "-", "-", "", "", "-", "", reason)


def machine() -> str:
    """The class of machine."""
    info = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*: (.+)$", info.read_text(), re.MULTILINE) if info.exists() else None
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores ({found[1] if found else platform.machine()}), {memory:.0f} GiB, {platform.system()}"
    )


ABOUT = (
    "Medians, the ways in turns; one thread for BLAS and torch. Goals hold by the clock, which other "
    "work on the machine slows; CPU seconds show by how much. "
    '"Times ours" is a way\'s median over that of "ours" in its table. '
    "MiB: the most beyond what was held before; of a report, of its whole process."
)


def origin(runs: int, seconds: float, only: Sequence[str]) -> Origin:
    """The command of these runs, and what they run on."""
    pins = [*(f"{name} {version(name)}" for name in VERSIONS), *(pin.replace("==", " ") for pin in (PINS[0], *ALONE))]
    chosen = "".join(f" --only {name}" for name in only)
    command = f"python -m tests.benchmarks.eval --write --runs {runs} --seconds {seconds:g}{chosen}"
    return Origin(command, f"{machine()}; Python {platform.python_version()}, {', '.join(pins)}.")


def keep(page: Path, title: str, those: Sequence[Row], by: Origin) -> None:
    """Put a table into the page, in the place of what it held of the same case; its other sections stay."""
    lines = [f"| {' | '.join(HEAD)} |", f"|{' --- |' * len(HEAD)}", *(f"| {' | '.join(row)} |" for row in those)]
    old = read_sections(page.read_text(encoding="utf-8")) if page.exists() else []
    sections = merge_sections(old, [Section(title, "\n".join(lines), by)])
    write_whole(page, render_sections("The evaluation beside its peers", ABOUT, sections).encode())


def shown(title: str, those: Sequence[Row]) -> Table:
    """A case's table, for a terminal."""
    table = Table(*HEAD, title=title, title_justify="left")
    for row in those:
        table.add_row(*(cell.replace("**missed**", "[bold red]missed[/]") for cell in row))
    return table


def main(
    runs: Annotated[int, typer.Option(help="Runs of each way; the median is shown.", min=1)] = 3,
    seconds: Annotated[float, typer.Option(help="After which no further run of a thing begins.")] = 600,
    only: Annotated[list[str] | None, typer.Option(help="Names of those to run, as fd-1000.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Write tests/benchmarks/eval.md.")] = False,
) -> None:
    """Time everything, print the tables as they come, and keep them if asked to."""
    warnings.simplefilter("ignore")
    every = cases()
    unknown = set(only or ()) - set(every)
    if unknown:
        raise typer.BadParameter(f"{', '.join(sorted(unknown))}: there are {', '.join(every)}.")
    for name, make in every.items():
        if only and name not in only:
            continue
        console.print(f"{name} ...")
        with threadpool_limits(1), make() as case:
            done = timed(case, runs, seconds)
            times = len(done[OURS].spent)
            title = f"{case.title} ({times} run{'s' if times > 1 else ''})"
            table = list(rows(case, done))
        Console(width=140).print(shown(title, table))
        if write:
            keep(PAGE, title, table, origin(runs, seconds, only or ()))


if __name__ == "__main__":
    typer.run(main)
