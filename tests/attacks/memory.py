"""``python -m tests.attacks.memory``: what one page's battles of large pictures leave in the server's memory.

Serves an arena of two generators of noise, whose pictures are as large as PNG gets, and draws, fetches and votes on
one page as a browser does.
"""

import re
import runpy
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from PIL import Image
from rich.console import Console

from hub.generators import GENERATORS, Accepts, Draw, NamedPictures, OnProgress, Placement, Sampling
from hub.schema import Request
from tests.hub.ui.served import FILES, PICTURE, Page, served

NAMES, SIZE, SOON = ("noise-one", "noise-two"), 1024, 60.0
app = typer.Typer(add_completion=False)


def _draw(request: Request, pictures: NamedPictures, on_progress: OnProgress) -> Image.Image:
    return Image.fromarray(np.random.default_rng(request.seed).integers(0, 256, (SIZE, SIZE, 3), np.uint8))


class Noise:
    """Draws noise of 1024 px."""

    title, method, licence = "Noise", "noise", "MIT"
    weights: tuple[Path, ...] = ()
    sampling, accepts, remote, hidden = Sampling(), Accepts(), False, True

    def __init__(self, name: str) -> None:
        self.name = name

    def load(self, place: Placement) -> Draw:
        """Nothing to load."""
        return _draw


def resident(pid: int) -> float:
    """MB of memory that a process holds."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
    return int(found[1]) / 1000 if found else 0.0


@app.command(epilog="Example: python -m tests.attacks.memory --battles 200")
def main(battles: Annotated[int, typer.Option(min=5, max=1000, help="Battles on the one page.")] = 200) -> None:
    """Print how much a served arena grows by one page's battles, and by its comparisons."""
    limits = {"HUB_BATTLES_PER_MINUTE": "1000000", "HUB_VOTES_PER_HOUR": "1000000"}
    out = Console()
    with tempfile.TemporaryDirectory() as folder:
        script = Path(__file__)
        with served(Path(folder), script, NAMES, **limits) as arena, Page(arena.url) as other:
            for tab in ("battle", "compare"):
                with Page(arena.url) as page, page.http.stream("GET", f"/gradio_api/heartbeat/{page.session}") as beats:
                    alive, sent, before = beats.iter_lines(), "", 0.0
                    next(alive)
                    for number in range(battles + 5):
                        sent = page.draw("noise") if tab == "battle" else page.compare("noise", number)
                        assert len(page.pictures(sent)) == 2 + FILES * (tab == "compare")
                        if tab == "battle":
                            assert "your vote is saved" in page.vote("tie")
                        before = resident(arena.pid) if number == 4 else before
                    grown = resident(arena.pid) - before
                start, shown = time.monotonic(), PICTURE.findall(sent)
                while any(other.http.get(f"/{one}").is_success for one in shown) and time.monotonic() - start < SOON:
                    time.sleep(0.2)
                gone = time.monotonic() - start
                out.print(f"{tab}: {battles} drawings, {grown:+.0f} MB; gone {gone:.1f} s after the page was closed")


if __name__ == "__main__":
    if "--port" in sys.argv:  # as the arena's own process
        for name in NAMES:
            GENERATORS.add(Noise(name))
        runpy.run_path("app.py", run_name="__main__")
    else:
        app()
