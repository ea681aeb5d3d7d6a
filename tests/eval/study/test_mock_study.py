"""A second study, declared over the mock: arms by seeds, a sweep of one number, a floor, and a curve."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eval.features.feature_store import FeatureStore
from eval.features.reference_features import Reference
from eval.metrics import Features, Measured
from eval.reference_space import ReferenceSpace, place_reference
from eval.study.declaration import Expected, Ordering, Study, StudyFigure, StudyPlot, StudyRun, Sweep
from eval.study.run_scores import measure_study
from eval.study.study_page import write_study
from eval.study.study_tables import make_grids
from eval.study.sweep_plot import plot_metric, plot_sweeps
from hub.generators import GENERATORS, Draw, NamedPictures, OnProgress, Placement, Sampling
from hub.schema import Request
from tests.eval.made import Pixels

NUMBERS = (0.0, 0.5, 1.0)
drawn: list[int] = []


@dataclass(frozen=True)
class Faded:
    """The mock, its pictures faded to white by the guidance, as a sweep over one number of one model."""

    name: str
    sampling: Sampling
    weights: tuple[Path, ...] = ()

    def load(self, place: Placement) -> Draw:
        """Load the mock."""
        mock, fade = GENERATORS["mock"].load(place), self.sampling.guidance_scale or 0.0

        def draw(request: Request, pictures: NamedPictures, on_progress: OnProgress) -> Image.Image:
            drawn.append(request.seed)
            picture = mock(request, pictures, on_progress)
            return Image.blend(picture, Image.new("RGB", picture.size, "white"), fade)

        return draw


def find_runs(folder: Path) -> list[StudyRun]:
    """Two drawings of each number, and of the plain mock a third, ``again``, as the floor."""
    runs = [
        StudyRun(f"faded-w{fade:g}", seed, folder / f"w{fade:g}-{seed}", Faded("faded", Sampling(guidance_scale=fade)),
                 first_seed=10_000 * seed)
        for fade in NUMBERS for seed in range(2)
    ]  # fmt: skip
    again = [StudyRun("again", seed, folder / f"again-{seed}", GENERATORS["mock"], None, 10_000 * seed)
             for seed in range(3)]  # fmt: skip
    return [*runs, *again]


def measure_white(features: Features, run: StudyRun) -> Measured:
    """Return how white the pictures are, by the features, which are pixels."""
    value = float(features.images.mean())
    return Measured("whiteness", value, value - 0.1, value + 0.1, len(features.images), features.encoder)


SWEEP = Sweep("faded", "fade", "w", down=("PPD",), up=("whiteness",))
STUDY = Study(
    title="The mock: a study",
    training="python -m nothing",
    find_runs=find_runs,
    shown=("PPD", "whiteness"),
    figures=(StudyFigure("whiteness", "higher", measure_white),),
    sweeps=(SWEEP,),
    orderings=(
        Ordering("whiteness", ("faded-w1",), Expected.above, "faded-w0", floor="again"),
        Ordering("PPD", ("faded-w0.5",), Expected.below, "again"),
    ),
    plots=(
        StudyPlot("fade", "Fading", "{name} against the fade", partial(plot_metric, metric="PPD", sweeps=(SWEEP,))),
    ),
    notes=("White pictures are alike.",),
    extra_seeds=2,
)


@pytest.fixture
def places(reference: Reference, tmp_path: Path) -> list[ReferenceSpace]:
    """Spaces with the real images in them."""
    return [place_reference(space, reference) for space in reference.spaces(FeatureStore(tmp_path / "features.sqlite"))]


def test_a_second_study_is_a_declaration_alone(
    reference: Reference, places: list[ReferenceSpace], tmp_path: Path, encoders: dict[str, Pixels]
) -> None:
    result = measure_study(STUDY, STUDY.runs(tmp_path), reference, places)
    outcomes = {one.claim: one.outcome for one in result.verdicts}
    assert outcomes == {
        f"{claim}": "held"
        for title in ("EfficientNet-Lite2", "witness")
        for claim in (
            f"faded, fade 0 to 1: PPD ({title}) down",
            f"faded, fade 0 to 1: whiteness ({title}) up",
            f"whiteness ({title}): faded-w1 above faded-w0",
            f"PPD ({title}): faded-w0.5 below again",
        )
    }
    assert result.budget is None
    assert result.groups["faded-w0"][1] == result.groups["again"][1]  # one model, the same seeds
    assert result.groups["again"][0] != result.groups["again"][1]  # the same model drawn again
    grids = make_grids(STUDY, result)
    assert [grid.title for grid in grids] == ["By EfficientNet-Lite2", "By witness", "Orderings"]
    assert grids[0].head == ("Arm", "Seeds", "PPD ↑", "whiteness ↑")
    write_study(STUDY, result, tmp_path)
    page = (tmp_path / "study.html").read_text(encoding="utf-8")
    assert "<title>The mock: a study</title>" in page
    assert 'aria-label="PPD (witness) against the fade; study.json beside this page says the same"' in page
    told = (tmp_path / "study.md").read_text(encoding="utf-8")
    assert "White pictures are alike." in told
    assert "one model drawn again" in told


def test_a_runs_figures_are_kept_until_how_it_draws_changes(
    reference: Reference, places: list[ReferenceSpace], tmp_path: Path
) -> None:
    def measure(fade: float) -> object:
        run = StudyRun("faded", 0, tmp_path / "run", Faded("faded", Sampling(guidance_scale=fade)))
        return measure_study(Study("", "", lambda _: [run], ("PPD",)), [run], reference, places)

    first, seen = measure(0.5), len(drawn)
    assert measure(0.5) == first
    assert len(drawn) == seen
    assert measure(0.9) != first
    assert len(drawn) > seen


def test_a_curve_goes_through_the_means() -> None:
    real = Measured("PPD", 0.41, 0.4, 0.42, 20, "e@1")
    plot = plot_sweeps("PPD (witness)", "CLIP weight", {"galip": {0.0: [0.4, 0.5], 4.0: [0.2]}}, real)
    assert list(plot.data[0].y) == [0.45, 0.2]
    assert list(plot.data[1].x) == ["0", "0", "4"]
    assert np.isclose(plot.layout.shapes[0].y0, 0.41)
    assert not plot_sweeps("PPD", "fade", {}, None).layout.shapes
