"""The study of personalisation: its subjects are drawn by rule or held out, its runs are planned and kept."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from hub.errors import DataError
from hub.methods.personalization import study
from hub.methods.personalization.config import PIXEL, PenaltyForm, PersonalConfig, Tuned
from hub.methods.personalization.mascots import MASCOTS, POSES, draw_mascot
from hub.methods.personalization.run_record import is_whole
from hub.methods.personalization.study import ARMS, HALF, SUBJECTS, PersonalRun, plan
from hub.methods.personalization.train import train
from hub.subjects.subject_pictures import read_pictures
from tests.hub.methods.personalization_made import write_base

TINY = {"steps": 2, "batch": 1, "class_pictures": 2, "rank": 2, "word_first": 0.0}


def test_mascots_are_drawn_by_rule_and_no_two_pictures_are_alike(tmp_path: Path) -> None:
    for name in MASCOTS:
        pictures = draw_mascot(name)
        assert len(pictures) == len(POSES)
        assert [one.tobytes() for one in pictures] == [one.tobytes() for one in draw_mascot(name)]
        assert {one.size for one in pictures} == {(64, 64)}
        assert len(read_pictures(study.write_subject(name, tmp_path)).images) == len(POSES)
        assert len({one.getpixel((1, 1)) for one in pictures}) == 4  # grounds


def test_subjects_are_of_the_validation_split_or_mascots() -> None:
    assert set(MASCOTS) < set(SUBJECTS)
    assert len({one.token for one in SUBJECTS.values()}) == len(SUBJECTS)


def test_a_study_that_is_broken_off_has_whole_seeds_and_subjects() -> None:
    runs = plan(("hamster", "striped"), (0, 1), tuple(ARMS))
    assert len({one.name for one in runs}) == len(runs) == 4 * len(ARMS)
    assert [(one.seed, one.subject) for one in runs[:: len(ARMS)]] == [
        (0, "hamster"), (0, "striped"), (1, "hamster"), (1, "striped"),
    ]  # fmt: skip


def test_arms_differ_in_what_they_are_called_by() -> None:
    made = {arm: PersonalRun(arm, 1, "hamster").configure({"steps": 100, "batch": 2}) for arm in ARMS}
    assert {one.seed for one in made.values()} == {1}
    assert (made["naive"].strength, made["naive"].prior, made["naive"].tuned) == (0, 0, Tuned.full)
    assert (made["prior"].strength, made["prior"].prior) == (0, 1)
    assert made[HALF].steps == 50
    assert made[HALF].lr == made["naive"].lr == PIXEL[Tuned.full].lr
    for arm, one in made.items():
        if "-lambda" in arm:
            assert one.strength == float(arm.partition("-lambda")[2])
        assert (one.form is PenaltyForm.sum) == arm.startswith("sum")
        assert (one.tuned is Tuned.lora) == arm.startswith("lora")
        assert (one.tuned is Tuned.kv) == arm.startswith("kv")


@pytest.fixture
def few_arms(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Three arms on a small base, and the runs that are trained."""
    trained: list[str] = []
    write_base(tmp_path / "weights" / "diffusion")
    monkeypatch.setattr("hub.methods.personalization.base_pipeline.WEIGHTS", tmp_path / "weights")
    monkeypatch.setattr("hub.methods.personalization.pixel_base.STEPS", 1)
    monkeypatch.setattr(study, "ARMS", {arm: ARMS[arm] for arm in ("naive", "prior", HALF)})

    def note_and_train(config: PersonalConfig, pictures: Path, out: Path) -> Path:
        trained.append(out.parent.name)
        return train(config, pictures, out)

    monkeypatch.setattr(study, "train", note_and_train)
    return trained


def test_runs_that_exist_are_not_trained_again(few_arms: list[str], tmp_path: Path) -> None:
    study.main(tmp_path / "runs", "striped", "naive", "0", **TINY)
    assert few_arms == ["naive-seed0"]
    study.main(tmp_path / "runs", "striped", "", "0", **TINY)
    assert few_arms == ["naive-seed0", "prior-seed0", f"{HALF}-seed0"]
    study.main(tmp_path / "runs", "striped", "", "0,1", **TINY)
    assert few_arms[3:] == ["naive-seed1", "prior-seed1", f"{HALF}-seed1"]
    run = PersonalRun("naive", 0, "striped")
    assert is_whole(tmp_path / "runs" / run.name, run.configure(TINY))
    with pytest.raises(DataError, match="with other settings: choose another --out"):
        study.main(tmp_path / "runs", "striped", "", "0", **{**TINY, "steps": 3})


def test_bad_names_and_seeds_are_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="There is no subject nobody; there are hamster, "):
        study.main(tmp_path, "nobody", "", "0")
    with pytest.raises(DataError, match="There is no arm nothing; there are naive, "):
        study.main(tmp_path, "hamster", "nothing", "0")
    with pytest.raises(DataError, match="'a' is no list of seeds"):
        study.main(tmp_path, "hamster", "", "a")


def test_a_held_out_concept_has_a_picture_a_style(monkeypatch: pytest.MonkeyPatch) -> None:
    class Rows:
        """A data set of three rows."""

        rows: Sequence[dict[str, object]] = [
            {"caption": "hamster, in Noto style", "image": Image.new("RGB", (2, 2), "red"), "split": "validation"},
            {"caption": "hamster, in Fluent style", "image": Image.new("RGB", (2, 2), "blue"), "split": "validation"},
            {"caption": "hamster ball, in Noto style", "image": Image.new("RGB", (2, 2)), "split": "validation"},
        ]

        def filter(self, keep: object, input_columns: str) -> "Rows":
            assert all(keep(one[input_columns]) for one in self.rows)  # type: ignore[operator]
            return self

        def __getitem__(self, key: int | str) -> object:
            return self.rows[key] if isinstance(key, int) else [one[key] for one in self.rows]

    monkeypatch.setattr(study, "load", lambda *_: Rows())
    assert [one.getpixel((0, 0)) for one in study.find_concept("hamster")] == [(0, 0, 255), (255, 0, 0)]
    with pytest.raises(DataError, match="No validation caption is of 'dog'"):
        study.find_concept("dog")
