"""ZeroGPU: with a stand-in for the ``spaces`` package, which forks as it does, and pickles what comes back."""

import inspect
import json
import multiprocessing
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from hub.engine import zero
from hub.engine.zero import FIRST, LONGEST, MEASURED, MOVING, OnZero, load_spaces, on_zero
from hub.errors import Cancelled, GenerationError, ModerationError, UnknownName
from hub.generators import (
    GENERATORS,
    Accepts,
    Draw,
    NamedPictures,
    OnProgress,
    Placement,
    Sampling,
    ignore_progress,
    register_file,
    roster,
)
from hub.generators.facts import facts
from hub.jobs import Jobs, JobState
from hub.jobs.runner import LOOK
from hub.registry import Registry
from hub.schema import Request
from tests.asking import asking, noting
from tests.hub.jobs.made import MODULES, PRETEND
from tests.hub.ui.served import FAKES, Page, environment, served

ROOT = Path(__file__).parents[3]
STAND_IN = """
import json, os, pathlib, sys

LOG = pathlib.Path(os.environ["SPACES_LOG"])
if "torch" in sys.modules:
    raise RuntimeError("CUDA has been initialized before importing the `spaces` package.")

def note(**facts):
    with LOG.open("a") as file:
        file.write(json.dumps(facts) + "\\n")

note(event="imported")

def GPU(*, duration):
    def decorated(task):
        note(event="decorated", name=task.__self__.name)
        def run(*args):
            note(event="drawn", name=task.__self__.name, seconds=duration(*args))
            yield from task(*args)
        return run
    return decorated
"""


class Sketch:
    """A generator that does as its test says."""

    name, title, method, licence = "sketch", "Sketch", "m", "MIT"
    weights: tuple[Path, ...] = ()
    sampling = Sampling()
    accepts, remote, hidden = Accepts(image=True), False, True

    def __init__(self, draw: Draw) -> None:
        self._draw, self.places = draw, list[Placement]()

    def load(self, place: Placement) -> Draw:
        """See Generator."""
        self.places.append(place)
        return self._draw


def plain(request: Request, pictures: NamedPictures, on_progress: OnProgress) -> Image.Image:
    """Draw in two steps."""
    on_progress(0.5)
    on_progress(1.0)
    return Image.new("RGB", (8, 8), (request.seed, 0, 0))


class Forking:
    """``spaces.GPU`` as the package has it: the task runs in a fork; what goes there and what it yields is pickled."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.error: Exception | None = None

    def GPU(self, *, duration: Callable[[Request, NamedPictures], int]) -> Callable[[Any], Any]:  # noqa: N802
        """See Spaces."""
        context = multiprocessing.get_context("fork")

        def decorate(task: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
            def run(*args: Any) -> Iterator[Any]:
                self.asked.append(duration(*args))
                if self.error:
                    raise self.error
                ours, theirs = context.Pipe()
                ours.send(args)

                def work() -> None:
                    for one in task(*theirs.recv()):
                        theirs.send(one)
                    theirs.send(None)

                process = context.Process(target=work, daemon=True)
                process.start()
                theirs.close()
                while (found := ours.recv()) is not None:
                    yield found
                process.join()

            return run

        return decorate


def zeroed(draw: Draw, spaces: Any = None) -> tuple[OnZero, Any]:
    """A loaded generator on ZeroGPU, and the package."""
    spaces = spaces or Forking()
    made = OnZero(Sketch(draw), spaces)
    made.load(Placement("cuda", compile=True))
    return made, spaces


def test_a_picture_and_its_progress_come_back_from_the_fork() -> None:
    made, spaces = zeroed(plain)
    heard: list[float] = []
    image = made.draw(asking("a cat", 7), {}, noting(heard))
    assert (image.getpixel((0, 0)), heard) == ((7, 0, 0), [0.5, 1.0])
    assert spaces.asked == [FIRST]
    assert made.title == "Sketch"


def test_its_facts_are_those_of_the_one_inside_by_every_python(tmp_path: Path) -> None:
    (name,) = register_file(_entry(tmp_path))
    inside = GENERATORS[name]
    try:
        made = OnZero(inside, Forking())
        assert facts(made) == facts(inside)
        for member in ("facts", "check"):  # Python 3.12 looks for a protocol's members past __getattr__
            assert inspect.getattr_static(made, member)
    finally:
        del GENERATORS._items[name]


def _entry(folder: Path) -> Path:
    file = folder / "models.toml"
    file.write_text('lent = { kind = "diffusers", model = "a/b", steps = 1, guidance_scale = 0.0, licence = "MIT" }')
    return file


def test_a_model_is_loaded_once_and_not_compiled() -> None:
    sketch = Sketch(plain)
    made = OnZero(sketch, Forking())
    assert made.load(Placement("cuda", compile=True)) == made.load(Placement("cuda")) == made.draw
    assert sketch.places == [Placement("cuda")]


@pytest.mark.parametrize(
    ("seconds", "asked"), [([2.0] * MEASURED, 3 + MOVING), ([2.0] * (MEASURED - 1), FIRST), ([500.0] * 9, LONGEST)]
)
def test_the_duration_is_the_p95_with_a_margin(seconds: list[float], asked: int) -> None:
    made, _ = zeroed(plain)
    for one in seconds:
        made._seconds.add("sketch", one)
    assert made.duration(asking("a cat", 1), {}) == asked


def test_durations_are_measured_where_it_draws() -> None:
    def slow(request: Request, pictures: NamedPictures, on_progress: OnProgress) -> Image.Image:
        time.sleep(0.05)
        return plain(request, pictures, on_progress)

    made, spaces = zeroed(slow)
    for _ in range(MEASURED + 1):
        made.draw(asking("a cat", 7), {}, ignore_progress)
    assert spaces.asked == [FIRST] * MEASURED + [1 + MOVING]


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (ModerationError("held back"), ModerationError, "held back"),
        (RuntimeError("a prompt"), GenerationError, "failed on this prompt"),
    ],
)
def test_what_fails_in_the_fork_is_one_sentence_here(error: Exception, kind: type[Exception], message: str) -> None:
    def broken(request: Request, pictures: NamedPictures, on_progress: OnProgress) -> Image.Image:
        raise error

    made, _ = zeroed(broken)
    with pytest.raises(kind, match=message):
        made.draw(asking("a cat", 7), {}, ignore_progress)


def test_why_no_gpu_is_lent_is_told() -> None:
    class Quota(Exception):
        message = "You have exceeded your GPU quota"

    made, spaces = zeroed(plain)
    spaces.error = Quota()
    with pytest.raises(GenerationError, match="exceeded your GPU quota"):
        made.draw(asking("a cat", 7), {}, ignore_progress)


def test_a_gpu_that_is_taken_back_is_told() -> None:
    class Silent:
        def GPU(self, *, duration: Any) -> Callable[[Any], Any]:  # noqa: N802
            return lambda task: lambda *args: iter([0.5])

    made, _ = zeroed(plain, Silent())
    with pytest.raises(GenerationError, match="taken back"):
        made.draw(asking("a cat", 7), {}, ignore_progress)


def test_a_drawing_that_nobody_waits_for_stops() -> None:
    ended: list[str] = []

    def endless(request: Request, pictures: NamedPictures, on_progress: OnProgress) -> Image.Image:
        try:
            while True:
                on_progress(0.1)
                time.sleep(0.01)
        finally:
            ended.append("stopped")

    class Here:
        def GPU(self, *, duration: Any) -> Callable[[Any], Any]:  # noqa: N802
            return lambda task: task

    made, _ = zeroed(endless, Here())

    def nobody(share: float, preview: object = None) -> None:
        raise Cancelled("no")

    with pytest.raises(Cancelled):
        made.draw(asking("a cat", 7), {}, nobody)
    end = time.monotonic() + 60
    while not ended and time.monotonic() < end:
        time.sleep(0.01)
    assert ended == ["stopped"]


def test_only_what_draws_on_cuda_here_is_lent_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    here, away = Sketch(plain), Sketch(plain)
    away.remote = True
    registry: Registry[Any] = Registry("generator", "hub.errors")
    registry._discovered = True
    registry.register(lambda: here)
    monkeypatch.setattr(zero, "GENERATORS", registry)
    for devices, count in ((("cpu",), 0), ((), 1), (("cuda:0",), 1)):
        registry._items["sketch"] = here
        lent = on_zero(Forking(), [here, away], devices)
        assert len(lent) == count
        assert isinstance(registry["sketch"], OnZero) is bool(count)
        assert on_zero(Forking(), list(lent), devices) == ()
    with pytest.raises(UnknownName):
        registry.replace(type("Other", (), {"name": "other"})())


def test_without_the_package_nothing_is_lent() -> None:
    assert load_spaces() is None
    assert not any(isinstance(generator, OnZero) for generator in GENERATORS)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A folder with the stand-in."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "spaces.py").write_text(STAND_IN)
    return folder


def test_the_package_is_imported_before_torch(package: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from hub.settings import Settings; from hub.ui.page import build_app; "
        f"arena = build_app(Settings(data=Path({str(tmp_path / 'data')!r}), filters=('none',))); "
        "print([one.name for one in arena.lent], 'torch' in sys.modules)"
    )
    env = environment(SPACES_LOG=str(tmp_path / "log"), PYTHONPATH=f"{ROOT}:{package}")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env, cwd=ROOT)
    names = sorted(one.name for one in roster())  # all of them draw here
    assert done.stdout.strip() == f"{names} False"
    events = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    told = [(one["event"], one.get("name")) for one in events]
    assert told == [("imported", None), *(("decorated", name) for name in names)]


def test_an_arena_with_the_package_draws_in_its_function(package: Path, tmp_path: Path) -> None:
    log = tmp_path / "spaces-log"
    env = {"SPACES_LOG": str(log), "PYTHONPATH": f"{ROOT}:{package}"}
    with served(tmp_path, FAKES, ("gouache-fake", "fresco-fake"), **env) as arena, Page(arena.url) as page:
        jobs = Jobs(arena.data, MODULES)
        job = jobs.start(PRETEND, ["--steps", "4"])
        page.draw("a cat")
        assert "your vote is saved" in page.vote("a")
        time.sleep(3 * LOOK)
        assert jobs.watch(job).state is JobState.queued  # no GPU is lent to a process of its own
    events = [json.loads(line) for line in log.read_text().splitlines()]
    drawn = {one["name"]: one["seconds"] for one in events if one["event"] == "drawn"}
    assert drawn == {"gouache-fake": FIRST, "fresco-fake": FIRST}
    assert "Traceback" not in arena.said
