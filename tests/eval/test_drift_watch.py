"""Drift watch: nothing is found where nothing changed, a copy is seen, and the page says what the figures say."""

import base64
import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from eval.drift_watch import __main__ as watch
from eval.drift_watch import drawn_sets
from eval.drift_watch.drawn_sets import plan_watch
from eval.drift_watch.drift_figures import measure_subject
from eval.drift_watch.drift_record import choose_shown, read_drift
from eval.drift_watch.drift_text import tell_evidence, tell_verdict
from eval.drift_watch.figure_names import (
    AFTER,
    BEFORE,
    CLASS,
    FLOOR,
    KID,
    NEARER,
    NEAREST,
    PAIRED,
    PICTURES,
    SIMILARITY,
    SUBJECT,
    TEXT_CHANGE,
    UNRELATED,
    DriftFigure,
)
from eval.drift_watch.verdict import judge_watch
from eval.metrics import Measured
from hub.errors import DataError, MissingFile, Stopped
from hub.language.catalogue import ENGLISH
from hub.methods.personalization.train import train
from hub.training_progress import read_lines
from tests.hub.generators.made import write_sd
from tests.hub.methods.personalization_made import TOKEN, tiny, write_base, write_pictures

RECORD = {"class_prompts": ["apple, in Noto style"], "subject_prompts": [TOKEN], "config": {"class_word": "apple"}}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run in which nothing was learnt, as nothing was trained."""
    folder = tmp_path_factory.mktemp("watch")
    patch = pytest.MonkeyPatch()
    patch.setattr("hub.methods.personalization.pixel_base.STEPS", 2)
    config = replace(tiny(write_base(folder / "base")), lr=0.0, token_lr=0.0)
    train(config, write_pictures(folder / "mine", 3), folder / "run")
    patch.undo()
    return folder / "run"


def test_of_a_model_that_did_not_change_all_drift_is_nothing(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watch.main(run, 10, 10)
    told = json.loads((run / "drift.json").read_text())
    found = {(one["pictures"], one["measured"]["metric"], one["role"]): one["measured"] for one in told["figures"]}
    for pictures in (UNRELATED, CLASS):
        for name in (KID, PAIRED, TEXT_CHANGE):
            assert found[pictures, name, AFTER]["value"] == pytest.approx(0, abs=1e-9)
        assert found[pictures, PAIRED, FLOOR]["value"] > 1e-3
    assert found[SUBJECT, SIMILARITY, AFTER]["value"] == pytest.approx(
        found[SUBJECT, SIMILARITY, BEFORE]["value"], 0.02
    )
    verdict = told["verdict"]
    assert [verdict[name] for name in ("learnt", "unrelated", "of_class")] == ["none"] * 3
    assert "The subject was not learnt" in verdict["sentence"]
    assert {one["measured"]["space"] for one in told["figures"]} == {"EfficientNet-Lite2", "witness", "embedded judge"}
    page = (run / "drift.html").read_text()
    assert verdict["sentence"] in page
    assert page.count("<img") == 2 * (10 + 10 + 10)  # none is left out where there are so few
    own = [base64.b64encode(path.read_bytes()).decode() for path in (run.parent / "mine").iterdir()]
    assert not any(one in page for one in own)
    assert "http" not in page

    def draw_again(*_: Any) -> None:
        raise AssertionError("what is kept is drawn again")

    monkeypatch.setattr(drawn_sets, "draw_with", draw_again)
    watch.main(run, 10, 10)


def test_a_stable_diffusion_is_watched_as_the_entry_draws_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.methods.personalization.stable_base.STEPS", 2)
    config = replace(tiny(write_sd(tmp_path / "base")), lr=0.0, token_lr=1.0)
    train(config, write_pictures(tmp_path / "mine", 3), tmp_path / "run")
    watch.main(tmp_path / "run", 10, 10)
    told = json.loads((tmp_path / "run" / "drift.json").read_text())
    found = {(one["pictures"], one["measured"]["metric"], one["role"]): one["measured"] for one in told["figures"]}
    for pictures in (UNRELATED, CLASS):
        assert found[pictures, PAIRED, AFTER]["value"] == pytest.approx(0, abs=1e-9)  # the word alone was learnt
        assert found[pictures, PAIRED, FLOOR]["value"] > 0
    page = (tmp_path / "run" / "drift.html").read_text()
    assert f"a photo of {TOKEN} toy" in page
    assert " style" not in "".join(re.findall(r'alt="([^"]*)"', page))  # which such a base does not know


def test_a_watch_is_stopped_by_a_file_goes_on_and_writes_its_page_in_japanese(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "watched"
    out.mkdir()
    (out / "stop").touch()
    with pytest.raises(Stopped, match="was stopped at picture 1 of 70"):
        watch.main(run, 10, 10, out=out)
    assert read_lines(out)[-1].stopped
    watch.main(run, 10, 10, out=out, spoken="ja")
    page = (out / "drift.html").read_text(encoding="utf-8")
    assert '<html lang="ja">' in page and "被写体は学習されませんでした" in page
    assert "Before and after" not in page
    found = read_drift(out)
    assert (found.step, len(found.pairs)) == (2, 30)
    assert all((out / name).is_file() for one in found.pairs for name in (one.before, one.after))
    assert {len(rows) for rows in choose_shown(found.pairs, SUBJECT, 3, 2).values()} <= {1, 2}
    last = read_lines(out)[-1]
    assert (last.step, last.of) == (70, 70)
    assert not list(out.rglob("*.sqlite")), "features of the subject's pictures are kept nowhere"


def test_a_step_that_was_not_kept_is_refused(run: Path) -> None:
    with pytest.raises(MissingFile, match="has not kept step 1"):
        watch.main(run, 10, 10, step=1)


def test_runs_that_can_t_be_watched_are_refused_in_a_sentence(run: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match=r"is no run of hub\.methods\.personalization"):
        watch.main(tmp_path, 10, 10)
    (tmp_path / "personalization.json").write_bytes((run / "personalization.json").read_bytes())
    with pytest.raises(MissingFile, match="has not ended"):
        watch.main(tmp_path, 10, 10)
    (tmp_path / "pipeline").symlink_to(run / "pipeline")
    told = json.loads((run / "personalization.json").read_text()) | {"pictures": str(write_pictures(tmp_path / "o", 4))}
    (tmp_path / "personalization.json").write_text(json.dumps(told))
    with pytest.raises(DataError, match="are not those that"):
        watch.main(tmp_path, 10, 10)


def test_unrelated_prompts_do_not_name_the_class_and_name_no_style_that_a_base_does_not_know() -> None:
    plan = plan_watch(RECORD, 60, 12)
    assert len(plan.unrelated) == 60
    assert not any("apple" in one.prompt.lower() for one in plan.unrelated)
    assert all(" style" in one.prompt for one in plan.unrelated)
    assert [one.seed for one in plan.subject] == [one.seed for one in plan.of_class] == list(range(12))
    plain = plan_watch(RECORD | {"class_prompts": ["a photo of an apple"]}, 60, 12)
    assert not any(" style" in one.prompt for one in plain.unrelated)
    assert len({one.prompt for one in plain.unrelated}) == 60


def test_copies_are_seen_as_nearer_than_any_two_of_the_pictures() -> None:
    rng = np.random.default_rng(0)
    own = rng.normal(size=(4, 32))
    space: Any = SimpleNamespace(name="fake", encoder=SimpleNamespace(title="fake"))
    others = rng.normal(size=(12, 32))
    copies = np.tile(own, (3, 1)) + 1e-3 * rng.normal(size=(12, 32))
    measured = measure_subject(space, others, copies, own)
    found = {(one.role, one.measured.metric): one.measured.value for one in measured}
    assert found[AFTER, NEAREST] == pytest.approx(0, abs=1e-4)
    assert found[AFTER, NEARER] == 1
    assert found[BEFORE, NEARER] < 0.5
    assert all(one.measured.low < one.measured.high for one in measured if one.measured.metric == NEARER)
    assert found[AFTER, SIMILARITY] > found[BEFORE, SIMILARITY]
    assert found[PICTURES, NEAREST] > 0.1


def figures(learnt: float, drift: float, floor: float = 0.001) -> list[DriftFigure]:
    """Return figures of one encoder with intervals of +- 0.002."""
    made = []
    for pictures, name, role, value in (
        (SUBJECT, SIMILARITY, BEFORE, 0.4),
        (SUBJECT, SIMILARITY, AFTER, learnt),
        (SUBJECT, NEARER, AFTER, 0.25),
        *((pictures, KID, AFTER, drift) for pictures in (UNRELATED, CLASS)),
        *((pictures, KID, FLOOR, floor) for pictures in (UNRELATED, CLASS)),
    ):
        made.append(
            DriftFigure(pictures, role, Measured(name, value, value - 0.002, value + 0.002, 32, "e", space="eye"))
        )
    return made


def test_the_verdict_compares_intervals() -> None:
    both = judge_watch(figures(0.8, 0.02))
    assert (
        tell_verdict(both, ENGLISH)
        == "The subject was learnt; unrelated prompts drifted; prompts of its class drifted."
    )
    assert tell_evidence(figures(0.8, 0.02), ENGLISH) == (
        "Reference similarity from 0.4000 to 0.8000 by eye; unrelated prompts: KID 0.02000, floor 0.001000 by eye; "
        "prompts of its class: KID 0.02000, floor 0.001000 by eye; nearer to one of the pictures than any two of "
        "them are to each other: 25% by eye of what was drawn."
    )
    neither = judge_watch(figures(0.403, 0.004))
    assert "The subject was not learnt" in tell_verdict(neither, ENGLISH)
    assert "unrelated prompts are not beyond the floor" in tell_verdict(neither, ENGLISH)
