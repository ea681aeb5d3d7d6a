"""Studies that measure their own runs: means over subjects, curves read off at an equal level, and the Pareto plot."""

import re
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

from eval.metrics import FigureName, Measured
from eval.study.declaration import EqualFigure, Expected, Figures, Groups, Ordering, Study, StudyFigure, StudyRun
from eval.study.own_figures import average_figures, measure_own_study, read_equal, read_off
from eval.study.pareto_plot import draw_svg, list_points, plot_pareto
from eval.study.study_page import render_markdown
from eval.study.study_tables import list_notes, make_grids
from hub.errors import DataError
from hub.generators import GENERATORS

SPACE = "eye"
GAINED, PAID, EQUAL = "gained", "paid", "paid at an equal gain"
MEANS = {"base": (0.2, 0.0), "free": (0.8, 0.9), "free-half": (0.6, 0.5), "rival": (0.7, 0.4), "held": (0.75, 0.2)}
CURVES = {"by steps": ("base", "free-half", "free"), "held by lambda": ("base", "held", "free"), "one": ("rival",)}


def figures(gained: float, paid: float) -> Figures:
    """Return two figures with intervals of 0.1 either way."""
    made = [Measured(name, v, v - 0.1, v + 0.1, 10, "e@1", space=SPACE) for name, v in ((GAINED, gained), (PAID, paid))]
    return {one.name: one for one in made}


@dataclass
class Counted:
    """A study's measure: figures by arm, seed and subject."""

    asked: int = 0

    def __call__(self, run: StudyRun) -> Figures:
        self.asked += 1
        gained, paid = MEANS[run.arm]
        return figures(gained + 0.01 * run.seed + (0.1 if run.subject == "cat" else -0.1), paid + 0.01 * run.seed)


def runs(folder: Path) -> list[StudyRun]:
    """Return the runs of every arm, two seeds and two subjects."""
    return [
        StudyRun(arm, seed, folder / f"{arm}-seed{seed}" / subject, GENERATORS["mock"], subject=subject)
        for arm in MEANS
        for seed in range(2)
        for subject in ("cat", "dog")
    ]


def declare(measure: Counted) -> Study:
    """Return a study of them."""
    return Study(
        title="Of cats and dogs",
        training="python -m nothing",
        find_runs=runs,
        shown=(GAINED, PAID, EQUAL),
        figures=tuple(StudyFigure(name, "lower") for name in (GAINED, PAID, EQUAL)),
        orderings=(
            Ordering(PAID, ("free",), Expected.above, "rival"),
            Ordering(EQUAL, ("by steps", "one"), Expected.above, "rival"),
            Ordering(EQUAL, ("held by lambda",), Expected.above, "rival"),
        ),
        measure=measure,
        equal=(EqualFigure(EQUAL, PAID, GAINED, "rival", CURVES),),
    )


def test_figures_are_means_over_subjects_with_their_intervals() -> None:
    name = FigureName(GAINED, SPACE)
    mean = average_figures([figures(0.4, 0.0), figures(0.6, 0.0)])[name]
    assert mean.n == 20
    assert mean.value == pytest.approx(0.5)
    assert mean.high - mean.value == pytest.approx(0.1 / 2**0.5)
    with pytest.raises(DataError, match="there must be one"):
        average_figures([])
    with pytest.raises(DataError, match="the same figures"):
        average_figures([figures(0.4, 0.0), {}])


def test_a_value_is_read_off_between_two_points_and_never_beyond() -> None:
    assert read_off([0.8, 0.2, 0.6], [0.9, 0.0, 0.5], 0.7) == pytest.approx(0.7)
    assert read_off([0.8, 0.2], [0.9, 0.0], 0.9) is None
    assert read_off([0.8, 0.2], [0.9, 0.0], 0.1) is None


def test_curves_are_read_off_at_the_rivals_level_seed_by_seed(tmp_path: Path) -> None:
    measure = Counted()
    study = declare(measure)
    result = measure_own_study(study, study.runs(tmp_path))
    assert measure.asked == len(runs(tmp_path))
    name = FigureName(EQUAL, SPACE)
    found = {arm: [one[name].value for one in seeds.values() if name in one] for arm, seeds in result.groups.items()}
    assert found["by steps"] == pytest.approx([0.7, 0.71])
    assert found["held by lambda"] == pytest.approx([0.2 * 0.5 / 0.55, 0.01 + 0.2 * 0.5 / 0.55])
    assert found["rival"] == pytest.approx([0.4, 0.41])
    assert "one" not in found  # one point is no curve
    outcomes = {one.claim: one.outcome for one in result.verdicts}
    assert outcomes == {
        "paid (eye): free above rival": "held",
        "paid at an equal gain (eye): by steps above rival": "held",
        "paid at an equal gain (eye): held by lambda above rival": "failed",
    }
    text = render_markdown(make_grids(study, result), list_notes(study))
    assert "| by steps | 2 | - | - | 0.7050" in text
    assert "| failed |" in text
    assert "Half against half" not in text


def test_a_curve_that_does_not_reach_the_level_has_no_figure() -> None:
    groups: Groups = {"base": {0: figures(0.2, 0.0)}, "held": {0: figures(0.5, 0.1)}, "rival": {0: figures(0.7, 0.4)}}
    asked = EqualFigure(EQUAL, PAID, GAINED, "rival", {"curve": ("base", "held")})
    assert "curve" not in read_equal(groups, asked)
    assert FigureName(EQUAL, SPACE) in read_equal(groups, asked)["rival"][0]


def test_arms_of_unequal_subjects_are_refused_by_name(tmp_path: Path) -> None:
    whole = runs(tmp_path)
    with pytest.raises(DataError, match=r"held-seed1 \(dog\)\. Go on with their training"):
        measure_own_study(declare(Counted()), whole[:-1])


def test_the_pareto_plot_has_a_line_a_curve_and_is_svg_for_a_readme(tmp_path: Path) -> None:
    study = declare(Counted())
    result = measure_own_study(study, study.runs(tmp_path))
    x, y = FigureName(GAINED, SPACE), FigureName(PAID, SPACE)
    assert [arm for arm, *_ in list_points(result.groups, ("free", "base", "nobody"), x, y)] == ["base", "free"]
    plots = plot_pareto(result, GAINED, PAID, {**CURVES, "<b>": ("base",), "none": ("nobody",)})
    assert list(plots) == ["paid (eye)"]
    plot = plots["paid (eye)"]
    assert list(plot.data[0].y) == pytest.approx([0.005, 0.505, 0.905])
    svg = draw_svg(plot, "paid against gained")
    drawn = ElementTree.fromstring(svg)  # noqa: S314 - our own
    assert drawn.attrib["aria-label"] == "paid against gained"
    circles = re.findall(r"<title>([^<]*)</title>", svg)
    assert circles == ["base", "free-half", "free", "base", "held", "free", "rival", "base"]
    assert "&lt;b&gt;" in svg
    assert "none" not in svg.replace("fill:none", "")
