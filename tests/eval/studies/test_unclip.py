"""unCLIP's study: its arms and what they draw, what is noted of each picture, and SDEdit at the same distance."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eval.metrics import Features, FigureName, Measured
from eval.studies import unclip as study
from eval.studies import unclip_arms
from eval.studies.matched_distance import match_distances
from eval.studies.unclip_arms import DISTANCE, EmbeddingSource, UnclipArm, tell_distance, tell_seconds
from eval.study.declaration import Study, StudyResult, StudyRun
from eval.study.orderings import judge_orderings
from eval.study.run_scores import draw_with
from hub.errors import DataError
from hub.generators import Placement
from hub.generators.entries.unclip import Unclip
from hub.schema import Request
from tests.hub.methods.unclip_made import write_unclip

CAPTIONS = tuple(f"thing {number}" for number in range(12))
RNG = np.random.default_rng(0)
PICTURES = {one: Image.fromarray(RNG.integers(0, 256, (64, 64, 3), np.uint8)) for one in CAPTIONS}
FEW = replace(Unclip.sampling, steps=5)


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small pipeline in the place of the installed one."""
    write_unclip(tmp_path / "run").rename(tmp_path / "unclip")
    monkeypatch.setattr(unclip_arms, "WEIGHTS", tmp_path)
    return tmp_path


def drawn(arm: UnclipArm) -> np.ndarray:
    """Pictures of the captions by an arm."""
    asked = [Request(prompt=caption, seed=number) for number, caption in enumerate(CAPTIONS)]
    return np.stack([np.asarray(one, np.float64) for one in draw_with(arm, asked)])


@pytest.mark.parametrize("part", study.PARTS)
def test_every_arm_has_three_seeds_and_a_name_and_folder_of_its_own(part: str) -> None:
    declared: Study = study.PARTS[part][0](PICTURES)
    runs = declared.runs(Path("runs"))
    arms = {run.arm for run in runs}
    assert len(runs) == 3 * len(arms) == len({run.folder for run in runs})
    assert len({(run.generator.name, repr(run.generator.sampling)) for run in runs}) == len(arms)
    assert {run.first_seed for run in runs} == {0, study.APART, 2 * study.APART}
    assert {arm for one in declared.orderings for arm in (*one.arms, one.other)} <= arms


def test_a_captions_guide_is_another_captions_picture() -> None:
    (run, *_) = study.declare_guidance(PICTURES).runs(Path("runs"))
    assert isinstance(run.generator, UnclipArm)
    assert all(run.generator.guides[one] is not PICTURES[one] for one in CAPTIONS)
    assert {id(one) for one in run.generator.guides.values()} == {id(one) for one in PICTURES.values()}


def test_arms_draw_other_embeddings_and_the_whole_is_the_entry(weights: Path) -> None:
    made = {source: drawn(UnclipArm(source, PICTURES, sampling=FEW)) for source in EmbeddingSource}
    for one, other in combinations(EmbeddingSource, 2):
        assert np.abs(made[one] - made[other]).mean() > 1
    drawing = UnclipArm(sampling=FEW).load(Placement("cpu")).drawing  # type: ignore[attr-defined]
    asked = [Request(prompt=caption, seed=number) for number, caption in enumerate(CAPTIONS)]
    entry = np.stack([np.asarray(one, np.float64) for one in drawing.draw_many(asked)])
    assert np.abs(entry - made[EmbeddingSource.translated]).max() <= 1


def test_guides_bring_nearer_by_either_way_and_the_distance_is_noted(weights: Path) -> None:
    gaps = dict[str, float]()
    ways = {"w0": {}, "w": {"guidance": 0.003}, "s0.2": {"strength": 0.2}, "s0.8": {"strength": 0.8}}
    for name, told in ways.items():
        arm = UnclipArm(guides=PICTURES, sampling=FEW, **told)  # type: ignore[arg-type]
        pictures = drawn(arm)
        target = np.stack([np.asarray(PICTURES[one], np.float64) for one in CAPTIONS])
        assert arm.distances == pytest.approx(np.sqrt(np.square(pictures - target).mean((1, 2, 3))).tolist())
        assert len(arm.seconds) == len(CAPTIONS) and min(arm.seconds) > 0
        gaps[name] = float(np.mean(arm.distances))
    assert gaps["w"] < gaps["w0"]
    assert gaps["s0.2"] < gaps["s0.8"]


def test_what_is_noted_is_told_by_prompt_and_not_of_pictures_that_were_drawn_elsewhere() -> None:
    arm = UnclipArm(distances=[9.0] * 5 + [float(n) for n in range(24)], seconds=[9.0] * 5 + [0.5] * 24)
    features = Features(np.arange(24) % 12, np.zeros((24, 2)), "made")
    run = StudyRun("arm", 0, Path("runs/arm"), arm)
    found = tell_distance(features, run)
    assert (found.value, found.n) == (11.5, 12)
    assert found.low < 11.5 < found.high
    assert tell_seconds(features, run).value == 0.5
    with pytest.raises(DataError, match="remove runs/arm to draw it again"):
        tell_distance(features, StudyRun("arm", 0, Path("runs/arm"), UnclipArm()))


def result(arms: Mapping[str, Sequence[float]]) -> StudyResult:
    """What a study found, of each arm its distance, score and diversity."""
    names = [FigureName(DISTANCE, "witness"), FigureName("image-text score", "judge"), FigureName("PPD", "witness")]
    groups = {
        arm: {
            seed: {
                name: Measured(name.metric, v, v, v, 9, "e", space=name.space)
                for name, v in zip(names, told, strict=True)
            }
            for seed in range(3)
        }
        for arm, told in arms.items()
    }
    return StudyResult(None, groups, {}, {}, ())


GUIDED = {"guided-w0": (100, 0.3, 0.4), "guided-w0.0005": (80, 0.25, 0.3), "guided-w0.001": (60, 0.2, 0.2)}
EDITED = {"sdedit-s0.9": (90, 0.2, 0.2), "sdedit-s0.5": (70, 0.1, 0.1)}


def test_sdedit_is_read_off_at_the_same_distance_and_nowhere_beyond_its_strengths() -> None:
    grid = match_distances(result({**GUIDED, **EDITED}))
    assert [row[0] for row in grid.rows] == ["0", "0.0005", "0.001"]
    assert [row[2] for row in grid.rows] == ["0.3000 / -", "0.2500 / 0.1500", "0.2000 / -"]
    assert [row[3] for row in grid.rows] == ["0.4000 / -", "0.3000 / 0.1500", "0.2000 / -"]


def test_a_distance_that_does_not_fall_at_one_weight_is_said() -> None:
    declared = study.declare_guidance(PICTURES)
    falling = {f"guided-w{w:g}": (100 - 10 * number, 0.3, 0.4) for number, w in enumerate(study.WEIGHTS)}
    outcomes = {one.outcome for one in judge_orderings(declared, result(falling).groups) if DISTANCE in one.claim}
    assert outcomes == {"held"}
    risen = {**falling, "guided-w0.002": (95, 0.3, 0.4)}
    verdicts = [one for one in judge_orderings(declared, result(risen).groups) if "guided-w0.002 below" in one.claim]
    assert [one.outcome for one in verdicts] == ["failed"]


def test_a_part_that_there_is_not_is_named() -> None:
    with pytest.raises(DataError, match="There is no part 'more' of the study; there are arms, guidance, samplers"):
        study.main("more")
