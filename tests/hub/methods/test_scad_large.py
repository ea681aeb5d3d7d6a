"""The larger configuration: CLIP's features, streamed pictures, one step, gradients averaged over processes."""

import io
import json
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import datasets
import numpy as np
import open_clip
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save_file

from hub.errors import DataError, MissingFile
from hub.methods.low_precision import LowPrecision
from hub.methods.scad.clip import Clip, ClipFeatures, to_unit
from hub.methods.scad.config import GeneratorConfig
from hub.methods.scad.large import LARGE, train
from hub.methods.scad.model import OneStepGenerator
from hub.methods.scad.web import Web, WebBatches, WebPictures, square, stream

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """datasets sleeps five seconds after each epoch of Parquet files, lest the process ends beside Arrow's threads."""
    monkeypatch.setattr(datasets.config, "SLEEP_TIME_ON_THREADS_SHUTDOWN", 0.1)


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random small open_clip model as a folder."""
    torch.manual_seed(0)
    vision = {"image_size": 32, "layers": 4, "width": 64, "patch_size": 8, "head_width": 16}
    text = {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1}
    config = {"embed_dim": 16, "vision_cfg": vision, "text_cfg": text}
    folder = tmp_path_factory.mktemp("clip")
    save_file(open_clip.CLIP(**config).state_dict(), folder / "open_clip_model.safetensors")
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": config, "preprocess_cfg": {}}))
    return folder


@pytest.fixture(scope="module")
def clip(clip_folder: Path) -> Clip:
    return Clip(f"local-dir:{clip_folder}", torch.device("cpu"))


def jpeg(seed: int) -> bytes:
    buffer = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 255, (6, 9, 3), np.uint8)
    Image.fromarray(pixels).resize((90, 60)).save(buffer, "jpeg")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two Parquet shards of 6 captioned pictures each, one unreadable, one without caption."""
    folder = tmp_path_factory.mktemp("shards")
    for shard in range(2):
        images = [{"bytes": jpeg(10 * shard + i), "path": None} for i in range(6)]
        captions = [f"picture {i} of shard {shard}" for i in range(6)]
        if shard:
            images[2], captions[3] = {"bytes": b"no picture", "path": None}, ""
        features = datasets.Features({"jpg": datasets.Image(decode=False), "txt": datasets.Value("string")})
        rows = datasets.Dataset.from_dict({"jpg": images, "txt": captions}, features=features)
        rows.to_parquet(folder / f"{shard}.parquet")
    return folder


def test_clip_gets_minus_one_as_black_and_one_as_white_once(clip: Clip) -> None:
    assert to_unit(torch.tensor([-1.0, 0.0, 1.0])).tolist() == [0.0, 0.5, 1.0]
    x = torch.stack([torch.full((3, 32, 32), -1.0), torch.full((3, 32, 32), 1.0)])
    back = clip.prepare(x) * clip.std + clip.mean
    assert torch.allclose(back[0], torch.zeros(3, 32, 32), atol=1e-6)
    assert torch.allclose(back[1], torch.ones(3, 32, 32), atol=1e-6)


def test_clip_embeds_pictures_as_open_clip_does_and_passes_gradients(clip: Clip) -> None:
    x = (torch.rand(2, 3, 32, 32) * 2 - 1).requires_grad_(True)
    transform = open_clip.transform.Normalize(mean=clip.mean.flatten().tolist(), std=clip.std.flatten().tolist())
    with torch.no_grad():
        expected = clip.model.encode_image(transform((x + 1) / 2), normalize=True)
    assert torch.allclose(clip.pixels(x), expected, atol=1e-5)
    clip.pixels(x).sum().backward()
    assert x.grad is not None and x.grad.abs().sum() > 0
    texts = clip.texts(["a cat", "a dog"])
    assert texts.shape == (2, 16)
    assert torch.equal(clip.sentences(texts), texts)


def test_features_come_as_grids_of_any_picture_size(clip: Clip) -> None:
    net = ClipFeatures(clip)
    found = net(torch.zeros(2, 3, 64, 64))
    assert [f.shape for f in found] == [(2, c, 4, 4) for c in net.channels]
    assert len(found) == 4
    assert not net.train().training


def test_features_in_bfloat16_are_near_those_in_single_precision(clip: Clip) -> None:
    net = ClipFeatures(clip)
    x = torch.rand(2, 3, 64, 64) * 2 - 1
    for low, exact in zip(LowPrecision(net, on=True)(x), net(x), strict=True):
        assert low.dtype == torch.bfloat16
        assert (low.float() - exact).norm() < 0.05 * exact.norm()


def test_a_model_that_cannot_be_had_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match="no open_clip model that can be loaded"):
        Clip(f"local-dir:{tmp_path}", torch.device("cpu"))


def test_pictures_are_cut_to_their_middle_on_white() -> None:
    buffer = io.BytesIO()
    picture = Image.new("RGBA", (30, 10), (0, 0, 0, 0))
    picture.paste((255, 0, 0, 255), (10, 0, 20, 5))
    picture.save(buffer, "png")
    x = square(buffer.getvalue(), 10)
    assert x.shape == (3, 10, 10)
    assert x.dtype == torch.uint8
    assert x[:, 0, 5].tolist() == [255, 0, 0]
    assert x[:, 9, 5].tolist() == [255, 255, 255]


def test_what_cannot_be_read_is_said_and_left_out(shards: Path, capsys: pytest.CaptureFixture[str]) -> None:
    web = Web(str(shards), workers=0, buffer=4)
    pictures = iter(WebPictures(stream(web, 0), web, 16))
    epochs = [[next(pictures)[1] for _ in range(10)] for _ in range(2)]
    assert len(set(epochs[0])) == len(set(epochs[1])) == 10
    assert epochs[0] != epochs[1]
    assert "can't be read and are left out" in capsys.readouterr().err


def test_processes_share_the_rows_and_workers_too(shards: Path) -> None:
    seen = []
    for rank in range(2):
        web = Web(str(shards), workers=1, buffer=4)
        batches = WebBatches(web, 16, 2, lambda texts: torch.zeros(len(texts), 4), torch.device("cpu"), 0, rank, 2)
        images, texts = batches(2)
        assert images.shape == (2, 3, 16, 16)
        assert images.min() >= -1
        assert images.max() <= 1
        assert texts.shape == (2, 4)
        seen.append(images)
    assert not torch.equal(seen[0], seen[1])


def test_tar_shards_are_read_as_well(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "0.tar", "w") as tar:
        for i in range(3):
            for suffix, content in (("jpg", jpeg(i)), ("txt", f"picture {i}".encode())):
                member = tarfile.TarInfo(f"{i}.{suffix}")
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
    web = Web(str(tmp_path), workers=0)
    pictures = iter(WebPictures(stream(web, 0), web, 16))
    assert {next(pictures)[1] for _ in range(3)} == {f"picture {i}" for i in range(3)}


def test_what_is_no_data_set_is_named(tmp_path: Path, shards: Path) -> None:
    with pytest.raises(DataError, match="no Parquet or tar file"):
        stream(Web(str(tmp_path)), 0)
    with pytest.raises(DataError, match="no column caption; it has jpg, txt"):
        stream(Web(str(shards), caption="caption"), 0)


def test_a_data_set_without_any_picture_is_refused(tmp_path: Path) -> None:
    datasets.Dataset.from_dict({"jpg": [b"x", b"y"], "txt": ["a", "b"]}).to_parquet(tmp_path / "0.parquet")
    web = Web(str(tmp_path), workers=0)
    with pytest.raises(DataError, match="None of the 2 rows"):
        next(iter(WebPictures(stream(web, 0), web, 16)))


def test_the_large_generator_draws_256_pixels() -> None:
    for arm in LARGE.values():
        assert OneStepGenerator(replace(arm.generator, cond=8, widths=(8,) * 6)).eval()(
            torch.randn(1, 100), torch.randn(1, 512)
        ).shape == (1, 3, 256, 256)


def test_a_large_arm_takes_a_step_and_goes_on(clip_folder: Path, shards: Path, tmp_path: Path) -> None:
    experts = tuple(replace(expert, size=32) for expert in LARGE["scad-mi"].experts)
    sizes = GeneratorConfig(cond=16, widths=(8,) * 6, size=256)
    guide = f"local-dir:{clip_folder}"
    config = replace(LARGE["scad-mi"], guide=guide, experts=experts, generator=sizes, images=2, batch=2, every=1)
    web = Web(str(shards), workers=0, buffer=4)
    train(config, web, tmp_path)
    path = train(replace(config, images=4), web, tmp_path)
    with safe_open(path, "pt") as file:
        facts = json.loads(file.metadata()["training"])
        assert json.loads(file.metadata()["config"])["size"] == 256
    assert facts["images_seen"] == 4
    assert facts["losses"] == [guide, "efficientnet-lite0", "clip"]
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 1 + 2


def test_gradients_are_averaged_over_processes(tmp_path: Path) -> None:
    script = tmp_path / "average.py"
    script.write_text(
        "import os, sys, torch, torch.distributed as dist\n"
        "from hub.methods.training import average_gradients\n"
        "child = os.fork()\n"
        "dist.init_process_group('gloo', f'file://{sys.argv[1]}', rank=int(child == 0), world_size=2)\n"
        "a, b = torch.nn.Parameter(torch.zeros(2, 2)), torch.nn.Parameter(torch.zeros(3))\n"
        "a.grad, b.grad = torch.full((2, 2), float(dist.get_rank())), torch.arange(3.0) * dist.get_rank()\n"
        "average_gradients([a, b])\n"
        "assert a.grad.unique().tolist() == [0.5] and b.grad.tolist() == [0, 0.5, 1], (a.grad, b.grad)\n"
        "dist.destroy_process_group()\n"
        "sys.exit(child and os.waitstatus_to_exitcode(os.wait()[1]))\n"
    )
    run = [sys.executable, str(script), str(tmp_path / "meeting")]
    done = subprocess.run(run, cwd=ROOT, env={"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "PATH": ""},
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
