"""What draws with an unCLIP pipeline: prompts, mixtures, guides, previews, folders good and bad, an installed run."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hub.errors import DataError, HubError, RequestError
from hub.generators import DrawsMany, Placement, Sampling
from hub.generators.contract import MakePreview, ignore_progress
from hub.generators.entries.unclip import Unclip
from hub.generators.facts import facts
from hub.generators.kinds.unclip_folder import UnclipFolder
from hub.generators.load_unclip import UnclipDraw, load_unclip, prepare_picture
from hub.generators.model_folder import read_model
from hub.pixel_pipeline_folder import TRANSLATOR
from hub.schema import Request, Term
from hub.weights.install import install
from hub.weights.rules import faults
from tests.asking import asking
from tests.hub.methods.unclip_made import write_unclip

FEW = replace(Unclip.sampling, steps=3)
RED, BLUE = "a" * 64, "b" * 64  # names of pictures
PICTURES = {RED: Image.new("RGB", (64, 64), (220, 30, 30)), BLUE: Image.new("RGB", (200, 100), (30, 30, 220))}
ASKED = [asking("a red apple", 5), asking("a cat, in Noto style", 6), asking("a red apple", 7)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small pipeline with the facts of its trainings."""
    return write_unclip(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def drawing(folder: Path) -> UnclipDraw:
    """What draws with it."""
    return load_unclip(folder, "cpu", FEW)


def draw(drawing: UnclipDraw, request: Request) -> np.ndarray:
    """One picture as numbers."""
    return np.asarray(drawing(request, PICTURES, ignore_progress), np.int16)


def mixed(*terms: tuple[float, str], seed: int = 5, **more: object) -> Request:
    """A request for a mix of prompts and pictures."""
    made = [Term(weight=w, image=it) if it in PICTURES else Term(weight=w, prompt=it) for w, it in terms]
    return Request(prompt="a mix", seed=seed, mix=tuple(made), **more)  # type: ignore[arg-type]


def test_many_pictures_are_those_drawn_one_by_one(drawing: UnclipDraw) -> None:
    assert isinstance(drawing, DrawsMany)
    many = [np.asarray(one, np.int16) for one in drawing.draw_many(ASKED)]
    assert all(np.abs(many[number] - draw(drawing, ASKED[number])).max() <= 1 for number in range(3))
    assert np.abs(many[0] - many[2]).max() > 10, "each has its own seed"


def test_a_picture_is_the_same_bit_for_bit_whoever_looks_at_its_steps(drawing: UnclipDraw) -> None:
    shares, shown = list[float](), list[Image.Image]()

    def look(share: float, preview: MakePreview | None = None) -> None:
        assert preview is not None
        shares.append(share)
        shown.append(preview())

    guided = asking("a red apple", 5, image=RED, parameters={"guidance": 0.003})
    for request in (ASKED[0], guided, mixed((0.5, "a cat"), (0.5, BLUE))):
        plain = draw(drawing, request)
        shares.clear()
        watched = drawing(request, PICTURES, look)
        assert np.array_equal(plain, draw(drawing, request))
        assert np.array_equal(plain, np.asarray(watched, np.int16))
        assert shares == pytest.approx([1 / 3, 2 / 3, 1])
    assert all(one.mode == "RGB" and one.size == (64, 64) for one in shown)
    assert len({one.tobytes() for one in shown}) == len(shown) - 1, "a guide pulls only after the first step"


def test_a_mix_of_one_prompt_is_that_prompt_and_of_one_picture_that_picture(drawing: UnclipDraw) -> None:
    assert np.array_equal(draw(drawing, mixed((1.0, "a red apple"))), draw(drawing, ASKED[0]))
    red = draw(drawing, mixed((1.0, RED)))
    assert np.abs(red - draw(drawing, mixed((1.0, BLUE)))).max() > 10
    both = draw(drawing, mixed((1.0, RED), (1.0, "a cat"), (-1.0, "a cat")))
    assert np.abs(red - both).max() <= 1
    assert np.abs(draw(drawing, mixed((0.5, RED), (0.5, BLUE))) - red).max() > 10


def test_weights_that_do_not_sum_to_1_are_refused(drawing: UnclipDraw) -> None:
    with pytest.raises(RequestError, match="must sum to 1, not 0"):
        draw(drawing, mixed((1.0, "a cat"), (-1.0, RED)))


def test_a_guide_pulls_by_its_weight_and_at_0_changes_no_bit(drawing: UnclipDraw) -> None:
    target = np.asarray(PICTURES[RED], np.int16)

    def guided(weight: float | None) -> np.ndarray:
        parameters = {} if weight is None else {"guidance": weight}
        return draw(drawing, asking("a cat", 3, image=RED, parameters=parameters))

    assert np.array_equal(guided(0.0), draw(drawing, asking("a cat", 3)))
    assert np.array_equal(guided(0.005), guided(None)), "the paper's weight where nothing is said"
    gaps = [np.square(1.0 * guided(weight) - target).mean() for weight in (0.0, 0.0005, 0.001, 0.003)]
    assert gaps == sorted(gaps, reverse=True)
    with pytest.raises(RequestError, match="is not from 0 to 1"):
        guided(-1.0)


def test_a_picture_that_is_no_square_is_put_on_white() -> None:
    x = prepare_picture(PICTURES[BLUE])
    assert x.shape == (1, 3, 64, 64)
    assert (x[:, :, 0] == 1).all() and (x[:, :, -1] == 1).all()
    assert x[0, 2, 32, 32] > x[0, 0, 32, 32]
    whole = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    assert np.array_equal(((prepare_picture(whole)[0].permute(1, 2, 0) + 1) * 127.5).round().numpy(), np.asarray(whole))


@pytest.mark.parametrize(
    "other",
    [
        replace(FEW, steps=4),
        replace(FEW, guidance_scale=1.0),
        replace(FEW, scheduler="DDIMScheduler"),
        replace(FEW, parameters={**FEW.parameters, "guidance_stop": 0.1}),
        replace(FEW, parameters={**FEW.parameters, "tolerance": 0.0}),
        replace(FEW, parameters={**FEW.parameters, "threshold": 0.9}),
    ],
)
def test_everything_that_sampling_says_is_done(folder: Path, drawing: UnclipDraw, other: Sampling) -> None:
    assert np.abs(draw(drawing, ASKED[0]) - draw(load_unclip(folder, "cpu", other), ASKED[0])).max() > 1


def test_a_run_is_installed_as_an_entry_that_draws_and_says_what_it_takes(folder: Path, tmp_path: Path) -> None:
    place = install(folder.parent, "mine", tmp_path)
    entry = read_model(place, "mine")
    assert isinstance(entry, UnclipFolder)
    assert faults(place, "unclip", entry.licence, facts(entry).parameters or 0) == []
    assert (entry.accepts.image, entry.accepts.mix) == (True, True)
    assert entry.load(Placement("cpu"))(ASKED[0], {}, ignore_progress).size == (64, 64)


def test_a_folder_that_is_no_such_pipeline_is_refused_in_one_sentence(tmp_path: Path) -> None:
    folder = write_unclip(tmp_path)
    entry = UnclipFolder(kind="unclip", name="ours", title="Ours", licence="MIT", model=str(folder))
    entry.check_model()
    (folder / TRANSLATOR).unlink()
    for use in (entry.check_model, lambda: entry.load_draw(Placement("cpu"))):
        with pytest.raises(HubError, match="is missing") as refused:
            use()
        assert "\n" not in str(refused.value)
    (folder / "model_index.json").write_text("{}")
    with pytest.raises(DataError, match=r"is no pipeline of hub\.methods\.unclip"):
        entry.check_model()
