"""Starting a personalisation: what can't be is one sentence and leaves nothing; what is given stays where it is."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, UnidentifiedImageError

from hub.dataset.exports import ExportFormat, export_votes
from hub.dataset.shard_names import list_local_shards
from hub.errors import HubError, StorageError
from hub.generators.model_store import ModelStore
from hub.jobs import Jobs, JobState, job_queue
from hub.jobs.finished_models import RegisterModel
from hub.methods.personalization.config import PIXEL, Tuned
from hub.moderation import Moderation
from hub.raters import KnownBy, Rater
from hub.space.tracked_files import list_tracked
from hub.subjects.subject_pictures import crop_picture, digest_picture
from hub.ui.personalise import personalisation_runs
from hub.ui.personalise.keeping_slider import LAMBDAS, USUAL
from hub.ui.personalise.personalisation_runs import MODULE, SubjectRuns
from hub.ui.training.own_runs import OwnRuns
from tests.hub.dataset.made import fill
from tests.hub.generators.models import write_model
from tests.hub.jobs import made
from tests.hub.jobs.made import ROOT, change
from tests.hub.methods.personalization_made import write_base

ME = Rater("me", "me", "network")


def picture(number: int) -> bytes:
    """A picture of a subject as the page holds it: noise that nothing else is."""
    buffer = io.BytesIO()
    pixels = np.random.default_rng(number).integers(0, 255, (40, 48, 3), np.uint8)
    Image.fromarray(pixels).save(buffer, "png")
    return buffer.getvalue()


PICTURES = [picture(number) for number in range(4)]


@pytest.fixture
def jobs(tmp_path: Path) -> Jobs:
    return Jobs(tmp_path / "data")


@pytest.fixture
def starter(jobs: Jobs) -> SubjectRuns:
    """What starts runs in a data folder in which nothing is yet."""
    jobs.data.mkdir()
    return SubjectRuns(jobs, OwnRuns(jobs, MODULE), Moderation(("words",)))


def files(folder: Path) -> Iterator[Path]:
    """The files of a folder, at any depth."""
    return (path for path in folder.rglob("*") if path.is_file())


def is_one_of(path: Path) -> bool:
    """Whether a file holds a given picture, by its bytes or, as another file, by its pixels."""
    content = path.read_bytes()
    if any(one in content for one in PICTURES):
        return True
    try:
        found = digest_picture(crop_picture(Image.open(path)))
    except (UnidentifiedImageError, OSError, SyntaxError):
        return False
    return found in {digest_picture(crop_picture(Image.open(io.BytesIO(one)))) for one in PICTURES}


def test_the_sliders_usual_lambda_is_the_presets() -> None:
    assert LAMBDAS[USUAL] == PIXEL[Tuned.full].strength


REFUSED: dict[str, tuple[Callable[[Jobs], object], tuple[str, str], str]] = {
    "known word": (lambda jobs: None, ("cat", "toy"), "'cat' is a word that the base knows already"),
    "no word": (lambda jobs: None, ("My Cat", "cat"), "'My Cat' can't name a subject"),
    "no name": (lambda jobs: None, ("", "cat"), "'' can't name a subject"),
    "no class": (lambda jobs: None, ("zebi-1", " "), "The prompt is empty"),
    "class": (lambda jobs: None, ("zebi-1", "zebi-1"), "names the subject itself"),
    "entry": (lambda jobs: None, ("scad-dd", "toy"), "There is an entry or a run 'scad-dd' already"),
    "added": (
        lambda jobs: ModelStore(jobs.data).add(write_model(jobs.data / "mine"), "zebi-1"),
        ("zebi-1", "toy"),
        "There is an entry or a run 'zebi-1' already",
    ),
    "queued": (
        lambda jobs: jobs.start(MODULE, [], owner="other", name="zebi-1"),
        ("zebi-1", "toy"),
        "There is an entry or a run 'zebi-1' already",
    ),
}


@pytest.mark.parametrize("why", REFUSED)
def test_names_that_can_t_be_are_refused_and_nothing_is_queued(jobs: Jobs, starter: SubjectRuns, why: str) -> None:
    spoil, names, said = REFUSED[why]
    spoil(jobs)
    before = len(jobs.records())
    with pytest.raises(HubError, match=said):
        starter.start(ME, *names, 200.0, PICTURES)
    assert len(jobs.records()) == before
    assert not [path for path in files(jobs.data) if is_one_of(path)]


def test_a_visitor_without_a_cookie_is_told_so(jobs: Jobs, starter: SubjectRuns) -> None:
    with pytest.raises(HubError, match="sends no cookie back"):
        starter.start(Rater("pages", "p", "network", KnownBy.page), "zebi-1", "toy", 200.0, PICTURES)
    assert jobs.records() == {}


def test_a_full_disk_leaves_nothing(jobs: Jobs, starter: SubjectRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(fd: int, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(job_queue, "write_all", full)
    with pytest.raises(StorageError, match="the disk is full"):
        starter.start(ME, "zebi-1", "toy", 200.0, PICTURES)
    assert jobs.records() == {} and not [path for path in files(jobs.data) if is_one_of(path)]
    monkeypatch.undo()
    id = starter.start(ME, "zebi-1", "toy", 200.0, PICTURES)
    with pytest.raises(HubError, match="have a run under way") as caught:
        starter.start(ME, "zebi-2", "toy", 200.0, PICTURES)
    assert caught.value.field == ""  # no other name helps
    change(jobs, id, state=JobState.failed)
    assert starter.start(ME, "zebi-1", "toy", 200.0, PICTURES), "a run that failed keeps no name from others"


def test_pictures_are_in_their_jobs_folder_alone_and_in_nothing_that_is_published(
    jobs: Jobs, starter: SubjectRuns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, data = write_base(tmp_path / "base"), jobs.data
    options = ("--keep-steps", f"--base={base}", "--steps=2", "--every=1", "--batch=2")
    monkeypatch.setattr(personalisation_runs, "OPTIONS", options)
    id = starter.start(ME, "zebi-1", "toy", 0.0, PICTURES)
    monkeypatch.setattr(made, "PATIENCE", 600.0)  # it imports torch, on a machine that may have much else to do
    with made.running(jobs, RegisterModel(jobs)):
        view = made.ended(jobs, id)
    assert (view.state, view.sentence) == (JobState.done, "")
    own = jobs.folder / id / "pictures"
    assert {path for path in files(data) if is_one_of(path)} == set(own.iterdir())
    entry = data / "models" / "zebi-1"
    for path in (*files(entry), jobs.folder / id / "job.json"):  # neither their place, nor what one could tell them by
        content = path.read_bytes()
        assert str(own).encode() not in content and b"/pictures" not in content, path
    told = json.loads((jobs.folder / id / "result" / "personalization.json").read_text())
    assert not [path for path in files(entry) if told["digest"].encode() in path.read_bytes()]
    assert json.loads((entry / "receipt.json").read_text())["made"]["count"] == 4
    fill(data, "one", "two")
    shards = list_local_shards(data)
    assert shards and not [name for name in shards if "jobs" in name or "models" in name]
    assert not [path for path in shards.values() if any(one in path.read_bytes() for one in PICTURES)]
    for format in ExportFormat:
        out = tmp_path / f"votes.{format}"
        export_votes(data, out, format)
        assert out.exists() and not (is_one_of(out) or b"pictures" in out.read_bytes())
    assert "/data/" in (ROOT / ".gitignore").read_text().splitlines(), "a Space gets what git tracks"
    assert not [name for name in list_tracked(ROOT).files if "/pictures/000" in name]
    jobs.delete_pictures(id)
    assert not [path for path in files(data) if is_one_of(path)]
    assert (entry / "entry.toml").exists()
