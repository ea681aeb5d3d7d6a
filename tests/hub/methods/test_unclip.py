"""Training of translator, prior and decoder: two steps in the real format, a resumed run, what is reported."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from hub.errors import MissingFile, Stopped
from hub.methods.diffusion import validation
from hub.methods.diffusion.config import TrainConfig
from hub.methods.diffusion.model import read_unet
from hub.methods.unclip.config import IMAGE, PriorConfig, TranslationConfig, TranslatorConfig
from hub.methods.unclip.loss import noise_embedding
from hub.methods.unclip.model import ResidualBlock, build_prior, build_translator, predict_embedding
from hub.methods.unclip.saved_pipeline import read_facts
from hub.methods.unclip.train import TranslationStep, read_data, train
from hub.methods.unclip.train_decoder import train_decoder
from hub.methods.unclip.unclip_pipeline import read_unclip
from hub.pixel_pipeline_folder import DECODER, STATISTICS, TRANSLATOR
from hub.training_progress import read_lines
from tests.hub.methods.diffusion_made import SMALL, seeded
from tests.hub.methods.unclip_made import MLP, TRANSFORMER, made_statistics, write_unclip

TINY = TranslationConfig(images=16, batch=8, every=1, mlp=MLP, transformer=TRANSFORMER)


@pytest.fixture
def decoder(tmp_path: Path) -> Path:
    """A small decoder's file, in a pipeline."""
    return write_unclip(tmp_path / "decoder") / DECODER


def test_a_block_adds_to_what_it_is_given_and_without_weights_leaves_it() -> None:
    block, x = ResidualBlock(8, 16, 0.1).eval(), torch.randn(3, 8)
    assert not torch.equal(block(x), x)
    for parameter in block.body[4].parameters():
        torch.nn.init.zeros_(parameter)
    assert torch.equal(block(x), x)


def test_translator_and_prior_give_an_image_embedding_a_text() -> None:
    text, y = torch.randn(5, 384), torch.randn(5, IMAGE)
    translator, prior = build_translator(TranslatorConfig()).eval(), build_prior(PriorConfig()).eval()
    assert translator(text).shape == (5, IMAGE)
    seen = predict_embedding(prior, y, torch.tensor(500), text)
    assert seen.shape == (5, IMAGE)
    assert not torch.allclose(seen, predict_embedding(prior, y, torch.tensor(500), torch.randn(5, 384)))


def test_noise_leaves_an_embedding_at_the_start_and_hides_it_at_the_end() -> None:
    y, noise = torch.randn(2, 2, 8)
    found = noise_embedding(y, noise, torch.tensor([1.0, 0.0]))
    assert torch.equal(found[0], y[0])
    assert torch.equal(found[1], noise[1])


def test_a_dimension_that_hardly_varies_is_not_blown_up() -> None:
    x = torch.randn(50, 384)
    x[:, 3] = 0.7
    statistics = made_statistics()
    statistics.measure("text", x)
    found = statistics.half().float().standardise("text", x)
    assert found[:, 3].abs().max() < 1e-2
    assert (found.std(0)[:3] - 1).abs().max() < 1e-2


def test_training_data_are_standardised_by_the_statistics_that_are_saved(pack: Path, decoder: Path) -> None:
    data = read_data(pack, decoder)
    assert data.texts.mean(0).abs().max() < 0.05
    assert (data.texts.std(0) - 1).abs().max() < 0.05
    kept = read_unclip(decoder.parents[1]).statistics
    assert torch.equal(data.statistics.image_mean, kept.image_mean), "those that the decoder was trained by"
    assert not torch.equal(data.statistics.text_mean, kept.text_mean)
    assert data.plain.keys() == {"mse_identity", "mse_mean"}


@pytest.mark.parametrize("prior", [False, True])
def test_a_step_learns(pack: Path, decoder: Path, prior: bool) -> None:
    torch.manual_seed(0)
    config = replace(TINY, prior=prior, images=8 * 60, lr=5e-3)
    step = TranslationStep(config, read_data(pack, decoder))
    losses = [step() for _ in range(60)]
    assert sum(losses[-10:]) < sum(losses[:10])


def test_a_share_of_captions_is_left_out_where_that_is_asked_for(pack: Path, decoder: Path) -> None:
    data = read_data(pack, decoder)
    for share in (0.0, 0.25):
        texts, _ = TranslationStep(replace(TINY, batch=400, drop_captions=share), data).draw_batch()
        assert abs((texts == 0).all(1).float().mean().item() - share) < 0.08


@pytest.mark.parametrize("prior", [False, True])
def test_training_writes_a_whole_pipeline_with_the_decoder_it_was_given(
    pack: Path, tmp_path: Path, decoder: Path, prior: bool
) -> None:
    folder = train(replace(TINY, prior=prior), pack, tmp_path / "run", decoder)
    pipeline = read_unclip(folder)
    embedding = pipeline.embed_texts(torch.randn(1, 384), seeded(0))
    assert torch.isfinite(pipeline(embedding, seeded(0), 2)).all()
    for name in (DECODER, TRANSLATOR, STATISTICS):
        with safe_open(folder / name, "pt") as file:
            assert {file.get_slice(key).get_dtype() for key in file.keys()} == {"F16"}, name  # noqa: SIM118
    facts = read_facts(folder / TRANSLATOR)
    assert (facts["images_seen"], facts["losses"], facts["config"]["prior"]) == (16, [], prior)
    assert facts["validation"].keys() == {"mse", "mse_identity", "mse_mean"}
    assert "--images 16 --batch 8 --every 1" in facts["command"]
    assert read_facts(folder / DECODER)["images_seen"] == 8
    rows = (tmp_path / "run" / "log.csv").read_text().splitlines()
    assert rows[0] == "seconds,step,loss,mse" and len(rows) == 1 + 2
    last = read_lines(tmp_path / "run")[-1]
    assert (last.step, last.of) == (2, 2)


def test_a_resumed_run_ends_as_an_unbroken_one(pack: Path, tmp_path: Path, decoder: Path) -> None:
    config = replace(TINY, images=32)
    whole = train(config, pack, tmp_path / "whole", decoder)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "stop").touch()
    with pytest.raises(Stopped, match="was stopped at step 1 of 4"):
        train(config, pack, tmp_path / "broken", decoder)
    again = train(config, pack, tmp_path / "broken", decoder)
    one, other = (read_unclip(folder).translator.state_dict() for folder in (whole, again))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_without_a_decoder_nothing_is_trained(pack: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match="There is no checkpoint"):
        train(TINY, pack, tmp_path / "run", tmp_path / "none.safetensors")
    assert not (tmp_path / "run").exists()


def test_a_decoder_is_trained_on_pictures_embeddings_and_joined_with_the_translator(
    pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validation, "STEPS", 2)
    there = write_unclip(tmp_path / "there")
    config = TrainConfig(images=8, batch=4, warm_up=1, every=1, judged=0, model=SMALL)
    folder = train_decoder(config, pack, tmp_path / "run", there)
    new, old = read_unclip(folder), read_unclip(there)
    assert {path.name for path in folder.iterdir()} >= {"decoder", "translator", "statistics", "scheduler"}
    assert not (folder / "unet").exists()
    assert torch.equal(new.translator.first.weight, old.translator.first.weight)
    assert not torch.equal(new.statistics.image_mean, old.statistics.image_mean)
    assert new.decoder.config.projection_class_embeddings_input_dim == IMAGE
    with safe_open(folder / DECODER, "pt") as file:
        facts = json.loads(file.metadata()["training"])
    alone = train_decoder(config, pack, tmp_path / "run", tmp_path / "none")
    assert alone == tmp_path / "run" / "decoder"
    assert torch.equal(read_unet(alone / Path(DECODER).name)[0].conv_in.weight, new.decoder.conv_in.weight)
    assert facts["command"].startswith("python -m hub.methods.unclip.train_decoder --pack emoji.safetensors --images 8")
