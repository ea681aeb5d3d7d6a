"""The local engine on mock devices: parallel on several, in turn on one, and out of memory harms nobody else."""

import io
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
from PIL import Image

from hub import devices
from hub.engine.hardware import CALLS, Torch, effort, estimated, is_out_of_memory
from hub.engine.local_engine import LocalEngine
from hub.engine.open_engine import open_engine
from hub.engine.placement import Device, Size
from hub.engine.ray_engine import RayEngine
from hub.errors import Cancelled, GenerationError, HubError, MissingFile, RemoteError
from hub.generators import GENERATORS, Draw, Generator, OnProgress, Placement, ignore_progress
from hub.settings import EngineName, Settings
from tests.asking import asking
from tests.hub.engine.mocks import MockHardware, MockModel, models

NAMES = ("one", "two", "three")
PATIENCE = 60.0  # seconds after which something hangs


@pytest.fixture
def hardware() -> MockHardware:
    """One device of 1000 bytes."""
    return MockHardware(1000)


def made(name: str, hardware: MockHardware, size: int, working: int = 0, seconds: float = 0.0) -> partial[MockModel]:
    """A model that gets its file later."""
    return partial(MockModel, name, hardware, size=size, working=working, seconds=seconds)


def meeting(count: int) -> OnProgress:
    """Progress that goes on in the middle of drawings once so many of them are there; raises where they never are."""
    together = threading.Barrier(count)

    def meet(share: float, preview: object = None) -> None:
        if share == 0.5:
            together.wait(PATIENCE)

    return meet


@pytest.mark.parametrize("count", [1, 2, 3])
def test_k_devices_draw_k_sides_at_the_same_time(tmp_path: Path, count: int) -> None:
    hardware = MockHardware(*[1000] * count)
    with models(tmp_path, *(made(name, hardware, 600) for name in NAMES[:count])):
        engine = LocalEngine(hardware=hardware)
        list(engine.prepare(NAMES[:count]))
        meet = meeting(count)
        asked = [engine.ask(name, asking("a cat", 0), meet, "", "") for name in NAMES[:count]]
        assert {one.result.result().setup.device for one in asked} == {device.name for device in hardware.all}


def test_one_device_draws_one_at_a_time(tmp_path: Path, hardware: MockHardware) -> None:
    with models(tmp_path, *(made(name, hardware, 200, seconds=0.05) for name in NAMES)) as there:
        engine = LocalEngine(hardware=hardware)
        most = []

        def watched(share: float, preview: object = None) -> None:
            most.append(sum(model.drawing["gpu0"] for model in there))

        asked = [engine.ask(name, asking("a cat", seed), watched, "", "") for seed in range(3) for name in NAMES]
        for one in asked:
            one.result.result()
        assert max(most) == 1


def test_a_drawing_has_the_context_of_whoever_asked(tmp_path: Path, hardware: MockHardware) -> None:
    who, seen = ContextVar("who", default="nobody"), []
    with models(tmp_path, made("one", hardware, 200)):
        who.set("a visitor")
        asked = LocalEngine(hardware=hardware).ask(
            "one", asking("a cat", 0), lambda share, preview=None: seen.append(who.get()), "", ""
        )
        who.set("the next one")
        asked.result.result()
    assert set(seen) == {"a visitor"}


def test_a_set_is_drawn_on_every_device_that_has_room(tmp_path: Path) -> None:
    hardware = MockHardware(1000, 1000)
    with models(tmp_path, made("one", hardware, 600, seconds=0.1)) as (model,):
        engine = LocalEngine(hardware=hardware)
        drawn = list(engine.draw_all("one", [asking("a cat", seed) for seed in range(8)]))
        assert {one.setup.device for one in drawn} == {"gpu0", "gpu1"}
        assert [one.sample.seed for one in drawn] == list(range(8))
        assert len(model.loads) == 2
        assert model.most == 1


def test_the_same_bytes_whatever_the_devices(tmp_path: Path) -> None:
    digests = []
    for number, capacities in enumerate([(1000,), (700, 700), (5000, 5000, 5000)]):
        hardware = MockHardware(*capacities)
        with models(tmp_path / str(number), *(made(name, hardware, 600) for name in NAMES)):
            engine = LocalEngine(hardware=hardware)
            with ThreadPoolExecutor(8) as pool:
                jobs = [(name, seed) for seed in range(4) for name in NAMES]
                drawn = pool.map(
                    lambda job, engine=engine: engine.draw(job[0], asking("a cat", job[1]), ignore_progress).png, jobs
                )
                digests.append(list(drawn))
    assert digests[0] == digests[1] == digests[2]


def test_a_switch_of_models_frees_the_first_ones_memory(tmp_path: Path, hardware: MockHardware) -> None:
    with models(tmp_path, *(made(name, hardware, 600) for name in NAMES[:2])) as (one, two):
        engine = LocalEngine(hardware=hardware)
        for name in ("one", "two", "one"):
            engine.draw(name, asking("a cat", 0), ignore_progress)
            assert hardware.bytes["gpu0"] == 600
        assert (len(one.loads), len(two.loads)) == (2, 1)


def test_models_that_do_not_fit_together_do_not_take_turns_at_each_picture(
    tmp_path: Path, hardware: MockHardware
) -> None:
    with models(tmp_path, *(made(name, hardware, 600, seconds=0.01) for name in NAMES[:2])) as (one, two):
        engine = LocalEngine(hardware=hardware)
        asked = [
            engine.ask(name, asking("a cat", seed), ignore_progress, name, "")
            for seed in range(16)
            for name in NAMES[:2]
        ]
        for ticket in asked:
            ticket.result.result()
        assert len(one.loads) + len(two.loads) <= 6  # and not 32


def test_one_that_waits_for_room_is_not_passed_over_for_ever(tmp_path: Path, hardware: MockHardware) -> None:
    with models(tmp_path, *(made(name, hardware, 600, seconds=0.02) for name in NAMES[:2])):
        engine = LocalEngine(hardware=hardware)
        engine.draw("one", asking("a cat", 0), ignore_progress)
        stop, left = threading.Event(), threading.Semaphore(0)

        def again(_: object = None) -> None:
            if stop.is_set():
                left.release()
            else:
                engine.ask("one", asking("a cat", 0), ignore_progress, "greedy", "").result.add_done_callback(again)

        for _ in range(4):
            again()
        engine.ask("two", asking("a cat", 0), ignore_progress, "patient", "").result.result(timeout=PATIENCE)
        stop.set()
        assert all(left.acquire(timeout=PATIENCE) for _ in range(4))


def test_out_of_memory_is_tried_once_more_alone(tmp_path: Path, hardware: MockHardware) -> None:
    with models(
        tmp_path, made("one", hardware, 300), made("two", hardware, 300, working=600), made("three", hardware, 100)
    ) as (one, two, _):
        engine = LocalEngine(hardware=hardware)
        engine.draw("one", asking("a cat", 0), ignore_progress)  # by its file two fits beside it; drawing, it does not
        assert engine.draw("two", asking("a cat", 0), ignore_progress).png
        assert hardware.bytes["gpu0"] == 300
        engine.draw("three", asking("a cat", 0), ignore_progress)  # two is known to need 900 now, so that both may stay
        engine.draw("two", asking("a cat", 1), ignore_progress)
        assert [place.offload for place in two.loads] == [False]
        assert len(one.loads) == 1


def test_what_is_too_large_even_alone_is_brought_in_parts(tmp_path: Path, hardware: MockHardware) -> None:
    with models(tmp_path, made("one", hardware, 700, working=600), made("two", hardware, 300)) as (one, _):
        engine = LocalEngine(hardware=hardware)
        engine.draw("two", asking("a cat", 0), ignore_progress)
        assert engine.draw("one", asking("a cat", 0), ignore_progress).png
        assert [place.offload for place in one.loads] == [False, True]
        engine.draw("two", asking("a cat", 0), ignore_progress)
        engine.draw("one", asking("a cat", 1), ignore_progress)
        assert [place.offload for place in one.loads] == [False, True, True]  # it is not tried whole again


def test_what_runs_out_of_memory_in_parts_too_is_one_sentence_and_harms_nobody(
    tmp_path: Path, hardware: MockHardware
) -> None:
    with models(tmp_path, made("one", hardware, 500, working=2000), made("two", hardware, 300, seconds=0.05)):
        engine = LocalEngine(hardware=hardware)
        asked = [
            engine.ask(name, asking("a cat", seed), ignore_progress, name, "")
            for seed in range(3)
            for name in ("two", "one")
        ]
        for ticket in asked:
            if ticket.name == "two":
                assert ticket.result.result().png
            else:
                with pytest.raises(GenerationError, match="even alone"):
                    ticket.result.result()
        assert hardware.bytes["gpu0"] <= 300


def test_a_larger_device_takes_what_the_smaller_ran_out_with(tmp_path: Path) -> None:
    hardware = MockHardware(1000, 3000)
    with models(tmp_path, made("one", hardware, 500, working=2000), made("two", hardware, 2900, seconds=0.1)) as (
        one,
        _,
    ):
        engine = LocalEngine(hardware=hardware)
        beside = engine.ask("two", asking("a cat", 0), ignore_progress, "", "")  # takes the larger one, for a while
        drawn = engine.draw("one", asking("a cat", 0), ignore_progress)
        assert (drawn.setup.device, [place.device for place in one.loads]) == ("gpu1", ["gpu0", "gpu1"])
        assert beside.result.result().png


def test_one_that_fits_no_device_is_refused_with_a_sentence(tmp_path: Path) -> None:
    hardware = MockHardware(1000, offloads=False)
    with models(tmp_path, made("one", hardware, 5000)) as (one,), pytest.raises(GenerationError, match="HUB_DEVICES"):
        LocalEngine(hardware=hardware).draw("one", asking("a cat", 0), ignore_progress)
    assert one.loads == []


def test_what_runs_elsewhere_draws_several_at_a_time_and_needs_no_device(tmp_path: Path) -> None:
    hardware = MockHardware(1000)
    with models(tmp_path, made("one", hardware, 5000)) as (one,):
        one.remote, one.size = True, 0
        engine, meet = LocalEngine(hardware=hardware), meeting(CALLS)
        asked = [engine.ask("one", asking("a cat", seed), meet, str(seed), "") for seed in range(2 * CALLS)]
        for ticket in asked:
            ticket.result.result()
        assert one.most == CALLS
        assert len(one.loads) == 1
        assert list(engine.prepare(["one"])) == [("one", "")]
        assert one.most == CALLS


def test_what_runs_elsewhere_is_connected_to_before_anybody_asks(
    tmp_path: Path, hardware: MockHardware, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(place: Placement) -> Draw:
        raise RemoteError("There is no such Space.")

    with models(tmp_path, *(made(name, hardware, 1) for name in NAMES[:2])) as (good, bad):
        good.remote = bad.remote = True
        monkeypatch.setattr(bad, "load", load)
        engine = LocalEngine(hardware=hardware)
        assert list(engine.prepare(NAMES[:2])) == [(NAMES[0], ""), (NAMES[1], "There is no such Space.")]
        assert (len(good.loads), good.most) == (1, 0)


def test_warming_up_loads_what_fits_and_evicts_nothing(tmp_path: Path, hardware: MockHardware) -> None:
    with models(tmp_path, *(made(name, hardware, 400) for name in NAMES)) as there:
        engine = LocalEngine(hardware=hardware, compile=True)
        assert list(engine.prepare([*NAMES, "mock"])) == [(NAMES[0], ""), (NAMES[1], ""), ("mock", "")]
        assert [len(model.loads) for model in there] == [1, 1, 0]
        assert there[0].loads[0].compile


def test_models_are_warmed_up_in_the_order_given_and_small_ones_cost_least(
    tmp_path: Path, hardware: MockHardware
) -> None:
    with models(
        tmp_path, *(made(name, hardware, size) for name, size in zip(NAMES, (300, 200, 100), strict=False))
    ) as there:
        engine = LocalEngine(hardware=hardware)
        assert [name for name, _ in engine.prepare(NAMES[:3])] == list(NAMES[:3])
        there[1].remote = True
        assert [model.name for model in sorted(there, key=effort)] == [NAMES[2], NAMES[0], NAMES[1]]


def test_a_party_whose_model_is_being_loaded_is_told_so(
    tmp_path: Path, hardware: MockHardware, monkeypatch: pytest.MonkeyPatch
) -> None:
    with models(tmp_path, made("one", hardware, 400, seconds=0.1)) as (model,):
        load, begun, held = model.load, threading.Event(), threading.Event()

        def slow(place: Placement) -> Draw:
            begun.set()
            held.wait(PATIENCE)
            return load(place)

        monkeypatch.setattr(model, "load", slow)
        engine = LocalEngine(hardware=hardware)
        asked = engine.ask("one", asking("a cat", 0), ignore_progress, "rater", "party")
        assert begun.wait(PATIENCE)
        assert (engine.loading("party"), engine.loading("another"), engine.place("party")) == (True, False, 0)
        held.set()
        asked.result.result()
        assert not engine.loading("party")
        drawing: list[bool] = []
        engine.ask(
            "one", asking("a cat", 1), lambda share, preview=None: drawing.append(engine.loading("again")), "", "again"
        ).result.result()
        assert not any(drawing)


def test_who_asks_while_the_devices_are_looked_at_need_not_wait_to_be_told(
    tmp_path: Path, hardware: MockHardware, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, begun, held = hardware.devices, threading.Event(), threading.Event()

    def slow(names: Sequence[str]) -> list[Device]:
        begun.set()
        held.wait(PATIENCE)
        return looks(names)

    monkeypatch.setattr(hardware, "devices", slow)
    with models(tmp_path, made("one", hardware, 400)):
        engine = LocalEngine(hardware=hardware)
        first = threading.Thread(target=lambda: engine.draw("one", asking("a cat", 0), ignore_progress))
        first.start()
        assert begun.wait(PATIENCE)
        asked, dropped = (
            engine.ask("one", asking("a cat", seed), ignore_progress, "", party) for seed, party in ((1, "p"), (2, "q"))
        )
        assert engine.loading("p")
        dropped.cancel()
        held.set()
        assert asked.result.result().sample.seed == 1
        with pytest.raises(Cancelled):
            dropped.result.result()
        assert not engine.loading("p")
        first.join()


def test_what_waits_can_be_cancelled_and_what_draws_stops_at_its_next_step(
    tmp_path: Path, hardware: MockHardware
) -> None:
    with models(tmp_path, made("one", hardware, 400)) as (model,):
        engine, begun, held, told = LocalEngine(hardware=hardware), threading.Event(), threading.Event(), list[float]()

        def hold(share: float, preview: object = None) -> None:
            told.append(share)
            if share:
                begun.set()
                held.wait(PATIENCE)

        drawn = engine.ask("one", asking("a cat", 0), hold, "", "p")
        waits = engine.ask("one", asking("a cat", 1), ignore_progress, "", "q")
        assert begun.wait(PATIENCE)
        assert (engine.place("p"), engine.place("q")) == (0, 1)
        assert engine.waiting() == {"one": 1}
        waits.cancel()
        with pytest.raises(Cancelled):
            waits.result.result(timeout=PATIENCE)
        drawn.cancel()
        held.set()
        with pytest.raises(Cancelled):
            drawn.result.result()
        assert told == [0.0, 0.1]
        assert model.drawing["gpu0"] == 0
        drawn.cancel()  # harmless
        begun.clear()
        held.clear()
        left = engine.ask("one", asking("a cat", 0), hold, "", "p")
        assert begun.wait(PATIENCE)
        engine.close()
        held.set()
        with pytest.raises(Cancelled):
            left.result.result(timeout=PATIENCE)


def test_an_engine_that_does_not_load_leaves_the_seat(tmp_path: Path, hardware: MockHardware) -> None:
    with models(tmp_path, made("one", hardware, 400), made("two", hardware, 900)) as (one, _):
        working = one.load
        one.load = lambda place: 1 // 0  # type: ignore[assignment,method-assign,return-value]
        engine = LocalEngine(hardware=hardware)
        for _ in range(2):
            with pytest.raises(GenerationError):
                engine.draw("one", asking("a cat", 0), ignore_progress)
        one.load = working  # type: ignore[method-assign]
        assert engine.draw("two", asking("a cat", 0), ignore_progress).png
        assert engine.draw("one", asking("a cat", 0), ignore_progress).png


def test_what_even_ends_its_thread_leaves_the_seat_and_is_told(tmp_path: Path, hardware: MockHardware) -> None:
    class Panic(BaseException):
        """As what Rust's code raises, of tokenizers for one."""

    def panic(place: Placement) -> Draw:
        raise Panic

    with models(tmp_path, made("one", hardware, 400), made("two", hardware, 900)) as (one, _):
        one.load = panic  # type: ignore[method-assign]
        engine = LocalEngine(hardware=hardware)
        with pytest.raises(GenerationError):
            engine.ask("one", asking("a cat", 0), ignore_progress, "", "").result.result(timeout=PATIENCE)
        assert engine.ask("two", asking("a cat", 0), ignore_progress, "", "").result.result(timeout=PATIENCE).png


def test_a_receipt_tells_what_was_compiled_or_brought_in_parts(tmp_path: Path, hardware: MockHardware) -> None:
    with models(tmp_path, made("one", hardware, 400), made("two", hardware, 5000)):
        for compile in (False, True):
            engine = LocalEngine(hardware=hardware, compile=compile)
            one, two, mock = (
                engine.draw(name, asking("a cat", 0), ignore_progress).setup for name in ("one", "two", "mock")
            )
            asked = {"compile": True} if compile else {}
            assert (one.parameters, two.parameters, mock.parameters) == (asked, {**asked, "offload": True}, {})


def test_what_came_by_loading_it_counts_where_memory_can_not_be_told(
    tmp_path: Path, hardware: MockHardware, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hardware, "held", lambda device: None)
    with models(tmp_path, made("one", hardware, 600), made("two", hardware, 600)) as (one, two):
        there, one.weights = one.weights, (tmp_path / "not fetched yet",)
        load = one.load

        def fetch(place: Placement) -> Draw:
            one.weights = there
            return load(place)

        one.load = fetch  # type: ignore[method-assign]
        engine = LocalEngine(hardware=hardware)
        engine.draw("one", asking("a cat", 0), ignore_progress)
        engine.draw(
            "two", asking("a cat", 0), ignore_progress
        )  # 1,200 bytes do not fit into 1,000: the first one leaves
        assert len(two.loads) == 1
        assert hardware.bytes["gpu0"] == 600


def test_a_picture_is_its_pixels_only(tmp_path: Path, hardware: MockHardware) -> None:
    image = Image.new("RGB", (8, 8))
    image.info = {"icc_profile": b"of a provider's own", "transparency": (0, 0, 0), "comment": "by one"}
    with models(tmp_path, made("one", hardware, 400)) as (one,):
        one.load = lambda place: lambda request, picture, on_progress: image  # type: ignore[method-assign]
        png = LocalEngine(hardware=hardware).draw("one", asking("a cat", 0), ignore_progress).png
    assert Image.open(io.BytesIO(png)).info == {}
    assert image.info


def test_files_are_looked_at_once_however_many_wait(
    tmp_path: Path, hardware: MockHardware, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []

    def looking(generator: Generator) -> Size:
        looks.append(generator.name)
        return estimated(generator)

    monkeypatch.setattr("hub.engine.known_models.estimated", looking)
    with models(tmp_path, made("one", hardware, 400)):
        engine = LocalEngine(hardware=hardware)
        asked = [engine.ask("one", asking("a cat", seed), ignore_progress, str(seed), "") for seed in range(9)]
        assert all(ticket.result.result().png for ticket in asked)
    assert looks == ["one"]


def test_a_damaged_file_is_one_sentence(tmp_path: Path, hardware: MockHardware) -> None:
    with models(tmp_path, made("one", hardware, 600)) as (one,):
        one.weights[0].write_bytes(b"cut off")
        with pytest.raises(MissingFile, match=r"weights\.safetensors is damaged"):
            LocalEngine(hardware=hardware).draw("one", asking("a cat", 0), ignore_progress)


def test_sizes_are_told_by_the_files_in_the_dtype_that_draws() -> None:
    size = estimated(GENERATORS["galip"])
    stored = sum(path.stat().st_size for path in GENERATORS["galip"].weights)
    assert 1.8 * stored < size.weights < 2.1 * stored  # half precision on disk, single precision in memory


@pytest.mark.parametrize(
    ("error", "is_one"),
    [
        (MemoryError(), True),
        (RuntimeError("MPS backend out of memory (MPS allocated: 5 GB)"), True),
        (RuntimeError("[enforce fail at alloc_cpu.cpp:75] DefaultCPUAllocator: can't allocate memory"), True),
        (RuntimeError("shapes do not match"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_out_of_memory_is_known_by_its_words(error: Exception, is_one: bool) -> None:
    assert is_out_of_memory(error) is is_one


def test_torchs_own_error_is_out_of_memory() -> None:
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA"))


@pytest.fixture
def cuda() -> str:
    """A CUDA device."""
    import torch

    if not torch.cuda.is_available():
        pytest.skip("no CUDA device is here")
    return "cuda:0"


def test_a_switch_of_models_frees_a_gpus_memory(cuda: str) -> None:
    """Measured where a GPU is at hand: the second model's bytes take the place of the first one's."""

    class Narrow(Torch):
        """Room for the larger of the two models only."""

        def devices(self, names: Sequence[str]) -> list[Device]:
            most = max(estimated(GENERATORS[name]).weights for name in ("galip", "diffusion"))
            return [replace(device, capacity=int(1.2 * most)) for device in super().devices([cuda])]

    engine, held = LocalEngine(cuda, hardware=Narrow()), dict[str, list[int]]()
    for name in ("galip", "diffusion", "galip"):
        engine.draw(name, asking("a red apple", 0), ignore_progress)
        held.setdefault(name, []).append(Torch().held(cuda) or 0)
    assert abs(held["galip"][0] - held["galip"][1]) < 2**20
    assert max(held["galip"][1], held["diffusion"][0]) < sum((held["galip"][0], held["diffusion"][0])) * 0.9


def test_settings_name_the_devices_and_the_engine() -> None:
    assert Settings.from_env({"HUB_DEVICES": "cuda:0, cuda:1"}).places == ("cuda:0", "cuda:1")
    assert Settings.from_env({"HUB_DEVICE": "cpu"}).places == ("cpu",)
    assert Settings.from_env({}).places == ()
    assert isinstance(open_engine(Settings()), LocalEngine)
    assert Settings.from_env({"RAY_ADDRESS": "10.0.0.1:6379"}).ray_address == "10.0.0.1:6379"
    with pytest.raises(HubError, match="HUB_ENGINE can't be 'slurm'"):
        Settings.from_env({"HUB_ENGINE": "slurm"})


def test_devices_have_numbers_and_one_that_is_not_there_is_told() -> None:
    assert devices.list_devices(["cpu", "cpu"]) == ["cpu"]
    assert 2**28 < devices.get_memory_budget("cpu") < os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with pytest.raises(HubError, match="HUB_DEVICES"):
        devices.list_devices(["cuda:97"])


def test_a_cluster_that_is_not_there_is_told_at_once() -> None:
    with pytest.raises(HubError, match=r"There is no Ray cluster at 127\.0\.0\.1:1 "):
        open_engine(Settings(engine=EngineName.ray, ray_address="127.0.0.1:1"))


def test_shares_of_a_clusters_gpus_are_for_what_draws_on_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.engine.ray_engine.load_ray", lambda settings: None)
    monkeypatch.setattr("hub.engine.ray_engine.gpus", lambda settings: 1.0)
    file = tmp_path / "models.toml"
    file.write_text('elsewhere = { kind = "space", space = "a/b", api_name = "/x", licence = "MIT" }')
    try:
        alone = RayEngine(Settings(generators=("galip", str(file)), ray_gpus=1.0))
        assert (alone._share, alone._workers) == (1.0, 1)
        with pytest.raises(HubError, match="2 generators take 1 of a GPU each, and the cluster has 1"):
            RayEngine(Settings(generators=("galip", "diffusion", str(file)), ray_gpus=1.0))
    finally:
        del GENERATORS._items["elsewhere"]
