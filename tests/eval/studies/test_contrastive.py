"""The contrasts' study: what it declares is what is trained, and its figures are those of held-out wordings."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eval.features.feature_store import FeatureStore
from eval.features.reference_features import Reference
from eval.measure import list_wording_requests
from eval.metrics import Features, Measured, Takes
from eval.metrics.r_precision import NAME, precision_shares
from eval.reference_space import place_reference
from eval.studies import contrastive
from eval.studies.contrastive import ALIKE, CONTRASTIVE_STUDY, measure_precision
from eval.study.declaration import Study, StudyFigure, StudyRun
from eval.study.run_scores import measure_study, plan_drawing
from hub.errors import DataError
from hub.generators import GENERATORS
from hub.methods.contrastive.config import SSAGAN
from hub.methods.contrastive.study import CONTRASTS, plan_runs, train_runs
from tests.eval.metrics.made import normal, unit


def test_the_arms_of_the_orderings_are_those_that_are_trained() -> None:
    named = {arm for one in CONTRASTIVE_STUDY.orderings for arm in (*one.arms, one.other)}
    assert named == set(CONTRASTS)
    assert [run.name for run in plan_runs((0, 1))][:5] == [
        "ssagan-seed0", "ssagan-ff-seed0", "ssagan-fr-seed0", "ssagan-both-seed0", "ssagan-seed1",
    ]  # fmt: skip
    assert CONTRASTIVE_STUDY.better(NAME) == "higher"


def test_a_run_that_has_seen_more_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.methods.contrastive.study.images_seen", lambda folder: 64)
    with pytest.raises(DataError, match="has seen 64 images, more than 32"):
        train_runs(replace(SSAGAN, images=32), plan_runs((0,)), tmp_path / "pack", tmp_path)


def test_r_precision_is_of_the_first_picture_of_each_caption_and_its_concept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Captions of a concept are alike here: were they wrong answers, an oracle would miss some."""
    concepts = np.repeat(np.arange(60), 4)
    monkeypatch.setattr(contrastive, "concept_codes", lambda: concepts)
    rows = np.concatenate([np.arange(240), np.arange(10)])
    texts = unit(normal(60, 16, 1))[concepts][rows]
    images = np.concatenate([texts[:240], -texts[240:]])
    run = StudyRun("ssagan", 0, tmp_path, GENERATORS["mock"])
    found = measure_precision(Features(rows, images, "judge@1", texts), run)
    assert (found.value, found.n) == (1, 240)


def test_a_study_may_draw_paraphrases_and_look_at_texts(reference: Reference, tmp_path: Path) -> None:
    def measure(drawn: Features, run: StudyRun) -> Measured:
        one = drawn.first()
        assert one.texts is not None
        share = float(precision_shares(one.images, one.texts, one.prompts, negatives=20).mean())
        return Measured("share", share, 0, 1, len(one.prompts), one.encoder)

    run = StudyRun("mock", 0, tmp_path / "mock-seed0", GENERATORS["mock"])
    figures = (StudyFigure("share", "higher", measure, Takes.embeddings),)
    study = Study("", "", lambda _: [run], ("PPD",), figures, extra_seeds=2)
    spaces = reference.spaces(FeatureStore(tmp_path / "features.sqlite"))
    places = [place_reference(space, reference) for space in spaces]
    plain, worded = (
        measure_study(one, [run], reference, places).groups["mock"][0] for one in (study, replace(study, worded=True))
    )
    assert {name.space for name in plain if name.metric == "share"} == {"embedded judge"}
    assert {name for name in worded if name not in plain} == {
        name for name in worded if name.metric == ALIKE and name.space == "embedded judge"
    }
    assert all(worded[name] == figure for name, figure in plain.items())
    planned = plan_drawing(replace(study, worded=True), reference)
    assert len(planned.requests_of(run)) == len(planned.requests) + len(list_wording_requests(reference)[0])
