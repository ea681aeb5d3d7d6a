"""ImageReward and MPS: their loading code on small random checkpoints in the real formats, held to the authors' code.

``IMAGE_REWARD`` is what the package image-reward 1.5, with transformers 4.38 and timm 0.6.13, says of the weights and
pictures that are made here, put into its own classes of these sizes. ``MPS`` is what the modules of Kwai-Kolors/MPS say
(``Cross_model``, CLIPModel with features of all tokens, and ``infer_one_sample`` of its evaluation, in float32).
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image

from eval.encoders import ENCODERS, PairNetwork, ScoresPairs, TrainedOnPreferences
from hub.errors import MissingFile

pytestmark = pytest.mark.filterwarnings("ignore")
PROMPTS = ("a cat", "a red apple on a table, painted by nobody", "cat " * 80)
SIZES = ((40, 30), (224, 224), (300, 260))
IMAGE_REWARD = (
    (-0.5427280068397522, -0.2613997757434845, -0.1729630082845688),
    (-0.5267555713653564, -0.24336491525173187, 0.08311326056718826),
    (-0.902754545211792, -0.7436445951461792, -0.5679911375045776),
)
MPS = (
    (0.06490505486726761, 0.030834658071398735, 0.2899332642555237),
    (0.06289858371019363, 0.0038003018125891685, 0.16330058872699738),
    (0.050098031759262085, 0.0014618157874792814, 0.17379996180534363),
)
MED = {
    "architectures": ["BertModel"], "attention_probs_dropout_prob": 0.1, "hidden_act": "gelu",
    "hidden_dropout_prob": 0.1, "hidden_size": 48, "initializer_range": 0.02, "intermediate_size": 96,
    "layer_norm_eps": 1e-12, "max_position_embeddings": 512, "model_type": "bert", "num_attention_heads": 4,
    "num_hidden_layers": 2, "pad_token_id": 0, "type_vocab_size": 2, "vocab_size": 30524, "encoder_width": 768,
    "add_cross_attention": True,
}  # fmt: skip
VISION = {"hidden_size": 64, "intermediate_size": 256, "num_hidden_layers": 2, "num_attention_heads": 2}
SHARED = {"intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 2, "hidden_act": "gelu"}
CLIP = {
    "text_config": {**SHARED, "hidden_size": 32},
    "vision_config": {**SHARED, "hidden_size": 48, "image_size": 56, "patch_size": 14},
    "projection_dim": 40,
}
Shapes = Iterator[tuple[str, tuple[int, ...]]]


def linear(name: str, wide: int, narrow: int) -> Shapes:
    """Weight and bias of a linear layer."""
    yield from ((f"{name}.weight", (narrow, wide)), (f"{name}.bias", (narrow,)))


def norm(name: str, size: int) -> Shapes:
    """Weight and bias of a norm."""
    yield from ((f"{name}.weight", (size,)), (f"{name}.bias", (size,)))


def image_reward_shapes() -> Shapes:
    """The tensors of ImageReward.pt, under its names, in the small sizes."""
    eye, text = "blip.visual_encoder", "blip.text_encoder"
    yield from ((f"{eye}.cls_token", (1, 1, 64)), (f"{eye}.pos_embed", (1, 197, 64)))
    yield from ((f"{eye}.patch_embed.proj.weight", (64, 3, 16, 16)), (f"{eye}.patch_embed.proj.bias", (64,)))
    for block in (f"{eye}.blocks.{number}" for number in range(2)):
        yield from (*norm(f"{block}.norm1", 64), *norm(f"{block}.norm2", 64))
        yield from (*linear(f"{block}.attn.qkv", 64, 192), *linear(f"{block}.attn.proj", 64, 64))
        yield from (*linear(f"{block}.mlp.fc1", 64, 256), *linear(f"{block}.mlp.fc2", 256, 64))
    yield from norm(f"{eye}.norm", 64)
    yield from norm(f"{text}.embeddings.LayerNorm", 48)
    yield from ((f"{text}.embeddings.{name}_embeddings.weight", (n, 48)) for name, n in
                (("word", 30524), ("position", 512)))  # fmt: skip
    for layer in (f"{text}.encoder.layer.{number}" for number in range(2)):
        for kind, width in (("attention", 48), ("crossattention", 64)):
            yield from linear(f"{layer}.{kind}.self.query", 48, 48)
            yield from (
                *linear(f"{layer}.{kind}.self.key", width, 48),
                *linear(f"{layer}.{kind}.self.value", width, 48),
            )
            yield from (*linear(f"{layer}.{kind}.output.dense", 48, 48), *norm(f"{layer}.{kind}.output.LayerNorm", 48))
        yield from (*linear(f"{layer}.intermediate.dense", 48, 96), *linear(f"{layer}.output.dense", 96, 48))
        yield from norm(f"{layer}.output.LayerNorm", 48)
    yield from (*linear("blip.vision_proj", 64, 256), *linear("blip.text_proj", 48, 256))  # no score uses these
    sizes = (48, 1024, 128, 64, 16, 1)
    for number, wide, narrow in zip((0, 2, 4, 6, 7), sizes, sizes[1:], strict=False):
        yield from linear(f"mlp.layers.{number}", wide, narrow)


def clip_shapes() -> Shapes:
    """The tensors of transformers' CLIP, in the small sizes."""
    yield "model.logit_scale", ()
    yield from ((f"model.text_model.embeddings.{name}_embedding.weight", (n, 32)) for name, n in
                (("token", 49408), ("position", 77)))  # fmt: skip
    yield "model.text_model.final_layer_norm.weight", (32,)  # its bias stays at 0, as new ones are
    eye = "model.vision_model.embeddings"
    yield from ((f"{eye}.class_embedding", (48,)), (f"{eye}.patch_embedding.weight", (48, 3, 14, 14)))
    yield from ((f"{eye}.position_embedding.weight", (17, 48)),)
    yield from (*norm("model.vision_model.pre_layrnorm", 48), *norm("model.vision_model.post_layernorm", 48))
    yield from (("model.visual_projection.weight", (40, 48)), ("model.text_projection.weight", (40, 32)))
    for tower, size in (("text", 32), ("vision", 48)):
        for layer in (f"model.{tower}_model.encoder.layers.{number}" for number in range(2)):
            for part in "qkv":
                yield from linear(f"{layer}.self_attn.{part}_proj", size, size)
            yield from linear(f"{layer}.self_attn.out_proj", size, size)
            yield from (*norm(f"{layer}.layer_norm1", size), *norm(f"{layer}.layer_norm2", size))
            yield from (*linear(f"{layer}.mlp.fc1", size, 96), *linear(f"{layer}.mlp.fc2", 96, size))


def mps_shapes() -> Shapes:
    """The tensors of MPS's state, under its names, in the small sizes, but for its norms' biases, which are all 0."""
    yield from clip_shapes()
    for layer in (f"cross_model.layers.{number}" for number in range(2)):
        words, patches = f"{layer}.0.fn", f"{layer}.1.fn"
        yield from ((f"{words}.norm.weight", (40,)), (f"{patches}.norm.weight", (40,)))
        yield from ((f"{words}.to_q.weight", (192, 40)), (f"{words}.to_kv.weight", (128, 40)))
        yield from ((f"{words}.to_out.weight", (40, 192)), (f"{words}.ff.0.weight", (320, 40)))
        yield from ((f"{words}.ff.2.weight", (40, 160)), (f"{patches}.fused_attn_ff_proj.weight", (640, 40)))
        yield from ((f"{patches}.attn_out.weight", (40, 192)), (f"{patches}.ff_out.1.weight", (40, 160)))


def fill(shapes: Shapes) -> dict[str, Any]:
    """Random weights of these shapes, always the same, that keep the size of what passes them about."""
    torch = pytest.importorskip("torch")
    rng, made = np.random.default_rng(7), {}
    for name, shape in sorted(shapes):
        x: Any = rng.standard_normal(shape).astype(np.float32)
        if len(shape) > 1:
            x = x / np.float32(np.sqrt(np.prod(shape[1:])))
        else:
            x = 1 + x / 10 if name.endswith("weight") else x / 10
        made[name] = torch.from_numpy(np.asarray(x * 20 if "token_embedding" in name else x, np.float32))
    return made


def mps_state() -> dict[str, Any]:
    """MPS's whole state, with the biases of its norms, and with what older transformers and it keep beside weights."""
    torch, made = pytest.importorskip("torch"), fill(mps_shapes())
    norms = [f"cross_model.layers.{number}.{part}.fn.norm.bias" for number in range(2) for part in range(2)]
    zeros = {name: torch.zeros(40) for name in norms} | {"model.text_model.final_layer_norm.bias": torch.zeros(32)}
    beside = {"model.text_model.embeddings.position_ids": torch.arange(77)[None]}
    return made | zeros | beside | {"cross_model.layers.0.1.fn.rotary_emb.inv_freq": torch.ones(32)}


@pytest.fixture
def reward_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """ImageReward's two files, of small sizes."""
    torch = pytest.importorskip("torch")
    from eval.encoders import blip_reward

    monkeypatch.setattr(blip_reward, "VISION", blip_reward.VISION | VISION)
    positions = {"blip.text_encoder.embeddings.position_ids": torch.arange(512)[None]}
    torch.save(fill(image_reward_shapes()) | positions, tmp_path / "ImageReward.pt")
    (tmp_path / "med_config.json").write_text(json.dumps(MED))
    return tmp_path


@pytest.fixture
def mps_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """MPS's safetensors, of small sizes."""
    safetensors = pytest.importorskip("safetensors.torch")
    from eval.encoders import mps_network

    for name, value in (("CLIP", CLIP), ("LAYERS", 2), ("HEADS", 3)):
        monkeypatch.setattr(mps_network, name, value)
    safetensors.save_file(mps_state(), tmp_path / "MPS_overall_checkpoint_diffsynth.safetensors")
    return tmp_path


def load(name: str, folder: Path) -> PairNetwork:
    """The network of a folder's weights."""
    encoder = ENCODERS[name]
    return cast(PairNetwork, encoder.load(encoder.checkpoint(folder), "cpu"))


def prepare_pictures(network: PairNetwork) -> np.ndarray[Any, Any]:
    """The pixels of three pictures of noise."""
    rngs = (np.random.default_rng(seed) for seed in range(len(SIZES)))
    noise = (rng.integers(0, 256, (high, wide, 3), dtype=np.uint8)
             for rng, (wide, high) in zip(rngs, SIZES, strict=True))  # fmt: skip
    return np.stack([network.prepare(Image.fromarray(one)) for one in noise])


def score_all(network: PairNetwork) -> np.ndarray[Any, Any]:
    """Every picture with every prompt, (3, 3), in one batch."""
    pixels = prepare_pictures(network)
    found = network.score_pairs(np.repeat(pixels, 3, axis=0), PROMPTS * 3)
    assert found.dtype == np.float32
    return found.reshape(3, 3)


def test_image_reward_scores_as_its_authors_package(reward_folder: Path) -> None:
    network = load("imagereward", reward_folder)
    assert score_all(network) == pytest.approx(np.array(IMAGE_REWARD), abs=1e-5)
    assert network.cut(["a cat", "cat " * 33, "cat " * 34]).tolist() == [False, False, True]


def test_mps_scores_as_its_authors_modules(mps_folder: Path) -> None:
    network = load("mps", mps_folder)
    assert score_all(network) == pytest.approx(np.array(MPS), abs=1e-5)
    assert network.cut(["a cat", "cat " * 75, "cat " * 76]).tolist() == [False, False, True]


def test_a_pair_has_the_same_score_in_any_batch(reward_folder: Path, mps_folder: Path) -> None:
    for name in ("imagereward", "mps"):
        network = load(name, reward_folder)
        alone, whole = prepare_pictures(network), score_all(network)
        each = [network.score_pairs(alone[row : row + 1], [PROMPTS[row]])[0] for row in range(3)]
        assert each == pytest.approx(np.diag(whole), abs=1e-5)


def test_mps_looks_at_no_word_that_is_not_like_its_condition(mps_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second prompt has such a word: with all shown its scores are others, and those of the first are not."""
    from eval.encoders import mps_network

    monkeypatch.setattr(mps_network, "ALIKE", -1e9)
    found = score_all(load("mps", mps_folder))
    assert found[:, 0] == pytest.approx(np.array(MPS)[:, 0], abs=1e-5)
    assert np.abs(found[:, 1] - np.array(MPS)[:, 1]).min() > 1e-4


def test_how_like_a_word_must_be_is_measured_by_its_own_prompt() -> None:
    torch = pytest.importorskip("torch")
    from eval.encoders.mps_network import choose_words

    words = torch.tensor([[[1.0, 0.0], [0.0, 0.5], [0.2, 0.1]], [[10.0, 0.0], [0.0, 4.0], [2.0, 1.0]]])
    shown = choose_words(words, torch.eye(2))
    assert shown.tolist() == [[True, True, False]] * 2
    assert choose_words(words[:1], torch.eye(2)).tolist() == shown[:1].tolist()


def test_mps_is_read_from_a_file_of_torch_in_half_precision_too(mps_folder: Path) -> None:
    torch = pytest.importorskip("torch")
    (mps_folder / "MPS_overall_checkpoint_diffsynth.safetensors").unlink()
    halves = {name: value.half() if value.is_floating_point() else value for name, value in mps_state().items()}
    torch.save(halves, mps_folder / "MPS_overall.pth")
    assert score_all(load("mps", mps_folder)) == pytest.approx(np.array(MPS), abs=5e-3)


class Module:
    """What a pickled module is to who must not read it."""


def test_the_authors_pickled_module_is_refused_with_what_to_fetch(mps_folder: Path) -> None:
    torch = pytest.importorskip("torch")
    (mps_folder / "MPS_overall_checkpoint_diffsynth.safetensors").unlink()
    torch.save(Module(), mps_folder / "MPS_overall_checkpoint.pth")
    with pytest.raises(
        MissingFile, match=r"MPS_overall_checkpoint\.pth holds no weights of MPS by name .*modelscope d"
    ):
        load("mps", mps_folder)


@pytest.mark.parametrize("content", [Module(), [1], {"a": 1}, None], ids=["module", "list", "numbers", "text"])
def test_a_file_that_holds_no_weights_is_refused(reward_folder: Path, content: Any) -> None:
    torch = pytest.importorskip("torch")
    torch.save(content, reward_folder / "ImageReward.pt")
    if content is None:
        (reward_folder / "ImageReward.pt").write_text("no weights")
    with pytest.raises(MissingFile, match=r"ImageReward\.pt holds no weights of ImageReward by name alone: fetch"):
        load("imagereward", reward_folder)


def test_weights_that_are_not_whole_or_of_another_size_are_refused_by_name(
    reward_folder: Path, mps_folder: Path
) -> None:
    torch, safetensors = pytest.importorskip("torch"), pytest.importorskip("safetensors.torch")
    whole = fill(image_reward_shapes())
    lacking = {name: value for name, value in whole.items() if name != "mlp.layers.7.bias"}
    for state in (lacking, whole | {"mlp.layers.7.bias": torch.zeros(2)}):
        torch.save(state, reward_folder / "ImageReward.pt")
        with pytest.raises(MissingFile, match=r"does not fit ImageReward at head\.7\.bias: fetch it again"):
            load("imagereward", reward_folder)
    state = mps_state()
    del state["cross_model.layers.1.0.fn.to_kv.weight"]
    safetensors.save_file(state, mps_folder / "MPS_overall_checkpoint_diffsynth.safetensors")
    with pytest.raises(MissingFile, match=r"does not fit MPS at cross\.layers\.1\.0\.to_kv\.weight"):
        load("mps", mps_folder)
    (mps_folder / "MPS_overall_checkpoint_diffsynth.safetensors").write_bytes(b"torn")
    with pytest.raises(MissingFile, match=r"diffsynth\.safetensors can't be read"):
        load("mps", mps_folder)


@pytest.mark.parametrize("content", ["no json", "[]", '{"vocab_size": 3}', '{"vocab_size": "many"}'])
def test_a_config_that_is_none_is_refused(reward_folder: Path, content: str) -> None:
    (reward_folder / "med_config.json").write_text(content)
    with pytest.raises(MissingFile, match=r"med_config\.json is no config of ImageReward's text encoder"):
        load("imagereward", reward_folder)


def test_encoders_of_pairs_are_models_of_preferences_and_say_between_what_their_scores_are() -> None:
    found = {one.name: one for one in ENCODERS if isinstance(one, ScoresPairs)}
    assert set(found) == {"imagereward", "mps"}
    for one in found.values():
        least, most = one.scores_between
        assert least < most
        assert isinstance(one, TrainedOnPreferences)
