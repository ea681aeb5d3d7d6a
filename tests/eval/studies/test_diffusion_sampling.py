"""The sweep over ways of drawing ``diffusion``: its points, the choice, and what is written into the README."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PIL import Image

from eval.features.feature_store import FeatureStore
from eval.features.reference_features import Reference
from eval.metrics import FigureName, Measured
from eval.studies import diffusion_sampling as sweep
from eval.studies.diffusion_sampling import (
    BEGIN,
    END,
    SECONDS,
    SamplingPoint,
    choose,
    find_runs,
    pick_runs,
    write_readme,
)
from eval.study.declaration import StudyResult, StudyRun
from hub.errors import DataError
from hub.generators import GENERATORS, Draw, Placement, ignore_progress
from hub.generators.entries.diffusion import Diffusion
from hub.schema import Request
from tests.eval.made import Pixels

LITE, WITNESS, JUDGE = "EfficientNet-Lite2", "witness", "embedded judge"


@dataclass
class MockPoint(SamplingPoint):
    """The mock, which draws at once, in the place of the pipeline."""

    weights: tuple[Path, ...] = ()

    def load(self, place: Placement) -> Draw:
        """Return the mock, timed."""
        mock = GENERATORS["mock"].load(place)

        class Many:
            def draw_many(self, requests: Sequence[Request]) -> Iterator[Image.Image]:
                return (mock(request, {}, ignore_progress) for request in requests)

        return sweep.TimedDraw(Many(), self.seconds)  # type: ignore[arg-type]


def figures(fd: float, text: float, ppd: float = 0.4) -> dict[FigureName, Measured]:
    """Figures of a point."""
    values = {("FD", LITE): fd, ("PPD", LITE): ppd, ("PPD", WITNESS): 0.4, ("image-text score", JUDGE): text}
    return {FigureName(*name): Measured(name[0], v, v, v, 9, "e", space=name[1]) for name, v in values.items()}


def result(**points: dict[FigureName, Measured]) -> StudyResult:
    """What a study found."""
    return StudyResult(None, {name: {0: found} for name, found in points.items()}, figures(0, 0.35), {}, ())


def test_each_point_differs_from_the_served_one_in_one_thing_and_has_a_folder_of_its_own() -> None:
    runs = find_runs(Path("runs"))
    served, *others = (run.generator.sampling for run in runs)
    assert served == Diffusion.sampling
    for one in others:
        told = [{**vars(way), **way.parameters, "parameters": None} for way in (served, one)]
        assert sum(told[0][name] != told[1][name] for name in told[0]) == 1
    assert len({run.arm for run in runs}) == len({run.folder for run in runs}) == len(runs)


def test_the_point_with_the_least_distance_is_chosen_among_those_that_keep_to_the_caption_and_vary() -> None:
    points = {"far": figures(400, 0.30), "near": figures(310, 0.29), "deaf": figures(200, 0.2)}
    assert choose(result(**points)) == "near"
    assert choose(result(**points, alike=figures(100, 0.3, ppd=0.1), noisy=figures(100, 0.3, ppd=0.7))) == "near"
    assert choose(result(alike=figures(100, 0.3, ppd=0.1))) is None


def test_only_the_text_between_the_marks_of_a_readme_is_written() -> None:
    text = write_readme(f"Before.\n{BEGIN}\nold\n{END}\nAfter.\n", "DDIM", "| a |")
    assert text == f"Before.\n{BEGIN}\n\nChosen: DDIM.\n\n| a |\n{END}\nAfter.\n"
    assert write_readme(text, "DDIM", "| a |") == text
    with pytest.raises(DataError, match="mend it"):
        write_readme(f"Before. {BEGIN}", "DDIM", "| a |")


def test_a_part_of_the_captions_is_drawn_with_the_real_images_that_belong_to_them(reference: Reference) -> None:
    some = sweep.take_some(reference, 5)
    rows = [reference.captions.index(caption) for caption in some.captions]
    assert rows == sorted({*rows}) and len(rows) == 5
    assert some.concepts == tuple(reference.concepts[row] for row in rows)
    assert all((some.features[name] == reference.features[name][rows]).all() for name in reference.features)
    assert sweep.take_some(reference, 1000).captions == reference.captions


def test_a_sweep_tells_seconds_and_is_taken_up_where_it_stopped(
    reference: Reference, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoders: dict[str, Pixels]
) -> None:
    def find(folder: Path) -> list[StudyRun]:
        return [StudyRun(one.arm, 0, folder / one.folder.name, MockPoint(one.generator.sampling))
                for one in find_runs(folder)[:2]]  # fmt: skip

    monkeypatch.setattr(sweep, "SAMPLING_STUDY", replace(sweep.SAMPLING_STUDY, find_runs=find, shown=("PPD", SECONDS)))
    store, runs = FeatureStore(tmp_path / "features.sqlite"), find(tmp_path)
    first = sweep.measure_points(runs, reference, 20, store)
    seconds = [found for (found,) in (seeds.values() for seeds in first.groups.values())]
    assert all(one[FigureName(SECONDS, LITE)].value > 0 for one in seconds)
    assert first.real[FigureName("PPD", LITE)].n == len({*reference.concepts})
    monkeypatch.setattr(MockPoint, "load", None)  # nothing is drawn again
    assert sweep.measure_points(runs, reference, 20, store) == first


def test_schedulers_are_picked_by_name_as_served_else() -> None:
    runs = find_runs(Path("runs"))
    euler, solver = pick_runs(runs, "EulerAncestral, DPMSolver")
    assert euler.arm == runs[0].arm == SamplingPoint(Diffusion.sampling).label
    assert solver.arm.removeprefix("DPMSolver") == euler.arm.removeprefix("EulerAncestral")
    assert pick_runs(runs, "") == runs
    with pytest.raises(DataError, match="There is no scheduler 'Heun' in this study: name some of EulerAncestral, "):
        pick_runs(runs, "Heun")
