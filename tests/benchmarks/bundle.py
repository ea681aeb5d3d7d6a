"""``python -m tests.benchmarks.bundle``: seconds to bundle 10,000 votes, and to verify the bundle, in a new process.

Each vote has its receipt. The aim is a verification in under 60 s.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from hub.schema import Criterion, Setup, Vote
from hub.votes import ContentStore
from tests.eval import made

VOTES, AIM = 10_000, 60.0
GENERATORS = tuple(f"generator {number}" for number in range(8))
SETUPS = {
    name: Setup(generator=name, revision="r", checkpoints={"weights": f"{number:064x}"}, dtype="float32", device="CPU",
                scheduler=None, steps=None, guidance_scale=None, libraries={"torch": "2.13.0", "numpy": "2.4.6"})
    for number, name in enumerate(GENERATORS)
}  # fmt: skip


def draw_vote(number: int, rng: Random) -> Vote:
    """Return a vote on two of eight generators by one of 400 raters, the better one winning more often."""
    a, b = rng.sample(range(len(GENERATORS)), 2)
    won = "a" if rng.random() < 1 / (1 + 1.3 ** (b - a)) else "b"
    outcome = won if rng.random() < 0.8 else rng.choice(("tie", "both_bad"))
    vote = made.vote(
        number, GENERATORS[a], GENERATORS[b], outcome, criterion=list(Criterion)[number % 3],
        rater=f"rater {rng.randrange(400)}", network=f"network {rng.randrange(200)}", prompt=f"prompt {number % 2000}",
    )  # fmt: skip
    sides = {"a": (a, vote.a), "b": (b, vote.b)}
    return vote.model_copy(update={
        side: tuple(one.model_copy(update={"setup": SETUPS[GENERATORS[of]].digest}) for one in samples)
        for side, (of, samples) in sides.items()
    })  # fmt: skip


def run(*command: object) -> float:
    """Run a command of the project and return its seconds."""
    start = time.monotonic()
    subprocess.run([sys.executable, "-m", *map(str, command)], check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - start


def main() -> None:
    """Print both times, and the size of the bundle."""
    with tempfile.TemporaryDirectory() as place:
        data, zipped = Path(place) / "data", Path(place) / "bundle.zip"
        (data / "log").mkdir(parents=True)
        for setup in SETUPS.values():
            ContentStore(data).write_setup(setup)
        rng = Random(0)
        lines = "".join(f"{draw_vote(number, rng).model_dump_json()}\n" for number in range(VOTES))
        (data / "log" / "a.jsonl").write_text(lines, encoding="utf-8")
        out = Path(place) / "out"
        wrote = run("eval.report", "--votes", data, "--no-metrics", "--out", out, "--latex", "--bundle", zipped)
        verified = run("eval.verify", zipped)
        size = zipped.stat().st_size / 2**20
        said = f"report and bundle {wrote:.1f} s, {size:.1f} MiB; verified in {verified:.1f} s (aim: {AIM:.0f})"
        print(f"{VOTES:,} votes: {said}")


if __name__ == "__main__":
    main()
