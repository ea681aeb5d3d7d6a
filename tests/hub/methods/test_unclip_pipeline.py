"""The unCLIP pipeline: embeddings, guidance, thresholding, SDEdit, folders good and bad."""

import json
from collections.abc import Callable
from pathlib import Path

import diffusers
import pytest
import torch
from torch import Tensor

from hub.errors import DataError, HubError
from hub.methods.diffusion.model import build_scheduler, fold
from hub.methods.diffusion.pixel_pipeline import (
    PixelPipeline,
    guide_classifier_free,
    predict_clean,
    threshold_clean,
    threshold_prediction,
)
from hub.methods.unclip.adopt_decoder import adopt_decoder
from hub.methods.unclip.saved_pipeline import read_facts
from hub.methods.unclip.statistics_of_pack import BESIDE, take_beside, write_beside
from hub.methods.unclip.unclip_pipeline import UnclipPipeline, read_unclip
from hub.pixel_pipeline_folder import DECODER, STATISTICS, TRANSLATOR
from tests.hub.methods.diffusion_made import seeded, write_unet
from tests.hub.methods.test_pixel_pipeline import KnowsThePicture
from tests.hub.methods.unclip_made import DECODER_CONFIG, FACTS, made_statistics, made_unclip, write_unclip

TIME = torch.tensor(500)
ALPHAS = build_scheduler().alphas_cumprod


def test_texts_and_pictures_are_standardised_by_their_own_statistics() -> None:
    pipeline = made_unclip()
    texts, pictures = torch.randn(2, 384), torch.randn(2, 256)
    mean, std = pipeline.statistics.image_mean, pipeline.statistics.image_std
    assert torch.allclose(pipeline.embed_images(pictures), (pictures - mean) / std)
    assert torch.allclose(pipeline.statistics.restore("image", pipeline.embed_images(pictures)), pictures, atol=1e-5)
    standard = pipeline.statistics.standardise("text", texts)
    assert torch.equal(pipeline.embed_texts(texts), pipeline.translator(standard))


def test_a_priors_embeddings_are_drawn_each_by_its_own_generator() -> None:
    pipeline, texts = made_unclip(prior=True), torch.randn(3, 384)
    together, alone = pipeline.embed_texts(texts, seeded(1, 2, 3)), pipeline.embed_texts(texts[1:2], seeded(2))
    assert together.shape == (3, 256)
    assert torch.allclose(together[1], alone[0], atol=1e-4)
    assert not torch.allclose(pipeline.embed_texts(texts[1:2], seeded(9)), alone)
    assert not torch.allclose(pipeline.embed_texts(texts[1:2], seeded(2), prior_scale=3.0), alone)


def test_guidance_of_one_is_conditional_and_of_zero_is_the_null_embedding() -> None:
    pipeline, (a, b) = made_unclip(), torch.randn(2, 1, 256)

    def drawn(embedding: Tensor, scale: float | None) -> Tensor:
        guider = None if scale is None else guide_classifier_free(scale)
        picture: Tensor = pipeline(embedding, seeded(0), 2, guider=guider)
        return picture

    assert torch.equal(drawn(a, 1.0), drawn(a, None))
    assert torch.equal(drawn(a, 0.0), drawn(b, 0.0))
    assert torch.allclose(drawn(a, 0.0), drawn(torch.zeros(1, 256), None), atol=1e-4)
    assert not torch.allclose(drawn(a, 3.0), drawn(a, 1.0))


def test_thresholding_leaves_what_is_within_1_and_brings_the_rest_there() -> None:
    within = torch.rand(4, 12, 8, 8) * 2 - 1
    assert torch.equal(threshold_clean(within, 0.995), within)
    beyond = torch.randn(4, 12, 8, 8) * torch.tensor([0.2, 1, 5, 100]).view(4, 1, 1, 1)
    found = threshold_clean(beyond, 0.995)
    assert found.abs().max() <= 1
    high = beyond[2].abs().flatten().quantile(0.995)
    assert torch.allclose(found[2], (beyond[2] / high).clamp(-1, 1), atol=1e-6)
    assert torch.equal(found[0], beyond[0].clamp(-1, 1))


def test_a_thresholded_prediction_is_v_of_the_thresholded_picture_and_v_itself_where_nothing_is_beyond() -> None:
    x, v = torch.randn(2, 2, 12, 8, 8)
    changed, clean = threshold_prediction(ALPHAS, x, 3 * v, TIME, 0.9)
    assert clean.abs().max() <= 1
    assert torch.allclose(predict_clean(ALPHAS, x, changed, TIME), clean, atol=1e-4)
    same, _ = threshold_prediction(ALPHAS, 0.01 * x, 0.01 * v, TIME, 0.9)
    assert torch.equal(same, 0.01 * v)
    assert torch.equal(threshold_prediction(ALPHAS, x, 3 * v, TIME, 1.0)[0], 3 * v)


@pytest.mark.parametrize("name", ["DDIMScheduler", "DPMSolverMultistepScheduler", "EulerDiscreteScheduler"])
def test_sdedit_draws_nearer_to_the_picture_the_less_noise_it_begins_with(name: str) -> None:
    pipeline, image = made_unclip(), torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1)) * 2 - 1
    pipeline.scheduler = getattr(diffusers, name).from_config(build_scheduler().config)
    folded = torch.nn.functional.pixel_unshuffle(image, 2)[0]
    pipeline.decoder = KnowsThePicture(folded, build_scheduler().alphas_cumprod)
    drawing = PixelPipeline(pipeline.decoder, pipeline.scheduler)
    for strength, steps in ((1.0, 10), (0.5, 5), (0.01, 1)):
        pipeline.decoder.asked.clear()
        drawn = drawing(torch.zeros(1, 256), seeded(0), 10, image=image, strength=strength)
        assert len(pipeline.decoder.asked) == steps
        assert (drawn - image).abs().max() < 0.05
    plain = made_unclip()
    embedding = torch.randn(1, 256)
    gaps = [
        (plain(embedding, seeded(0), 10, image=image, strength=strength) - image).square().mean().item()
        for strength in (0.1, 0.3, 0.6)
    ]
    assert gaps == sorted(gaps)
    unguided = plain(embedding, seeded(0), 10)
    assert torch.equal(plain(embedding, seeded(0), 10, image=image, strength=1.0), unguided)


def test_no_weight_of_a_guide_changes_no_bit_and_more_brings_nearer_to_it() -> None:
    pipeline, embedding = made_unclip(), torch.randn(1, 256)
    guide = torch.rand(1, 3, 64, 64) * 2 - 1

    def drawn(weight: float | None) -> Tensor:
        picture: Tensor = pipeline(
            embedding, seeded(0), 10, None if weight is None else pipeline.guide(guide, [weight])
        )
        return picture

    assert torch.equal(drawn(0.0), drawn(None))
    gaps = [(drawn(weight) - guide).square().mean().item() for weight in (0.0, 0.001, 0.003, 0.01)]
    assert gaps == sorted(gaps, reverse=True)
    assert len({*gaps}) == 4
    assert torch.equal(pipeline.guide(guide, [0.1]).guide, fold(guide, pipeline.decoder))


@pytest.mark.parametrize("prior", [False, True])
def test_a_saved_pipeline_is_read_again_by_diffusers_own_format(tmp_path: Path, prior: bool) -> None:
    pipeline, text = made_unclip(prior), torch.randn(1, 384)
    pipeline.save_pretrained(tmp_path / "saved")
    index = json.loads((tmp_path / "saved" / "model_index.json").read_text())
    assert index["_class_name"] == "UnclipPipeline"
    for again in (read_unclip(tmp_path / "saved"), UnclipPipeline.from_pretrained(tmp_path / "saved")):
        for part in ("decoder", "translator", "statistics"):
            states = [getattr(one, part).state_dict() for one in (again, pipeline)]
            assert all(torch.equal(states[0][name], states[1][name]) for name in states[1])
        embedding = again.embed_texts(text, seeded(0))
        assert torch.allclose(embedding, pipeline.embed_texts(text, seeded(0)), atol=1e-4)
        assert torch.allclose(again(embedding, seeded(0), 2), pipeline(embedding, seeded(0), 2), atol=1e-4)


def _change_index(folder: Path, **change: object) -> None:
    path = folder / "model_index.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "other": (lambda f: _change_index(f, _class_name="PixelPipeline"), "is no pipeline of hub.methods.unclip, but a"),
    "foreign": (lambda f: _change_index(f, translator=["evil", "Evil"]), "is no pipeline of hub.methods.unclip"),
    "more": (lambda f: _change_index(f, more=["evil", "Evil"]), "is no pipeline of hub.methods.unclip"),
    "no list": (lambda f: _change_index(f, decoder="evil"), "is no pipeline of hub.methods.unclip"),
    "none": (lambda f: (f / "model_index.json").unlink(), "it has no model_index.json"),
    "no translator": (lambda f: (f / TRANSLATOR).unlink(), "is missing"),
    "no statistics": (lambda f: (f / STATISTICS).unlink(), "is missing"),
    "torn": (lambda f: (f / DECODER).write_bytes((f / DECODER).read_bytes()[:-9]), "can't be read"),
}


@pytest.mark.parametrize("how", BAD)
def test_a_folder_that_is_no_such_pipeline_gives_one_sentence(tmp_path: Path, how: str) -> None:
    spoil, said = BAD[how]
    spoil(write_unclip(tmp_path))
    with pytest.raises(HubError, match=said) as refused:
        read_unclip(tmp_path / "pipeline")
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 500


def test_a_decoder_that_came_as_one_file_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    before = write_unclip(tmp_path / "before")
    file = tmp_path / "new" / DECODER
    file.parent.mkdir(parents=True)
    other = write_unclip(tmp_path / "other", seed=1) / DECODER
    file.write_bytes(other.read_bytes())
    statistics = made_statistics()
    statistics.take("image", torch.full((256,), 0.5), torch.full((256,), 2.0))
    write_beside(file, statistics)
    folder = adopt_decoder(file, tmp_path / "run", before)
    old, new, was = (read_unclip(one) for one in (before, folder, tmp_path / "other" / "pipeline"))
    states = [one.decoder.state_dict() for one in (new, was)]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    text = torch.randn(1, 384)
    assert torch.equal(new.embed_texts(text), old.embed_texts(text))
    assert torch.allclose(new.embed_images(torch.full((1, 256), 2.5)), torch.ones(1, 256))
    assert read_facts(folder / DECODER)["command"] == FACTS["command"]
    assert read_facts(folder / TRANSLATOR)["device"] == "CPU"


def test_a_decoder_of_another_vector_and_torn_statistics_are_refused(tmp_path: Path) -> None:
    before = write_unclip(tmp_path / "before")
    wrong = write_unet(tmp_path / "unet.safetensors")
    with pytest.raises(DataError, match="does not say its training's"):
        adopt_decoder(wrong, tmp_path / "run", before)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / BESIDE).write_bytes(b"torn")
    with pytest.raises(DataError, match="does not hold a decoder's mean and std"):
        take_beside(tmp_path / "a" / "unet.safetensors", made_statistics())
    assert DECODER_CONFIG.condition == 256
