"""Diffusers pipelines of a local folder: small ones with random weights, in the real format."""

import hashlib
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import diffusers  # after conftest, by which its imports are mended
import pytest
import torch
from PIL import Image
from safetensors import safe_open

from hub.engine.local_engine import LocalEngine
from hub.errors import Cancelled, GenerationError, HubError, MissingFile
from hub.generators import GENERATORS, Draw, Placement, ignore_progress
from hub.generators.facts import check, facts, known
from tests.asking import asking, noting
from tests.hub.generators.conftest import Add
from tests.hub.generators.made import LINES

Pipeline = Callable[[str], Path]
CPU = Placement("cpu")


def line(folder: Path, asked: str, name: str = "tiny", more: str = "") -> str:
    """An entry of a folder."""
    return f'{name} = {{ kind = "diffusers", model = "{folder}", {asked}, licence = "MIT"{more} }}'


def drawn(draw: Draw, prompt: str, seed: int) -> bytes:
    """A picture's pixels."""
    image = draw(asking(prompt, seed), {}, ignore_progress)
    assert image.mode == "RGB"
    return image.tobytes()


@pytest.mark.parametrize("family", ["sd", "sdxl"])
def test_the_same_prompt_and_seed_give_the_same_picture_whatever_came_before(
    family: str, pipeline: Pipeline, add: Add
) -> None:
    draw = add(line(pipeline(family), LINES[family])).load(CPU)
    first = drawn(draw, "a red apple", 3)
    others = drawn(draw, "a red apple", 4), drawn(draw, "an old chair", 3)
    assert first not in others
    assert others[0] != others[1]
    assert drawn(draw, "a red apple", 3) == first
    assert drawn(GENERATORS["tiny"].load(CPU), "a red apple", 3) == first


@pytest.mark.parametrize("family", ["sd", "sdxl", "pixart", "flux"])
def test_every_family_tells_of_each_step_and_has_its_facts(family: str, pipeline: Pipeline, add: Add) -> None:
    entry = add(line(pipeline(family), LINES[family]))
    shares: list[float] = []
    image = entry.load(CPU)(asking("a red apple", 1), {}, noting(shares))
    steps = entry.sampling.steps
    assert steps
    assert shares == [pytest.approx((step + 1) / steps) for step in range(steps)]
    assert image.size == ((64, 64) if "width" in LINES[family] else (32, 32))
    found = facts(entry)
    paths = sorted(pipeline(family).rglob("*.safetensors"))
    assert found.sha256 == {
        path.relative_to(pipeline(family)).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths
    }
    assert found.parameters == sum(count(path) for path in paths)
    assert (found.device_hours, found.note) == (None, "")
    assert entry.weights
    assert set(entry.weights) == set(paths)


def count(path: Path) -> int:
    """Elements of a checkpoint's tensors."""
    with safe_open(path, "pt") as file:
        return sum(file.get_tensor(key).numel() for key in file.keys())  # noqa: SIM118 - not a mapping


@pytest.mark.parametrize("scheduler", ["EulerDiscreteScheduler", "DPMSolverMultistepScheduler", "PNDMScheduler"])
def test_a_drawing_that_is_cancelled_stops_after_its_step_and_leaves_no_trace(
    scheduler: str, pipeline: Pipeline, add: Add
) -> None:
    asked = f'steps = 8, guidance_scale = 2.0, scheduler = "{scheduler}"'
    draw = add(line(pipeline("sd"), asked)).load(CPU)
    whole = drawn(draw, "a cat", 1)
    seen: list[float] = []

    def leave(share: float, preview: object = None) -> None:
        seen.append(share)
        if len(seen) == 3:
            raise Cancelled("Nobody waits.")

    with pytest.raises(Cancelled):
        draw(asking("a cat", 1), {}, leave)
    assert len(seen) == 3
    assert drawn(draw, "a cat", 1) == whole


def test_an_engine_draws_with_it_and_the_receipt_says_how(pipeline: Pipeline, add: Add) -> None:
    more = ', width = 64, height = 72, scheduler = "EulerDiscreteScheduler", dtype = "float16"'
    entry = add(line(pipeline("sd"), "steps = 2, guidance_scale = 2.0", more=more))
    got = LocalEngine("cpu").draw("tiny", asking("a cat", 5), ignore_progress)
    assert Image.open(io.BytesIO(got.png)).size == (64, 72)
    setup = got.setup
    assert (setup.scheduler, setup.steps, setup.guidance_scale) == ("EulerDiscreteScheduler", 2, 2.0)
    assert setup.dtype == "float32", "half precision is single on a CPU, and the receipt says so"
    assert (setup.parameters, setup.endpoint) == ({"width": 64, "height": 72}, None)
    assert setup.checkpoints == facts(entry).sha256
    assert setup.revision == facts(entry).revision
    assert setup.device.startswith("CPU")
    assert {"diffusers", "transformers", "torch"} <= setup.libraries.keys()


def test_another_scheduler_draws_another_picture_and_the_models_own_is_told(pipeline: Pipeline, add: Add) -> None:
    own = add(line(pipeline("sd"), LINES["sd"], "own"))
    other = add(line(pipeline("sd"), LINES["sd"], "other", ', scheduler = "EulerAncestralDiscreteScheduler"'))
    assert own.sampling.scheduler == "DDIMScheduler"
    assert drawn(own.load(CPU), "a cat", 1) != drawn(other.load(CPU), "a cat", 1)
    assert facts(own).revision.split(".")[0] == facts(other).revision.split(".")[0]
    assert facts(own).revision != facts(other).revision, "another way to draw is another revision"


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (', scheduler = "FlowMatchEulerDiscreteScheduler"', "does not suit this model; these do: .*DDIMScheduler"),
        (', scheduler = "NoSuchScheduler"', "does not suit this model"),
        (", max_sequence_length = 16", "StableDiffusionPipeline knows no max_sequence_length"),
    ],
)
def test_what_does_not_suit_a_model_is_told(more: str, says: str, pipeline: Pipeline, add: Add) -> None:
    entry = add(line(pipeline("sd"), LINES["sd"], more=more))
    with pytest.raises(HubError, match=says):
        entry.load(CPU)
    assert facts(entry).note, "the list of generators says it too"


def test_cuda_that_is_missing_is_one_sentence(pipeline: Pipeline, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "empty", lambda *_, **__: (_ for _ in ()).throw(RuntimeError("no NVIDIA driver")))
    entry = add(line(pipeline("sd"), LINES["sd"]))
    with pytest.raises(HubError, match="The device 'cuda' can't be used here; set HUB_DEVICE") as caught:
        entry.load(Placement("cuda"))
    assert facts(entry).note == str(caught.value)


def test_a_folder_that_is_no_pipeline_is_told_where_generators_are_listed(tmp_path: Path, add: Add) -> None:
    gone, empty = tmp_path / "gone", tmp_path / "empty"
    empty.mkdir()
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "model_index.json").write_text("[")
    for name, folder, says in (
        ("a", gone, "There is no folder"),
        ("b", empty, r"is no diffusers pipeline: it has no model_index\.json"),
        ("c", broken, r"is no diffusers pipeline: its model_index\.json can't be read"),
    ):
        entry = add(line(folder, LINES["sd"], name))
        for use in (check, facts, lambda one: one.load(CPU)):
            with pytest.raises(MissingFile, match=says):
                use(entry)
        assert str(known(entry)).startswith(f"{name}: ")
        assert entry.weights == (folder / "model_index.json",), "it would need a device"


def copied(folder: Path, to: Path) -> Path:
    """A copy that a test may spoil."""
    shutil.copytree(folder, to)
    return to


def test_a_part_that_is_missing_damaged_or_a_pickle_is_told(pipeline: Pipeline, tmp_path: Path, add: Add) -> None:
    lacking = copied(pipeline("sd"), tmp_path / "lacking")
    (lacking / "vae" / "diffusion_pytorch_model.safetensors").rename(lacking / "vae" / "diffusion_pytorch_model.bin")
    with pytest.raises(MissingFile, match="vae holds no safetensors; other weights are not read here"):
        facts(add(line(lacking, LINES["sd"], "lacking")))
    without = copied(pipeline("sd"), tmp_path / "without")
    shutil.rmtree(without / "tokenizer")
    with pytest.raises(MissingFile, match="lacks its tokenizer"):
        facts(add(line(without, LINES["sd"], "without")))
    damaged = copied(pipeline("sd"), tmp_path / "damaged")
    path = damaged / "unet" / "diffusion_pytorch_model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    entry = add(line(damaged, LINES["sd"], "damaged"))
    with pytest.raises(MissingFile, match="is damaged"):
        facts(entry)
    with pytest.raises(MissingFile, match="can't be read as a StableDiffusionPipeline"):
        entry.load(CPU)


def test_a_json_that_is_damaged_is_told(pipeline: Pipeline, tmp_path: Path, add: Add) -> None:
    folder = copied(pipeline("sd"), tmp_path / "config")
    (folder / "scheduler" / "scheduler_config.json").write_text("[]")
    entry = add(line(folder, LINES["sd"], "config"))
    with pytest.raises(MissingFile, match=r"scheduler_config\.json can't be read"):
        _ = entry.sampling
    folder = copied(pipeline("sd"), tmp_path / "shards")
    (folder / "unet" / "diffusion_pytorch_model.safetensors.index.json").write_text("{")
    with pytest.raises(MissingFile, match=r"index\.json can't be read"):
        check(add(line(folder, LINES["sd"], "shards")))


def test_a_component_is_looked_for_in_the_pipelines_folder_only(pipeline: Pipeline, tmp_path: Path, add: Add) -> None:
    outside = copied(pipeline("sd"), tmp_path / "outside")
    folder = copied(pipeline("sd"), tmp_path / "inside")
    index = json.loads((folder / "model_index.json").read_text())
    for name in ("../outside/unet", str(outside / "vae")):
        (folder / "model_index.json").write_text(json.dumps({**index, name: ["diffusers", "UNet2DConditionModel"]}))
        with pytest.raises(MissingFile, match="names a part outside of it"):
            facts(add(line(folder, LINES["sd"], f"inside-{len(name)}")))


def test_code_beside_a_model_is_not_run(pipeline: Pipeline, tmp_path: Path, add: Add) -> None:
    folder = copied(pipeline("sd"), tmp_path / "coded")
    index = json.loads((folder / "model_index.json").read_text())
    (folder / "model_index.json").write_text(json.dumps({**index, "_class_name": "Evil", "vae": ["evil", "Evil"]}))
    for place in ("evil.py", "pipeline.py", "vae/evil.py"):
        (folder / place).write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nclass Evil: pass\n")
    with pytest.raises(MissingFile, match="is no text-to-image pipeline of diffusers, but Evil"):
        add(line(folder, LINES["sd"])).load(CPU)
    (folder / "model_index.json").write_text(json.dumps({**index, "vae": ["evil", "Evil"]}))
    with pytest.raises(MissingFile, match="can't be read as a StableDiffusionPipeline"):
        add(line(folder, LINES["sd"], "part")).load(CPU)
    assert not (tmp_path / "ran").exists()


def test_what_the_models_own_safety_checker_holds_back_is_a_failed_side(
    pipeline: Pipeline, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = add(line(pipeline("sd"), LINES["sd"])).load(CPU)

    def held(self: object, image: object, device: object, dtype: object) -> tuple[object, list[bool]]:
        return image, [True]

    monkeypatch.setattr(diffusers.StableDiffusionPipeline, "run_safety_checker", held)
    with pytest.raises(GenerationError, match="safety checker held this picture back"):
        draw(asking("a cat", 1), {}, ignore_progress)


def test_offloading_is_for_cuda_and_compiling_for_what_is_asked(
    pipeline: Pipeline, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[str] = []
    offloaded: list[object] = []
    monkeypatch.setattr(torch.nn.Module, "compile", lambda module: compiled.append(type(module).__name__))
    monkeypatch.setattr(
        diffusers.DiffusionPipeline, "enable_model_cpu_offload", lambda _, device: offloaded.append(device)
    )
    add(line(pipeline("sd"), LINES["sd"], "unet")).load(Placement("cpu", offload=True, compile=True))
    add(line(pipeline("flux"), LINES["flux"], "transformer")).load(Placement("cpu", compile=True))
    assert (compiled, offloaded) == (["UNet2DConditionModel", "FluxTransformer2DModel"], [])
    monkeypatch.setattr("hub.devices.pick_device", lambda name: torch.device("cuda", 1))
    add(line(pipeline("sd"), LINES["sd"], "big")).load(Placement("cuda:1", offload=True))
    assert offloaded == [torch.device("cuda", 1)]


def test_memory_that_runs_out_is_told_to_the_engine_as_it_is(
    pipeline: Pipeline, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    entry = add(line(pipeline("sd"), LINES["sd"]))
    draw = entry.load(CPU)
    monkeypatch.setattr(diffusers.UNet2DConditionModel, "forward", full)
    with pytest.raises(torch.OutOfMemoryError):
        draw(asking("a cat", 1), {}, ignore_progress)
    for method in ("to", "from_pretrained"):
        monkeypatch.setattr(diffusers.StableDiffusionPipeline, method, full)
        with pytest.raises(torch.OutOfMemoryError):
            entry.load(CPU)
