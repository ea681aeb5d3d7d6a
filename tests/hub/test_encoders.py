"""The embedded encoders: packaged weights, open_clip's loading, and that nothing that scores was ever a loss."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors import safe_open

from eval import style_probe
from eval.encoders import ENCODERS
from hub import files
from hub.encoders import (
    LOSSES,
    SCORING,
    TRAINED,
    load,
    load_for_loss,
    load_trunk,
    text_encoder,
    to_image,
    to_tensor,
)
from hub.errors import MissingFile, UnknownName

ROOT = Path(__file__).parents[2]


def test_nothing_that_scores_was_ever_a_loss() -> None:
    assert not set(SCORING) & set(LOSSES)
    seen = 0
    for path in (ROOT / "hub" / "weights").rglob("*.safetensors"):
        with safe_open(path, "numpy") as file:
            training = json.loads((file.metadata() or {}).get("training", "{}"))
        assert not set(training.get("losses", ())) & set(SCORING), path
        seen += bool(training)
    assert seen >= 5
    for source in (ROOT / "hub" / "methods").rglob("*.py"):
        text = source.read_text(encoding="utf-8")
        assert "sklearn" not in text, f"{source}: probes and clusters of looks judge (eval/style_probe.py)"
        if source.parent.name != "encoder":
            assert not any(f'"{name}"' in text for name in SCORING), source
    assert style_probe.ENCODER in SCORING, "what the probe of looks sees is in no loss"
    judging = {one.name for one in ENCODERS}
    assert "style-guide" in LOSSES and "style-guide" not in judging, "what knows the targets' words judges nothing"


@pytest.mark.parametrize("name", TRAINED)
def test_an_encoder_loads_and_gives_unit_rows(name: str) -> None:
    encoder = load(name)
    images = encoder.images([Image.new("RGB", (64, 64), colour) for colour in ("red", "white")])
    texts = encoder.texts(["a red square", "a white square", "snow"])
    assert images.shape[1] == texts.shape[1]
    assert torch.allclose(images.norm(dim=1), torch.ones(2), atol=1e-5)
    assert torch.allclose(texts.norm(dim=1), torch.ones(3), atol=1e-5)


@pytest.mark.parametrize("name", TRAINED)
def test_sentence_embeddings_give_the_same_as_the_text_tower(name: str) -> None:
    texts = ["red apple, in Noto style", "a cat"]
    assert torch.allclose(load(name).sentences(text_encoder()(texts)), load(name).texts(texts), atol=1e-4)


def test_the_trained_encoders_are_different_networks() -> None:
    """But for the style guide, which is the guide trained on; neither scores."""
    others = [name for name in TRAINED if name != "style-guide"]
    assert len({type(load(name).model.visual.trunk) for name in others}) == len(others)


def test_a_trunk_is_the_encoders_image_network_without_its_head() -> None:
    whole, (trunk, size) = load("witness").model.visual, load_trunk("witness")
    x = torch.rand(2, 3, size, size) * 2 - 1
    assert torch.equal(whole.trunk(x), trunk(x))
    assert trunk(x).shape == (2, 512)


def test_the_guide_passes_gradients_to_pixels() -> None:
    x = torch.zeros(1, 3, 64, 64, requires_grad=True)
    load("guide").pixels(x).sum().backward()
    assert x.grad is not None
    assert x.grad.abs().sum() > 0


def test_an_encoder_without_its_text_tower_gives_the_same() -> None:
    whole, part = load("guide"), load_for_loss("guide")
    x, t = torch.rand(2, 3, 64, 64) * 2 - 1, torch.randn(3, 384)
    assert torch.equal(whole.pixels(x), part.pixels(x))
    assert torch.equal(whole.sentences(t), part.sentences(t))


@pytest.mark.parametrize("name", SCORING)
def test_an_encoder_that_scores_is_refused_as_a_loss(name: str) -> None:
    with pytest.raises(UnknownName, match=f"'{name}' is not for losses"):
        load_for_loss(name)


def test_training_needs_no_text_encoder_and_no_data_library() -> None:
    code = (
        "import sys, hub.files; hub.files.PACKAGED.pop('minilm'); "
        "import hub.methods.scad.train, hub.methods.diffusion.train, hub.methods.encoder.train, hub.encoders; "
        "hub.encoders.load_for_loss('guide'); "
        "print([m for m in ('datasets', 'gradio', 'pydantic', 'platformdirs', 'resvg_py') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_pixels_map_to_minus_one_and_one_and_back() -> None:
    black_and_white = [Image.new("L", (8, 8), 0), Image.new("RGBA", (8, 8), (255, 255, 255, 255))]
    x = to_tensor(black_and_white, 8)
    assert x[0].unique().tolist() == [-1]
    assert x[1].unique().tolist() == [1]
    assert to_image(x[1]).getpixel((0, 0)) == (255, 255, 255)


def test_an_unknown_encoder_names_the_others() -> None:
    with pytest.raises(UnknownName, match="guide, style-guide, judge, witness"):
        load("clip")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(files.PACKAGED, "gone", ("gone==1.0", "no_such_module", "x", ""))
    with pytest.raises(MissingFile, match=r"pip install gone==1\.0"):
        files.packaged("gone")


def test_an_altered_weight_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    _, module, member, _ = files.PACKAGED["minilm"]
    monkeypatch.setitem(files.PACKAGED, "altered", ("m==1", module, member, "0" * 64))
    with pytest.raises(MissingFile, match="is not the file pinned"):
        files.packaged("altered")
