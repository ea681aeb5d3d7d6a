"""The Ray engine on a cluster of two nodes: the same bytes, and a killed worker costs nothing but time."""

import io
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from eval.features.feature_space import FeatureSpace
from eval.features.feature_store import FeatureStore
from eval.features.ray_features import encode_ahead
from eval.features.sources import load_pictures
from eval.features.stream import encode_pictures
from eval.sample import ManifestEntry, draw_requests, read_manifest
from hub.battle import SlotDrawing
from hub.engine import ServingEngine
from hub.engine.local_engine import LocalEngine
from hub.engine.ray_engine import TRIES, RayEngine
from hub.errors import Cancelled, GenerationError, RequestError, UnknownName
from hub.generators import GENERATORS, ignore_progress, register_file, roster
from hub.generators.entries.mock import FAILS
from hub.generators.model_store import ModelStore
from hub.paths import cache_dir
from hub.schema import Term
from hub.settings import EngineName, Settings
from hub.ui.drawing import Done, Event, Progress, draw_each
from tests.asking import asking, asking_each
from tests.hub.engine import slow
from tests.hub.generators.models import write_model

pytestmark = [pytest.mark.ray, pytest.mark.filterwarnings("ignore")]  # Ray warns of what is its own
STORE = 100 * 2**20
ROOT = Path(__file__).parents[3]


def until(there: Callable[[], Any], seconds: float = 60.0) -> Any:
    """Wait for something to be there."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := there():
            return found
        time.sleep(0.02)
    raise TimeoutError


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The gate's file: while it is there, what is slow does not finish. Beside it are the ids of those that worked."""
    return tmp_path_factory.mktemp("ray") / "gate"


@pytest.fixture(scope="module")
def settings(held: Path) -> Iterator[Settings]:
    """The settings of a cluster of two nodes, whose workers know what is slow."""
    from hub.engine.ray_cluster import LOOPBACK, QUIET

    os.environ.update(QUIET | LOOPBACK | {"SLOW_GATE": str(held)})
    import ray
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 2, "object_store_memory": STORE}
    cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    cluster.add_node(**node)
    variables = {"SLOW_GATE": str(held), "PYTHONPATH": str(ROOT)}
    runtime = {"env_vars": variables, "worker_process_setup_hook": "tests.hub.engine.slow.register"}
    ray.init(cluster.address, log_to_driver=False, logging_level="ERROR", runtime_env=runtime)
    slow.register()
    yield Settings(engine=EngineName.ray, ray_address=cluster.address, generators=("mock", "slow-mock"))
    ray.shutdown()
    cluster.shutdown()


@pytest.fixture(scope="module")
def engine(settings: Settings) -> ServingEngine:
    """The engine on it."""
    return RayEngine(settings)


@pytest.fixture
def gate(held: Path) -> Iterator[Path]:
    """The gate, closed, and nobody has worked yet."""
    (held.parent / "pids").unlink(missing_ok=True)
    held.touch()
    yield held
    held.unlink(missing_ok=True)


def pids(gate: Path) -> list[int]:
    """Processes that worked, in their order."""
    path = gate.parent / "pids"
    return [int(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_the_same_bytes_and_setup_as_the_local_engine(engine: ServingEngine) -> None:
    there, here = (one.draw("galip", asking("a red apple", 5), ignore_progress) for one in (engine, LocalEngine("cpu")))
    assert there.png == here.png
    assert there.setup == here.setup
    assert there.sample.model_copy(update={"seconds": 0}) == here.sample.model_copy(update={"seconds": 0})


def test_an_image_a_parameter_and_a_mix_travel_with_the_request(settings: Settings) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (32, 32), "red").save(buffer, "png")
    pictures = {"5" * 64: buffer.getvalue()}
    there, here = RayEngine(settings, pictures.__getitem__), LocalEngine("cpu", read=pictures.__getitem__)
    mix = (Term(weight=2.0, prompt="a cat"), Term(weight=-1.0, image="5" * 64))
    asked = [asking("a cat", 3, image="5" * 64, parameters={"turn": 90.0}), asking("a cat", 3), asking("", 3, mix=mix)]
    local = [here.draw("mock", request, ignore_progress).png for request in asked]
    assert len(set(local)) == 3
    assert [there.draw("mock", request, ignore_progress).png for request in asked] == local
    assert [one.png for one in there.draw_all("mock", asked)] == local
    assert [one.sample.request for one in there.draw_all("mock", asked)] == asked
    with pytest.raises(RequestError, match="takes no parameter"):
        list(there.draw_all("mock", [asked[1], asking("a cat", 3, parameters={"size": 1})]))


def test_whoever_looks_sees_how_far_a_drawing_on_a_worker_is(engine: ServingEngine, gate: Path) -> None:
    jobs = {"b": SlotDrawing("slow-mock", asking("a cow", 3))}
    seen: list[bytes] = []
    for news in draw_each(engine, jobs, "rater", previews=True):
        seen += [event.preview for event in news if isinstance(event, Progress) and event.preview]
        if seen:
            gate.unlink(missing_ok=True)
    assert Image.open(io.BytesIO(seen[0])).getpixel((0, 0)) == (0, 0, 255)
    gate.touch()
    for news in draw_each(engine, jobs, "rater"):
        assert not any(event.preview for event in news if isinstance(event, Progress))
        if any(isinstance(event, Progress) for event in news):
            gate.unlink(missing_ok=True)


def test_errors_are_the_hubs(engine: ServingEngine) -> None:
    with pytest.raises(GenerationError, match="asked to fail"):
        engine.draw("mock", asking(FAILS, 0), ignore_progress)
    with pytest.raises(UnknownName):
        engine.draw("nobody", asking("a cat", 0), ignore_progress)


def test_a_worker_killed_in_mid_battle_draws_the_side_again(engine: ServingEngine, gate: Path) -> None:
    jobs = {"a": SlotDrawing("mock", asking("a cat", 3)), "b": SlotDrawing("slow-mock", asking("a cat", 3))}
    heard: list[Event[str]] = []
    for news in draw_each(engine, jobs, "rater"):
        heard += news
        if gate.exists() and any(isinstance(event, Progress) and event.key == "b" for event in heard):
            os.kill(pids(gate)[0], signal.SIGKILL)
            gate.unlink()
    done = {event.key: event.drawn for event in heard if isinstance(event, Done)}
    assert set(done) == {"a", "b"}
    assert len(set(pids(gate))) == 2
    assert done["b"].png == LocalEngine().draw("slow-mock", asking("a cat", 3), ignore_progress).png


def test_a_closed_page_stops_its_drawing_on_the_worker(engine: ServingEngine, gate: Path) -> None:
    drawings = draw_each(engine, {"b": SlotDrawing("slow-mock", asking("a dog", 1))}, "rater")
    next(news for news in drawings if news)
    drawings.close()
    asked = engine.ask("slow-mock", asking("a dog", 2), ignore_progress, "rater", "")
    until(lambda: len(pids(gate)) == 2)  # the worker is free, though the gate is closed
    asked.cancel()
    with pytest.raises(Cancelled):
        asked.result.result(timeout=60)


def plain(folder: Path) -> list[ManifestEntry]:
    """A manifest without what is measured by the clock and the host."""
    return [entry.model_copy(update={"seconds": 0, "peak_bytes": None}) for entry in read_manifest(folder)]


def test_a_sample_run_is_that_of_the_local_engine_though_a_worker_dies(
    engine: ServingEngine, gate: Path, tmp_path: Path
) -> None:
    jobs = [asking(prompt, seed) for prompt in ("a cat", "a dog") for seed in range(3)]

    def kill() -> None:
        os.kill(until(lambda: pids(gate))[0], signal.SIGKILL)
        gate.unlink()

    killer = threading.Thread(target=kill)
    killer.start()
    draw_requests(engine, "slow-mock", jobs, tmp_path / "there")
    killer.join()
    draw_requests(LocalEngine(), "slow-mock", jobs, tmp_path / "here")
    assert plain(tmp_path / "there") == plain(tmp_path / "here")
    for entry in read_manifest(tmp_path / "here"):
        assert (tmp_path / "there" / entry.file).read_bytes() == (tmp_path / "here" / entry.file).read_bytes()
    with pytest.raises(GenerationError, match="asked to fail"):
        draw_requests(engine, "mock", asking_each([("a cat", 0), (FAILS, 0), ("a cat", 1)]), tmp_path / "fails")
    assert [(entry.prompt, entry.seed) for entry in read_manifest(tmp_path / "fails")] == [("a cat", 0)]


def test_what_runs_elsewhere_is_connected_to_by_its_worker(engine: ServingEngine, tmp_path: Path) -> None:
    file = tmp_path / "models.toml"
    file.write_text('gone = { kind = "space", space = "http://127.0.0.1:9", api_name = "/x", licence = "MIT" }')
    (name,) = register_file(file)
    try:
        found = dict(engine.prepare(["mock", name]))
    finally:
        del GENERATORS._items[name]
    assert found["mock"] == ""
    assert found[name].startswith("http://127.0.0.1:9 can't be used as a Space")


def test_what_kills_each_worker_ends_after_some_tries(engine: ServingEngine, gate: Path) -> None:
    gate.unlink()
    with pytest.raises(GenerationError, match="died again and again"):
        list(engine.draw_all("slow-mock", [asking(slow.KILLS, 0)]))
    assert len(pids(gate)) == TRIES
    with pytest.raises(GenerationError, match="died again and again"):
        engine.draw("slow-mock", asking(slow.KILLS, 0), ignore_progress)
    assert len(pids(gate)) == 2 * TRIES
    assert engine.draw("slow-mock", asking("a cat", 0), ignore_progress).png


def test_scores_are_those_of_one_process_though_a_worker_dies(settings: Settings, gate: Path, tmp_path: Path) -> None:
    source, rng = tmp_path / "pictures", np.random.default_rng(0)
    source.mkdir()
    for number in range(150):
        array = rng.integers(0, 256, (16, 16, 3), np.uint8) if number % 40 else np.zeros((16, 16, 3), np.uint8)
        Image.fromarray(array).save(source / f"{number:03}.png")
    (source / "010b.png").write_bytes(b"no picture")
    stores = {place: FeatureStore(tmp_path / f"{place}.sqlite") for place in ("here", "there")}
    space = FeatureSpace(slow.SlowEncoder(), stores["there"], device="cpu")

    def kill() -> None:
        os.kill(until(lambda: pids(gate))[0], signal.SIGKILL)
        gate.unlink()

    killer = threading.Thread(target=kill)
    killer.start()
    encode_ahead([str(source)], [space], stores["there"], settings)
    killer.join()
    done = len(pids(gate))
    pictures = load_pictures(str(source))
    found = {place: encode_pictures(pictures, slow.Network, space.name, store, "") for place, store in stores.items()}
    assert found["there"].computed == 0
    assert found["here"].computed == 147
    assert found["there"].features.tobytes() == found["here"].features.tobytes()
    assert [one.name for one in found["there"].broken] == ["010b.png"]
    assert found["there"].sha256 == found["here"].sha256
    assert done >= 4  # three batches, one of them twice
    encode_ahead([str(source)], [space], stores["there"], settings)
    assert len(pids(gate)) == done + 3  # nothing was encoded again; the three are those of this process


def test_a_model_made_at_run_time_is_sent_to_the_workers(engine: ServingEngine, tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "data")
    store.add(write_model(tmp_path / "mine"))
    roster((), tmp_path / "data")
    try:
        here = LocalEngine("cpu").draw("mine", asking("a cat", 3), ignore_progress)
        assert engine.draw("mine", asking("a cat", 3), ignore_progress).png == here.png
        (store.folder / "mine").rename(tmp_path / "moved")  # the workers to come can't see it
        (there,) = engine.draw_all("mine", asking_each([("a cat", 3)]))
        assert there.png == here.png
        assert there.setup == here.setup
        engine.forget("mine")
        GENERATORS.remove("mine")
        with pytest.raises(UnknownName):
            engine.draw("mine", asking("a cat", 3), ignore_progress)
        store.add(write_model(tmp_path / "mine", 1))
        roster((), tmp_path / "data")
        assert (
            engine.draw("mine", asking("a cat", 3), ignore_progress).png
            == LocalEngine("cpu").draw("mine", asking("a cat", 3), ignore_progress).png
        )
        assert engine.draw("mine", asking("a cat", 3), ignore_progress).png != here.png
    finally:
        GENERATORS.remove("mine")
        for folder in (cache_dir() / "models").iterdir():
            if (folder / "mine").is_dir():
                shutil.rmtree(folder)
