"""Encoders by name: real loading code on small random checkpoints in the real formats, and what is said without."""

import io
import json
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image

from eval.encoders import ENCODERS, Encoder, ImageNetwork, OnTrunk
from eval.encoders import find_weights as weights
from eval.encoders.entries import hpsv2 as hps_module
from eval.encoders.entries import inception as inception_module
from eval.features.feature_space import FeatureSpace
from eval.features.feature_store import FeatureStore
from eval.features.sources import Picture
from hub.errors import MissingFile
from hub.files import file_sha256

pytestmark = pytest.mark.filterwarnings("ignore")
OUTSIDE = ("inception", "clip-vit-l-14", "clip-vit-l-14-336", "dinov2", "hpsv2.1", "imagereward", "mps", "pickscore")


@pytest.fixture(autouse=True)
def _empty_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "cache_dir", lambda: tmp_path / "cache")
    monkeypatch.setattr(weights, "try_to_load_from_cache", lambda *_: None)


def picture(seed: int = 0, size: tuple[int, int] = (40, 30)) -> Image.Image:
    """A picture of noise."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def png(seed: int) -> bytes:
    """Its file."""
    out = io.BytesIO()
    picture(seed).save(out, "PNG")
    return out.getvalue()


def small_inception(folder: Path) -> Path:
    """A random file in the real format."""
    torch = pytest.importorskip("torch")
    from eval.encoders.inception_network import build_fid_network

    torch.manual_seed(0)
    net = build_fid_network()
    for parameter in net.parameters():
        if parameter.dim() == 4:
            torch.nn.init.kaiming_normal_(parameter)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "pt_inception-2015-12-05-6726825d.pth"
    torch.save({k: v for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked")}, path)
    return path


def small_clip(folder: Path) -> None:
    """A random open_clip model as the Hub keeps one."""
    torch, open_clip = pytest.importorskip("torch"), pytest.importorskip("open_clip")
    safetensors = pytest.importorskip("safetensors.torch")
    torch.manual_seed(0)
    vision = {"image_size": 32, "layers": 2, "width": 64, "patch_size": 8, "head_width": 16}
    text = {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2}
    config: dict[str, Any] = {"embed_dim": 16, "quick_gelu": True, "vision_cfg": vision, "text_cfg": text}
    model = open_clip.CLIP(**config)
    folder.mkdir(parents=True, exist_ok=True)
    safetensors.save_file(model.state_dict(), folder / "open_clip_model.safetensors")
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": config, "preprocess_cfg": {}}))


def import_transformers() -> Any:
    """The package, beside a torchvision that can be imported."""
    pytest.importorskip("torch")
    from hub import torchvision_ops

    torchvision_ops.ensure()
    return pytest.importorskip("transformers")


def small_dino(folder: Path) -> None:
    """A random DINOv2 as transformers keeps one."""
    transformers = import_transformers()
    config = transformers.Dinov2Config(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, image_size=224)
    transformers.Dinov2Model(config).save_pretrained(folder)


def features(encoder: Encoder, folder: Path | None) -> np.ndarray[Any, Any]:
    """Features of three pictures, the first and the last the same."""
    network = cast(ImageNetwork, encoder.load(encoder.checkpoint(folder), ""))
    pixels = np.stack([network.prepare(picture(seed)) for seed in (0, 1, 0)])
    out = network(pixels)
    assert out.dtype == np.float32
    assert np.isfinite(out).all()
    assert out[0] == pytest.approx(out[2], abs=1e-4)
    assert not np.allclose(out[0], out[1], atol=1e-5)
    return out


def test_inception_is_torch_fidelitys_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    path = small_inception(tmp_path / "w")
    monkeypatch.setattr(inception_module, "SHA256", file_sha256(path))
    encoder = ENCODERS["inception"]
    assert features(encoder, tmp_path / "w").shape == (3, 2048)
    peer_module = pytest.importorskip("torch_fidelity.feature_extractor_inceptionv3")
    monkeypatch.setattr(peer_module.FeatureExtractorInceptionV3, "load_state_dict", _leniently(torch.nn.Module))
    peer = peer_module.FeatureExtractorInceptionV3("n", ["2048"], feature_extractor_weights_path=str(path))
    pixels = np.asarray(picture(5, (299, 299)))
    network = cast(ImageNetwork, encoder.load(encoder.checkpoint(tmp_path / "w"), "cpu"))
    ours = network(network.prepare(Image.fromarray(pixels))[None])
    theirs = peer(torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None])[0]
    assert ours == pytest.approx(theirs.numpy(), rel=1e-4, abs=1e-6)


def _leniently(module: Any) -> Any:
    def load_state_dict(self: Any, state: Any) -> Any:
        return module.load_state_dict(self, state, strict=False)

    return load_state_dict


def test_inception_resizes_as_clean_fid() -> None:
    resize = pytest.importorskip("cleanfid.resize")
    from eval.encoders.pixels import resize_float

    image = picture(3, (640, 400))
    theirs = resize.build_resizer("clean")(np.asarray(image))
    assert resize_float(image, 299) == pytest.approx(theirs.transpose(2, 0, 1), abs=1e-3)


def test_another_inception_file_is_refused(tmp_path: Path) -> None:
    small_inception(tmp_path / "w")
    with pytest.raises(MissingFile, match="not the file pinned for inception"):
        ENCODERS["inception"].checkpoint(tmp_path / "w")


def test_an_inception_file_of_another_network_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    path = tmp_path / "pt_inception-2015-12-05-6726825d.pth"
    torch.save({"a": torch.zeros(2)}, path)
    monkeypatch.setattr(inception_module, "SHA256", file_sha256(path))
    encoder = ENCODERS["inception"]
    with pytest.raises(MissingFile, match="does not fit"):
        encoder.load(encoder.checkpoint(tmp_path), "cpu")


@pytest.mark.parametrize("name", ["clip-vit-l-14", "clip-vit-l-14-336"])
def test_clip_loads_through_open_clip(name: str, tmp_path: Path) -> None:
    small_clip(tmp_path / "clip")
    encoder = ENCODERS[name]
    assert np.linalg.norm(features(encoder, tmp_path / "clip"), axis=1) == pytest.approx(1, abs=1e-5)
    network: Any = encoder.load(encoder.checkpoint(tmp_path / "clip"), "cpu")
    texts = network.texts(["a cat", "a red apple"])
    assert network.cut(["a cat", "cat " * 75, "cat " * 76]).tolist() == [False, False, True]
    assert texts.shape == (2, 16)
    assert np.linalg.norm(texts, axis=1) == pytest.approx(1, abs=1e-5)
    assert not np.allclose(texts[0], texts[1])


def small_pickscore(folder: Path) -> Any:
    """A random CLIP as transformers keeps one."""
    transformers = import_transformers()
    shared = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2}
    text = {**shared, "vocab_size": 49408, "max_position_embeddings": 77, "eos_token_id": 49407}
    vision = {**shared, "image_size": 32, "patch_size": 8}
    config = transformers.CLIPConfig(text_config=text, vision_config=vision, projection_dim=16)
    model = transformers.CLIPModel(config).eval()
    model.save_pretrained(folder)
    return model


def test_pickscore_loads_through_transformers_and_orders_as_its_own_score(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    model, encoder = small_pickscore(tmp_path / "pick"), ENCODERS["pickscore"]
    assert np.linalg.norm(features(encoder, tmp_path / "pick"), axis=1) == pytest.approx(1, abs=1e-5)
    network: Any = encoder.load(encoder.checkpoint(tmp_path / "pick"), "cpu")
    pixels = np.stack([network.prepare(picture(seed)) for seed in range(4)])
    prompts = ["a cat", "a red apple on a table"]
    tokens = network._tokenizer(prompts)
    with torch.inference_mode():
        theirs = model(input_ids=tokens, pixel_values=torch.from_numpy(pixels)).logits_per_text.numpy()
    scale = float(model.logit_scale.exp())
    assert scale * network.texts(prompts) @ network(pixels).T == pytest.approx(theirs, abs=1e-4)
    assert network.cut(["a cat", "cat " * 76]).tolist() == [False, True]


def test_a_pickscore_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    safetensors = pytest.importorskip("safetensors.torch")
    small_pickscore(tmp_path)
    state = safetensors.load_file(tmp_path / "model.safetensors")
    state.pop("visual_projection.weight")
    safetensors.save_file(state, tmp_path / "model.safetensors", {"format": "pt"})
    encoder = ENCODERS["pickscore"]
    with pytest.raises(MissingFile, match=r"visual_projection\.weight"):
        encoder.load(encoder.checkpoint(tmp_path), "cpu")


@pytest.fixture
def small_hps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A random file in the format of HPS v2.1, of a small architecture."""
    torch, open_clip = pytest.importorskip("torch"), pytest.importorskip("open_clip")
    vision = {"image_size": 32, "layers": 2, "width": 64, "patch_size": 8, "head_width": 16}
    text = {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2}
    config = {"embed_dim": 16, "vision_cfg": vision, "text_cfg": text}
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "small-hps.json").write_text(json.dumps(config))
    open_clip.add_model_config(tmp_path / "configs")
    monkeypatch.setattr(hps_module, "ARCHITECTURE", "small-hps")
    torch.manual_seed(0)
    (tmp_path / "hps").mkdir()
    torch.save({"epoch": 1, "state_dict": open_clip.CLIP(**config).state_dict()}, tmp_path / "hps" / hps_module.FILE)
    return tmp_path / "hps"


def test_hps_loads_a_published_files_state_into_open_clips_architecture(small_hps: Path) -> None:
    torch, open_clip = pytest.importorskip("torch"), pytest.importorskip("open_clip")
    encoder = ENCODERS["hpsv2.1"]
    found = features(encoder, small_hps)
    model = open_clip.create_model("small-hps")
    model.load_state_dict(torch.load(small_hps / hps_module.FILE, weights_only=True)["state_dict"])
    network: Any = encoder.load(encoder.checkpoint(small_hps), "cpu")
    with torch.inference_mode():
        pixels = torch.from_numpy(network.prepare(picture(0)))[None]
        assert found[0] == pytest.approx(model.eval().encode_image(pixels, normalize=True)[0].numpy(), abs=1e-5)
        tokens = open_clip.get_tokenizer("small-hps")(["a cat"])
        assert network.texts(["a cat"])[0] == pytest.approx(
            model.encode_text(tokens, normalize=True)[0].numpy(), abs=1e-5
        )


@pytest.mark.parametrize("content", [{"a": 1}, {"state_dict": {}}, {"state_dict": Path("code")}, []])
def test_a_file_of_another_network_or_of_pickled_code_is_refused(small_hps: Path, content: Any) -> None:
    torch = pytest.importorskip("torch")
    torch.save(content, small_hps / hps_module.FILE)
    encoder = ENCODERS["hpsv2.1"]
    with pytest.raises(MissingFile, match="does not fit"):
        encoder.load(encoder.checkpoint(small_hps), "cpu")


def test_dino_loads_through_transformers(tmp_path: Path) -> None:
    small_dino(tmp_path / "dino")
    assert features(ENCODERS["dinov2"], tmp_path / "dino").shape == (3, 32)


def test_a_dino_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    safetensors = pytest.importorskip("safetensors.torch")
    small_dino(tmp_path)
    state = safetensors.load_file(tmp_path / "model.safetensors")
    state.pop("layernorm.weight")
    safetensors.save_file(state, tmp_path / "model.safetensors", {"format": "pt"})
    encoder = ENCODERS["dinov2"]
    with pytest.raises(MissingFile, match=r"layernorm\.weight"):
        encoder.load(encoder.checkpoint(tmp_path), "cpu")


@pytest.mark.parametrize("name", OUTSIDE)
def test_missing_weights_are_said_with_what_to_fetch(name: str, tmp_path: Path) -> None:
    for folder in (None, tmp_path):
        with pytest.raises(MissingFile, match=r"(?s)(fetch|download).*--weights") as said:
            ENCODERS[name].checkpoint(folder)
        assert "\n" not in str(said.value)


@pytest.mark.parametrize("name", ["efficientnet-lite2", "judge", "witness"])
def test_embedded_encoders_need_nothing(name: str) -> None:
    encoder = ENCODERS[name]
    assert features(encoder, None).shape[0] == 3
    if encoder.reads_text:
        network: Any = encoder.load(encoder.checkpoint(None), "")
        assert np.linalg.norm(network.texts(["a cat", "a red apple"]), axis=1) == pytest.approx(1, abs=1e-5)
        words = ["A cat " + "cat " * n for n in (1, 60, 61, 200)]  # of 62 tokens, beside the first and the last
        assert network.cut(words).tolist() == [False, False, True, True]
        same = network.texts([words[-1], words[-1].lower() + "and a dog"])
        assert same[0] @ same[1] > 1 - 1e-6
    assert len(encoder.checkpoint(None).sha256) == 64


def test_every_encoder_says_what_it_is() -> None:
    assert {*OUTSIDE, "efficientnet-lite2", "judge", "witness"} == {encoder.name for encoder in ENCODERS}
    for encoder in ENCODERS:
        assert encoder.title
        assert isinstance(encoder.reads_text, bool)
        assert not isinstance(encoder, OnTrunk) or ENCODERS[encoder.trunk].name == encoder.trunk
    assert len({encoder.title for encoder in ENCODERS}) == len(list(ENCODERS))


def test_what_scores_is_in_the_list_of_scorers_and_never_a_loss() -> None:
    encoders = pytest.importorskip("hub.encoders")
    embedded = {encoder.name for encoder in ENCODERS} - set(OUTSIDE)
    assert embedded == set(encoders.SCORING)
    assert not embedded & set(encoders.LOSSES)


def test_a_head_on_its_trunks_features_is_the_whole_judge(tmp_path: Path) -> None:
    pictures = [Picture(str(seed), partial(png, seed)) for seed in range(5)]
    judge = FeatureSpace(ENCODERS["judge"], FeatureStore(tmp_path / "features.sqlite"))
    made = judge.pictures(pictures, "Encoding")
    network = cast(ImageNetwork, judge.network)
    whole = network(np.stack([network.prepare(picture(seed)) for seed in range(5)]))
    assert made.features == pytest.approx(whole, abs=1e-5)
    assert made.names == tuple("01234")
    assert judge.trunk is not None
    assert judge.trunk.pictures(pictures, "Encoding").computed == 0  # it went through the trunk already


def test_spaces_keep_embedded_encoders_apart(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path / "features.sqlite")
    pictures = [Picture(str(seed), partial(png, seed)) for seed in range(3)]
    shapes = {
        name: FeatureSpace(ENCODERS[name], store).pictures(pictures, "Encoding").features.shape
        for name in ("efficientnet-lite2", "witness", "judge")
    }
    assert shapes == {"efficientnet-lite2": (3, 1280), "witness": (3, 512), "judge": (3, 256)}


@pytest.mark.parametrize("name", ["dinov2_network", "transformers_clip"])
def test_a_network_of_transformers_can_be_imported_first(name: str) -> None:
    pytest.importorskip("transformers")
    command = [sys.executable, "-c", f"import eval.encoders.{name}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-500:]
