"""SSA-GAN, AttnGAN and DAMSM: each property of the design, two steps of training, a run that goes on, the best kept."""

import copy
import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import load_file

from hub.encoders import load_for_loss, text_encoder
from hub.encoders.frozen_networks import TextStates, minilm_state
from hub.encoders.word_reader import WordReader, prune_minilm
from hub.errors import DataError, MissingFile
from hub.methods.contrastive.attention_generator import AttentionGenerator, StyleNorm, WordAttention
from hub.methods.contrastive.config import ARMS
from hub.methods.contrastive.damsm import Damsm, GuideEye, PictureView, load_damsm
from hub.methods.contrastive.kid_chooser import KidChooser
from hub.methods.contrastive.loss import (
    augmentation_divergence,
    bce_discriminator,
    bce_generator,
    match_words,
    matching_loss,
)
from hub.methods.contrastive.matching_discriminators import MatchingDiscriminator, PixelTrunk
from hub.methods.contrastive.ssa_generator import SemanticSpatialNorm, SsaGenerator
from hub.methods.contrastive.step import ContrastiveStep
from hub.methods.contrastive.train import PairedBatches, load_frozen, read_texts, train
from hub.methods.contrastive.train_damsm import DamsmConfig, train_damsm
from hub.methods.data.pack import read_pack
from hub.methods.scad.loss import gradient_penalty
from tests.hub.methods.contrastive_made import ATTENTION, SSA, TINY, made_damsm, made_texts

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def damsm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_damsm(tmp_path_factory.mktemp("damsm"))


def test_a_fresh_ssa_generator_is_independent_of_the_text() -> None:
    torch.manual_seed(0)
    model, z = SsaGenerator(SSA), torch.randn(4, SSA.noise)
    one, other = (model(z, made_texts(4, seed))[0] for seed in (0, 1))
    assert torch.equal(one, other)
    assert one.shape == (4, 3, 64, 64)
    with torch.no_grad():
        for name, value in model.named_parameters():
            if name.endswith(("gamma", "told.2.weight")):
                value.normal_()
    one, other = (model(z, made_texts(4, seed))[0] for seed in (0, 1))
    assert not torch.allclose(one, other)


def test_where_the_mask_is_0_a_semantic_spatial_norm_is_plain_batch_normalisation() -> None:
    torch.manual_seed(0)
    norm, x, t = SemanticSpatialNorm(12, 8, 5), 3 * torch.randn(4, 5, 6, 6) + 1, torch.randn(4, 12)
    with torch.no_grad():
        norm.get_parameter("told.2.weight").normal_()
    plain = F.batch_norm(x, None, None, training=True)
    mask = torch.zeros(4, 1, 6, 6)
    assert torch.allclose(norm(x, t, mask), plain, atol=1e-6)
    mask[:, :, :, 3:] = 1
    told = norm(x, t, mask)
    assert torch.allclose(told[..., :3], plain[..., :3], atol=1e-6)
    assert not torch.allclose(told[..., 3:], plain[..., 3:], atol=1e-2)


def test_ma_gp_of_a_linear_discriminator_is_twice_its_gradients_sixth_power() -> None:
    torch.manual_seed(0)
    w, v, x, t = torch.randn(12), torch.randn(5), torch.randn(4, 12, requires_grad=True), torch.randn(4, 5)
    told = t.requires_grad_(True)
    penalty = gradient_penalty(x @ w + told @ v, [x, told])
    assert penalty.item() == pytest.approx(2 * (w.square().sum() + v.square().sum()).item() ** 3, rel=1e-4)


def test_the_penalty_is_a_step_of_its_own(damsm: Path, pack: Path) -> None:
    """Another weight of it changes the discriminator, and the step before it is the same."""
    made = []
    for weight in (0.0, 2.0):
        torch.manual_seed(0)
        config = replace(TINY["ssagan"], penalty=weight)
        step = ContrastiveStep(config, CPU, load_frozen(config, CPU, damsm))
        rows = read_pack(pack, "train")
        scores = step(PairedBatches(rows, read_texts(rows, CPU), CPU, step.rng)(4), 1.0)
        made.append((scores, step.d.state_dict()))
    assert made[0][0]["d"] == made[1][0]["d"]
    assert made[0][0]["penalty"] == 0 and made[1][0]["penalty"] > 0
    assert any(not torch.equal(made[0][1][key], made[1][1][key]) for key in made[0][1])


def test_attention_is_a_mean_of_the_words_that_are_there() -> None:
    torch.manual_seed(0)
    attend, h, texts = WordAttention(384, 5), torch.randn(3, 5, 4, 4), made_texts(3)
    words = texts.words.clone()
    words[~texts.mask] = 1e3  # what fills a row up
    assert torch.allclose(attend(h, texts.words, texts.mask), attend(h, words, texts.mask), atol=1e-5)
    alone = TextStates(texts.sentences, texts.words, torch.arange(6) < torch.ones(3, 1))
    context = attend(h, alone.words, alone.mask)
    assert torch.allclose(context, attend.project(alone.words[:, 0])[:, :, None, None].expand_as(context), atol=1e-5)
    nothing = attend(h, texts.words, torch.zeros_like(texts.mask))
    assert torch.isfinite(nothing).all()


def test_a_style_norm_starts_as_plain_instance_normalisation() -> None:
    x, s = torch.randn(3, 5, 4, 4), torch.randn(3, 12)
    assert torch.allclose(StyleNorm(12, 5)(x, s), F.instance_norm(x), atol=1e-6)


def test_the_staged_generator_draws_three_sizes_and_looks_at_words_and_sentence() -> None:
    torch.manual_seed(0)
    model, z, texts = AttentionGenerator(ATTENTION).eval(), torch.randn(3, ATTENTION.noise), made_texts(3)
    drawn = model(z, texts)
    assert [x.shape for x in drawn] == [(3, 3, 16, 16), (3, 3, 32, 32), (3, 3, 64, 64)]
    other = made_texts(3, seed=1)
    worded = model(z, texts._replace(words=other.words))
    assert torch.equal(drawn[0], worded[0]), "the first stage sees no words"
    assert not torch.allclose(drawn[2], worded[2])
    assert not torch.allclose(drawn[0], model(z, texts._replace(sentences=other.sentences))[0])


def test_losses_of_attngan_are_their_closed_forms() -> None:
    zero = torch.zeros(4)
    assert bce_discriminator(zero, zero).item() == pytest.approx(2 * math.log(2))
    assert bce_discriminator(zero, zero, zero).item() == pytest.approx(2 * math.log(2))
    assert bce_generator(zero).item() == pytest.approx(math.log(2))
    assert augmentation_divergence(torch.zeros(3, 5), torch.zeros(3, 5)).item() == 0
    assert augmentation_divergence(torch.ones(3, 5), torch.zeros(3, 5)).item() == pytest.approx(0.5)


def test_words_are_matched_as_the_papers_equations_say() -> None:
    """Beside eq. 7 to 10 written out, with each context made."""
    torch.manual_seed(0)
    v, e = torch.randn(2, 7, 5), torch.randn(3, 4, 5)
    mask = torch.arange(4) < torch.tensor([[4], [2], [1]])
    found = match_words(v, e, mask)
    for i in range(2):
        for j in range(3):
            words = e[j][mask[j]]
            weights = (4 * (words @ v[i].T).softmax(dim=0)).softmax(dim=1)
            cosines = F.cosine_similarity(weights @ v[i], words, dim=1)
            expected = (5 * cosines).exp().sum().log() / 5
            assert found[i, j].item() == pytest.approx(expected.item(), abs=1e-4)


def test_rows_of_ones_own_class_are_no_wrong_answers() -> None:
    alike = torch.eye(4)
    apart, same = torch.arange(4), torch.zeros(4, dtype=torch.long)
    assert matching_loss(torch.ones(4, 4), apart).item() == pytest.approx(2 * math.log(4))
    assert matching_loss(alike, same).item() == pytest.approx(0)
    pairs = torch.tensor([0, 0, 1, 1])
    assert matching_loss(alike, pairs).item() < matching_loss(alike, apart).item()


def test_the_guides_one_pass_is_its_own_embedding() -> None:
    guide, x = load_for_loss("guide"), torch.rand(2, 3, 64, 64) * 2 - 1
    view = GuideEye(guide)(x)
    assert torch.allclose(F.normalize(view.embedding, dim=1), guide.pixels(x), atol=1e-5)
    assert view.regions.shape == (2, 64, GuideEye.regions) and view.pooled.shape == (2, GuideEye.pooled)


def test_a_pixel_trunk_ends_at_4x4_and_gives_a_logit_a_picture() -> None:
    d = MatchingDiscriminator(PixelTrunk(32, 8), 12, 8, plain=True)
    grid = d.trunk([torch.randn(3, 3, 32, 32)])
    assert grid.shape[2:] == (4, 4)
    assert d.judge(grid, torch.randn(3, 12)).shape == d.judge_plain(grid).shape == (3,)


def test_two_wordings_are_different_where_there_are_two(pack: Path) -> None:
    rows = read_pack(pack, "train")
    every = torch.arange(len(rows))
    counts = rows.text_offsets[1:] - rows.text_offsets[:-1]
    one, other = rows.text_pairs(every, torch.Generator().manual_seed(0))
    assert ((one != other) == (counts > 1)).all() and (counts > 1).any() and (counts == 1).any()
    for said in (one, other):
        assert ((said >= rows.text_offsets[:-1]) & (said < rows.text_offsets[1:])).all()


def test_words_are_read_alike_from_text_from_tokens_and_by_a_pruned_minilm() -> None:
    encoder, texts = text_encoder(), ["red apple, in Noto style", "a small cat sits on a mat", "hi"]
    tokens = encoder.tokens(texts)
    plain, whole = encoder.read(texts), WordReader()(tokens)
    state = prune_minilm(minilm_state(), tokens)
    pruned = WordReader(state)(tokens)
    assert torch.equal(plain.sentences, encoder(texts))
    assert plain.mask.sum(1).tolist() == [7, 7, 1]
    for found, tolerance in ((whole, 1e-5), (pruned, 2e-2)):  # half precision
        assert torch.equal(found.mask, plain.mask)
        assert torch.allclose(found.sentences, plain.sentences, atol=tolerance)
        assert torch.allclose(found.words[plain.mask], plain.words[plain.mask], atol=tolerance)
    assert sum(one.numel() * one.element_size() for one in state.values()) < 25e6
    with pytest.raises(ValueError, match="pruned"):
        WordReader(state)(encoder.tokens(["zebra"]))


def test_a_pack_of_an_older_build_is_told_to_be_built_again(pack: Path) -> None:
    with pytest.raises(DataError, match="build it again"):
        read_texts(replace(read_pack(pack, "train"), tokens=None), CPU)


@pytest.mark.parametrize("arm", TINY)
@pytest.mark.parametrize("trunk", ["features", "pixels"])
def test_some_steps_of_training_move_all_that_is_trained_and_nothing_else(
    arm: str, trunk: str, damsm: Path, pack: Path
) -> None:
    torch.manual_seed(0)
    config = replace(TINY[arm], trunk=trunk)
    step = ContrastiveStep(config, CPU, load_frozen(config, CPU, damsm))
    frozen = {"eye": step.frozen.eye.trunk, "damsm": step.frozen.damsm}
    before = {name: copy.deepcopy(one.state_dict()) for name, one in frozen.items()}
    began = [copy.deepcopy(dict(one.named_parameters())) for one in (step.g, step.d)]
    rows = read_pack(pack, "train")
    batches = PairedBatches(rows, read_texts(rows, CPU), CPU, step.rng)
    for _ in range(5):  # what stands behind a factor that begins at 0 moves later
        scores = step(batches(4), 1.0)
    assert all(torch.isfinite(value) for value in scores.values())
    assert "penalty" in scores and ("kl" in scores) == arm.startswith("attngan")
    for name, one in frozen.items():
        assert all(torch.equal(value, before[name][key]) for key, value in one.state_dict().items()), name
    for old, model in zip(began, (step.g, step.d), strict=True):
        still = {name for name, value in model.named_parameters() if torch.equal(value, old[name])}
        assert still <= {"0.with_text.2.bias"}  # which the hinge does not move while all rows are within its margin


def test_arms_of_one_architecture_differ_in_the_contrasts_alone() -> None:
    plain = {"name": "", "fake_to_fake": 0.0, "fake_to_real": 0.0}
    assert replace(ARMS["ssagan"], **plain) == replace(ARMS["ssagan-contrastive"], **plain)  # type: ignore[arg-type]
    assert ARMS["ssagan"].fake_to_fake == ARMS["ssagan"].fake_to_real == 0


def test_a_contrast_of_weight_0_moves_nothing(damsm: Path, pack: Path) -> None:
    states = []
    for weights in ({}, {"fake_to_fake": 1e-30, "fake_to_real": 1e-30}, {"fake_to_fake": 1.0}):
        torch.manual_seed(0)
        config = replace(TINY["ssagan"], **weights)  # type: ignore[arg-type]
        step = ContrastiveStep(config, CPU, load_frozen(config, CPU, damsm))
        rows = read_pack(pack, "train")
        step(PairedBatches(rows, read_texts(rows, CPU), CPU, step.rng)(4), 1.0)
        states.append(torch.cat([one.detach().flatten() for one in step.g.parameters()]))
    assert torch.allclose(states[0], states[1])
    assert not torch.allclose(states[0], states[2])


def test_a_stopped_run_goes_on_as_one_that_was_not(damsm: Path, pack: Path, tmp_path: Path) -> None:
    config = TINY["ssagan-contrastive"]
    whole = train(replace(config, images=16), pack, tmp_path / "whole", damsm)
    train(config, pack, tmp_path / "parts", damsm)
    parts = train(replace(config, images=16), pack, tmp_path / "parts", damsm)
    one, other = load_file(whole), load_file(parts)
    assert all(torch.equal(one[key], other[key]) for key in one)
    with safe_open(whole, "pt") as file:
        facts = json.loads(file.metadata()["training"])
    assert len(facts["validation_kid"]) <= 4 and facts["images_seen"] % 4 == 0
    assert set(facts["losses"]) == {"guide", "damsm", "efficientnet-lite0"}
    rows = (tmp_path / "whole" / "log.csv").read_text().splitlines()
    assert len(rows) == 5 and rows[0].endswith("kid")


def test_the_best_checkpoint_by_validation_kid_is_kept(
    damsm: Path, pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = iter([0.5, 0.2, 0.9, 0.3])

    def judge(self: KidChooser, model: object) -> bool:
        self.found.append(next(told))
        return self.found[-1] == min(self.found)

    monkeypatch.setattr(KidChooser, "__call__", judge)
    path = train(replace(TINY["ssagan"], images=16), pack, tmp_path, damsm)
    with safe_open(path, "pt") as file:
        facts = json.loads(file.metadata()["training"])
    assert (facts["images_seen"], facts["validation_kid"]) == (8, [0.5, 0.2])


def test_the_chooser_finds_the_nearer_pictures(pack: Path) -> None:
    held = read_pack(pack, "validation")
    captions = made_texts(len(held))
    chooser = KidChooser(held, captions, 0 or len(held), CPU)

    class Drawn:
        noise = 4

        def __init__(self, x: torch.Tensor) -> None:
            self.x = x

        def __call__(self, z: torch.Tensor, texts: TextStates) -> list[torch.Tensor]:
            return [self.x]

    real = held.images.float() / 127.5 - 1
    assert chooser(Drawn(torch.zeros_like(real)))
    assert chooser(Drawn(real))
    assert not chooser(Drawn(torch.ones_like(real)))


def test_damsm_is_trained_and_read_again(pack: Path, tmp_path: Path) -> None:
    scores = train_damsm(DamsmConfig(steps=3, batch=4), pack, tmp_path)
    assert set(scores) == {"words_r1", "sentences_r1"}
    model = load_damsm(tmp_path / "model.safetensors")
    assert not any(one.requires_grad for one in model.parameters())
    with pytest.raises(MissingFile, match="train_damsm"):
        load_damsm(tmp_path / "none.safetensors")


def test_damsm_learns_to_match_what_belongs_together() -> None:
    torch.manual_seed(0)
    model, n = Damsm(), 8
    codes = torch.randn(n, 384)
    words = codes[:, None].expand(-1, 6, -1)
    texts = TextStates(F.normalize(codes, dim=1), words, torch.ones(n, 6, dtype=torch.bool))
    view = PictureView(torch.randn(n, 64, GuideEye.regions), torch.randn(n, GuideEye.pooled), torch.randn(n, 8))
    optimiser = torch.optim.Adam(model.parameters(), 1e-2)
    losses = []
    for _ in range(30):
        loss = model(view, texts, torch.arange(n))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 4
