"""The arms: the shared generator, two steps of training of each, resuming, the commands."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from typer.testing import CliRunner

from hub.command import make_command
from hub.encoders import LOSSES, load_for_loss
from hub.errors import DataError, Stopped, UnknownName
from hub.generators import load_one_step
from hub.methods.data.pack import read_pack
from hub.methods.scad import __main__ as cli
from hub.methods.scad.__main__ import main
from hub.methods.scad.config import ARMS, GALIP, Expert, GanConfig, GeneratorConfig
from hub.methods.scad.features import frozen
from hub.methods.scad.model import Affine, OneStepGenerator
from hub.methods.scad.step import Step
from hub.methods.scad.train import PackBatches, command, finite, train
from hub.training_progress import STOP, read_lines
from tests.asking import asking, noting

ROOT = Path(__file__).parents[3]
SMALL = GeneratorConfig(cond=16, widths=(16, 16, 8, 8))


def small(arm: GanConfig, **changes: object) -> GanConfig:
    """The arm on 32 px features with a small generator: two steps."""
    experts = tuple(replace(expert, size=32) for expert in arm.experts)
    base = replace(arm, images=8, batch=4, every=1, experts=experts, generator=SMALL)
    return replace(base, **changes)  # type: ignore[arg-type]


def test_the_generator_draws_64_pixels_that_follow_noise_and_text() -> None:
    torch.manual_seed(0)
    model = OneStepGenerator(SMALL).eval()
    for affine in (m for m in model.modules() if isinstance(m, Affine)):
        torch.nn.init.normal_(affine.linear.weight, std=0.1)
    z, t = torch.randn(2, 100), torch.randn(2, 384)
    out = model(z, t)
    assert out.shape == (2, 3, 64, 64)
    assert not torch.allclose(out[0], model(z[:1], t[1:])[0], atol=1e-4)
    assert not torch.allclose(out[0], model(z[1:], t[:1])[0], atol=1e-4)


def test_the_first_pictures_have_no_checkerboard() -> None:
    out = OneStepGenerator(SMALL).eval()(torch.randn(2, 100), torch.randn(2, 384))
    cells = torch.nn.functional.pixel_unshuffle(out, 2).view(2, 3, 4, 32, 32)
    assert torch.allclose(cells, cells[:, :, :1].expand_as(cells), atol=1e-5)
    assert cells.std() > 1e-3


def test_an_image_does_not_depend_on_its_batch() -> None:
    model = OneStepGenerator(SMALL).eval()
    z, t = torch.randn(3, 100), torch.randn(3, 384)
    assert torch.allclose(model(z, t)[1], model(z[1:2], t[1:2])[0], atol=1e-5)


def test_the_shipped_generator_is_small_enough() -> None:
    assert sum(p.numel() for p in OneStepGenerator(GeneratorConfig()).parameters()) * 2 < 5_000_000


def test_widths_that_do_not_make_the_size_are_refused() -> None:
    with pytest.raises(DataError, match="4 widths make 64 px, not 256"):
        OneStepGenerator(GeneratorConfig(size=256))


def test_arms_differ_in_the_method_alone() -> None:
    parts = ("name", "experts", "san", "mi")
    same = [{key: value for key, value in vars(arm).items() if key not in parts} for arm in ARMS.values()]
    assert list(ARMS) == ["galip", "scad", "scad-mi", "scad-dd"]
    assert all(one == same[0] for one in same)
    for arm in ARMS.values():
        assert {expert.features for expert in arm.experts} <= set(LOSSES)
        assert sum(expert.text for expert in arm.experts) == 1
        assert len({expert.features for expert in arm.experts}) == len(arm.experts)


def test_a_network_that_is_no_experts_is_refused() -> None:
    with pytest.raises(UnknownName, match="no frozen network"):
        frozen(Expert("judge's", 64, text=False))


@pytest.mark.parametrize("arm", ARMS)
def test_every_arm_trains_and_its_checkpoint_draws(
    arm: str, pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = small(ARMS[arm])
    path = train(config, pack, tmp_path)
    state = load_file(path)
    assert all(torch.isfinite(value).all() for value in state.values())
    rows = (tmp_path / "log.csv").read_text().splitlines()
    assert len(rows) == 1 + 2
    assert rows[0] == "seconds,step,images,rate,d,penalty,g,cos" + (",mi" if config.mi else "")
    assert (tmp_path / "grid.png").exists()
    with safe_open(path, "pt") as file:
        facts = json.loads(file.metadata()["training"])
    assert set(facts["losses"]) == {"guide", *(expert.features for expert in config.experts)}
    assert facts["images_seen"] == 8
    assert facts["arm"]["name"] == arm
    monkeypatch.setattr(load_one_step, "text_encoder", lambda: lambda texts: torch.ones(len(texts), 384) / 384**0.5)
    draw = load_one_step.load_gan(path, "cpu")
    shares: list[float] = []
    images = [draw(asking("a prompt", seed), {}, noting(shares)) for seed in (0, 0, 1)]
    assert shares == [1.0] * 3
    assert images[0].size == (64, 64)
    assert images[0].tobytes() == images[1].tobytes()


def test_a_stopped_run_ends_as_the_unbroken_one(pack: Path, tmp_path: Path) -> None:
    config = small(ARMS["scad-mi"], images=12)
    train(replace(config, images=8), pack, tmp_path / "stopped")
    stopped = load_file(train(config, pack, tmp_path / "stopped"))
    unbroken = load_file(train(config, pack, tmp_path / "unbroken"))
    assert stopped.keys() == unbroken.keys()
    assert all(torch.equal(stopped[key], unbroken[key]) for key in stopped)
    assert len((tmp_path / "stopped" / "log.csv").read_text().splitlines()) == 1 + 3


def test_a_run_that_is_asked_to_stop_ends_as_the_unbroken_one_when_it_goes_on(pack: Path, tmp_path: Path) -> None:
    config = small(ARMS["scad"], images=12, every=250)
    (tmp_path / "stopped").mkdir()
    (tmp_path / "stopped" / STOP).touch()
    with pytest.raises(Stopped, match="Training scad was stopped at step 1 of 3"):
        train(config, pack, tmp_path / "stopped")
    line = read_lines(tmp_path / "stopped")[-1]
    assert (line.step, line.of, line.preview, line.stopped) == (1, 3, "grid.png", True)
    assert set(line.scores) == {"images", "rate", "d", "penalty", "g", "cos"}
    stopped, unbroken = (load_file(train(config, pack, tmp_path / name)) for name in ("stopped", "unbroken"))
    assert all(torch.equal(stopped[key], unbroken[key]) for key in unbroken)


def test_a_run_whose_time_is_up_keeps_what_it_learnt(pack: Path, tmp_path: Path) -> None:
    config = small(GALIP, images=4_000_000, every=250, minutes=1e-6)
    path = train(config, pack, tmp_path)
    with safe_open(path, "pt") as file:
        assert json.loads(file.metadata()["training"])["images_seen"] == 4
    train(config, pack, tmp_path)
    assert [row.split(",")[1] for row in (tmp_path / "log.csv").read_text().splitlines()] == ["step", "1", "2"]


def test_a_run_that_breaks_down_says_so_and_writes_nothing(
    pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert finite({"d": 1.0}, 1) == {"d": 1.0}
    monkeypatch.setattr(Step, "__call__", lambda *_: {"d": torch.tensor(float("nan"))})
    with pytest.raises(DataError, match="broke down by step 1: d is not finite"):
        train(small(GALIP), pack, tmp_path)
    assert not (tmp_path / "model.safetensors").exists()


def test_training_needs_neither_open_clip_nor_diffusers() -> None:
    absent = [
        "open_clip",
        "diffusers",
        "datasets",
        "gradio",
        "pydantic",
        "platformdirs",
        "plotly",
        "resvg_py",
        "pandas",
        "pyarrow",
    ]
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({absent})); import hub.methods.scad.study; "
        "from hub.methods.scad.__main__ import ARMS; from hub.encoders import load_for_loss; "
        "from hub.methods.scad.features import frozen; "
        "load_for_loss('guide'); [frozen(e) for arm in ARMS.values() for e in arm.experts]; print('ready')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "ready"


def test_the_command_that_trains_is_kept_with_what_was_asked() -> None:
    config = replace(ARMS["scad-mi"], images=2_000_000, styles=("noto", "twemoji"), mi_weight=10.0, minutes=5.0)
    said = command(config, "python -m hub.methods.scad", "--pack emoji.safetensors")
    assert said == (
        "python -m hub.methods.scad scad-mi --pack emoji.safetensors --images 2000000 --style noto --style twemoji "
        "--mi-weight 10.0"
    )


def test_every_flag_of_the_config_is_an_option() -> None:
    app = make_command(main, "python -m hub.methods.scad galip")
    shown = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"}).output
    for flag in ("--images", "--minutes", "--style", "--batch", "--lr-g", "--clip-weight", "--mi-weight", "--compile"):
        assert flag in shown


def test_the_command_trains_what_was_asked(pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[GanConfig] = []

    def kept(config: GanConfig, *_: Path) -> Path:
        asked.append(config)
        return tmp_path

    monkeypatch.setattr(cli, "train", kept)
    arguments = ["scad-mi", "--pack", str(pack), "--style", "noto", "--mi-weight", "10", "--seed", "3"]
    done = CliRunner().invoke(make_command(main, ""), arguments)
    assert done.exit_code == 0, done.output
    assert asked == [replace(ARMS["scad-mi"], styles=("noto",), mi_weight=10.0, seed=3)]


def test_contrasts_are_flags_of_every_arm_and_need_two_wordings(pack: Path) -> None:
    rows = read_pack(pack, "train")
    for arm in ("galip", "scad-mi"):
        told = []
        for weights in ({}, {"fake_to_fake": 0.2, "fake_to_real": 0.2}):
            torch.manual_seed(0)
            config = small(ARMS[arm], **weights)
            step = Step(config, torch.device("cpu"), frozen, load_for_loss(config.guide))
            images, t = PackBatches(rows, torch.device("cpu"), step.rng, config.paired)(4)
            assert len(t) == (8 if config.paired else 4)
            told.append(step(images, t, 0.0))
        assert told[1].keys() - told[0].keys() == {"contrast"}
        assert torch.isfinite(told[1]["contrast"]) and told[1]["contrast"] > 0
