"""``python -m tests.attacks.server``: what another site, a stranger or a bot gets from a served arena.

The arena is of two fakes, in a process of its own on loopback; ``--root`` names another checkout to attack.
"""

import json
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import httpx
import typer

from hub.command import make_command
from hub.ui.cookies import NAME
from tests.hub.ui import fakes, served
from tests.hub.ui.served import Arena, Page

DRAWS, COOKIES = 150, 5
LARGE = 100 * 2**20  # bytes
DOORS = (
    ("POST", "/gradio_api/upload"),
    ("GET", "/gradio_api/upload_progress?upload_id=a"),
    ("GET", "/gradio_api/deep_link?session_hash=a"),
    ("POST", "/gradio_api/process_recording"),
    ("POST", "/gradio_api/stream/a"),
    ("POST", "/gradio_api/component_server/"),
    ("GET", "/gradio_api/file=style.css"),
    ("GET", "/gradio_api/proxy=https://a.hf.space/"),
    ("POST", "/gradio_api/call/draw"),
    ("POST", "/gradio_api/api/draw"),
    ("POST", "/gradio_api/run/draw"),
    ("GET", "/gradio_api/openapi.json"),
)
SHUT = (b'{"detail":"Not Found"}', b'{"detail":"There is no such page here.","error":"There is no such page here."}')
EVIL = {"origin": "http://127.0.0.1:1"}  # another app of this machine


@contextmanager
def arena_of(root: Path, **settings: str) -> Iterator[Arena]:
    """Serve the fakes of a checkout, warm."""
    served.ROOT = root
    with tempfile.TemporaryDirectory() as folder:
        more = {
            "GRADIO_TEMP_DIR": f"{folder}/gradio",
            "HUB_LOG": "json",
            "HUB_BATTLES_PER_MINUTE": "100000",
            **settings,
        }
        script = root / "tests" / "hub" / "ui" / "fakes.py"
        with served.served(Path(folder), script, fakes.NAMES, **more) as arena:
            with Page(arena.url) as page:
                page.draw("a boat")
            yield arena


def doors(arena: Arena) -> str:
    """How many doors answer, and what was written to the disk."""
    found = sum(_opens(arena.url + path, method) for method, path in DOORS)
    written = sum(path.stat().st_size for path in (arena.data.parent / "gradio").rglob("*") if path.is_file())
    return f"{found} of {len(DOORS)} open, {written:,} bytes written"


def _opens(url: str, method: str) -> bool:
    """Whether something behind a door answers; what streams is not waited for."""
    with httpx.stream(method, url, files=_file(method), timeout=30) as answer:
        shut = answer.status_code == 404 and answer.read() in SHUT
        return not shut and answer.status_code != 405


def _file(method: str) -> dict[str, tuple[str, bytes]] | None:
    return {"files": ("a.bin", b"x" * 5000)} if method == "POST" else None


def origins(arena: Arena) -> str:
    """Whether another site's page votes, reads, and frames."""
    with Page(arena.url) as page:
        page.draw("a boat")
        page.http.headers.update(EVIL)
        voted = "your vote is saved" in page.vote("a")
        answer = page.http.get("/", headers={"host": "arena.org", "origin": "http://evil.org"})
        rebound = page.http.get("/", headers={"host": "evil.org"}).status_code == 200
    read = answer.headers.get("access-control-allow-origin") is not None
    framed = "frame-ancestors" not in answer.headers.get("content-security-policy", "")
    return f"votes: {_yes(voted)}, reads: {_yes(read)}, frames: {_yes(framed)}, renamed host: {_yes(rebound)}"


def _yes(told: bool) -> str:
    return "yes" if told else "no"


def addresses(arena: Arena) -> str:
    """How many of ten drawings are drawn by one machine that says it is ten; its network may have two."""
    drawn = 0
    for number in range(10):
        with Page(arena.url) as page:
            page.http.headers["x-forwarded-for"] = f"198.51.100.{number}"
            body = page.body("draw", ["a boat", 7, "quality"], {})
            joined = page.http.post("/gradio_api/queue/join", json=body).is_success
            drawn += joined and '"success":true' in _heard(page)
    return f"{drawn} of 10 drawn, where 2 may be"


def _heard(page: Page) -> str:
    """The last message of what a page asked for."""
    with page.http.stream("GET", "/gradio_api/queue/data", params={"session_hash": page.session}) as stream:
        return next((line for line in stream.iter_lines() if '"msg":"process_completed"' in line), "")


def bodies(arena: Arena) -> str:
    """The answer to a body of 100 MB, and the longest that others wait meanwhile."""
    waits, stop = list[float](), threading.Event()
    with ThreadPoolExecutor() as pool:
        pool.submit(_look, arena.url, waits, stop)
        start = time.monotonic()
        try:
            body = b'{"data": ["' + b"x" * LARGE + b'"], "fn_index": 0, "session_hash": "a"}'
            join = f"{arena.url}/gradio_api/queue/join"
            said = str(
                httpx.post(join, content=body, headers={"content-type": "application/json"}, timeout=120).status_code
            )
        except httpx.TransportError as error:
            said = f"broken off ({type(error).__name__})"
        seconds = time.monotonic() - start
        stop.set()
    return f"{said} after {seconds:.2f} s; others waited {max(waits, default=0.0):.2f} s at most"


def _look(url: str, waits: list[float], stop: threading.Event) -> None:
    while not stop.wait(0.05):
        start = time.monotonic()
        httpx.get(f"{url}/theme.css", timeout=120)
        waits.append(time.monotonic() - start)


def cookies(arena: Arena) -> str:
    """Whether a rater keeps the identity beside other cookies of the host."""
    lost = 0
    for odd in ('prefs={"a": "b"}', "valueless", f"{NAME}=tossed"):
        own = httpx.get(arena.url).cookies[NAME]
        lost += "set-cookie" in httpx.get(arena.url, headers={"cookie": f"{odd}; {NAME}={own}"}).headers
    return f"{lost} of 3 lose the identity"


def queue(arena: Arena) -> str:
    """How long another rater waits for a battle: alone, and beside 150 drawings of 5 cookies."""
    with Page(arena.url) as other:
        alone = statistics.median(_drawn(other) for _ in range(3))
        pages = [Page(arena.url) for _ in range(COOKIES)]
        bodies = [page.body("draw", ["a boat", number, "quality"], {}) for number, page in enumerate(pages)]

        def join(number: int) -> int:
            return (
                pages[number % COOKIES].http.post("/gradio_api/queue/join", json=bodies[number % COOKIES]).status_code
            )

        with ThreadPoolExecutor(DRAWS) as pool:
            joined = [pool.submit(join, number) for number in range(DRAWS)]
            time.sleep(1.0)
            beside = _drawn(other)
            codes = [one.result() for one in joined]
        for page in pages:
            page.http.close()
    taken = codes.count(200)
    return f"{alone:.2f} s alone, {beside:.2f} s beside {taken} that joined and {DRAWS - taken} refused"


def _drawn(page: Page) -> float:
    start = time.monotonic()
    if '"success":true' not in page.draw("a boat"):
        raise RuntimeError("nothing was drawn")
    return time.monotonic() - start


def log(arena: Arena) -> str:
    """How many lines are no JSON, and whether what was sent is in them."""
    word = "zeppelinmarmalade"
    with Page(arena.url) as page:
        for data in ([word, -1, "quality"], [word, 7, word], [word]):
            page.ask("draw", *data)
        page.vote(f"{word}\n{{}}\n" * 9, token=word)
    lines, bad = arena.said.splitlines(), 0
    for line in lines:
        try:
            json.loads(line)
        except ValueError:
            bad += 1
    longest, told = max(map(len, lines)), _yes(word in arena.said)
    return f"{bad} of {len(lines)} lines are no JSON, longest {longest:,}; words of theirs: {told}"


ATTACKS: dict[str, tuple[Callable[[Arena], str], dict[str, str]]] = {
    "doors that nothing here uses": (doors, {}),
    "another site's page": (origins, {}),
    "forged X-Forwarded-For": (addresses, {"HUB_BATTLES_PER_MINUTE": "2", "HUB_ADDRESS_FACTOR": "1"}),
    "a body of 100 MB": (bodies, {}),
    "other cookies of the host": (cookies, {}),
    "150 drawings of 5 cookies": (queue, {}),
    "bad requests in the log": (log, {}),
}


def main(root: Annotated[Path, typer.Option(help="The checkout to attack.")] = served.ROOT) -> None:
    """Attack a served arena of this machine, each time a fresh one, and print what came of it (about two minutes)."""
    for name, (attack, settings) in ATTACKS.items():
        with arena_of(root.resolve(), **settings) as arena:
            print(f"{name}: {attack(arena)}", flush=True)


if __name__ == "__main__":
    make_command(main, "python -m tests.attacks.server --root ../before")(prog_name="python -m tests.attacks.server")
