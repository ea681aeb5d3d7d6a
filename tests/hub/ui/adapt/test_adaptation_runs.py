"""Starting an adaptation: what can't be is one sentence and leaves nothing; what can is a job of the method's own."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from hub.errors import HubError, RequestError, StorageError
from hub.files import MODELS, WEIGHTS, png_bytes
from hub.generators.model_store import ModelStore
from hub.jobs import Jobs, JobState, job_queue
from hub.language.catalogue import language
from hub.language.sentence import Sentence
from hub.methods.ipl.adaptable import list_sources
from hub.methods.ipl.config import IplConfig
from hub.moderation import Moderation
from hub.raters import KnownBy, Rater
from hub.ui.adapt import look_check
from hub.ui.adapt.adaptation_runs import MODULE, AskedLook, LookRuns
from hub.ui.adapt.adaptation_view import list_plots, render_adaptation, render_warning
from hub.ui.adapt.look_check import CHECKS, LookCheck
from hub.ui.training.own_runs import OwnRuns
from tests.hub.generators.models import write_model
from tests.hub.jobs.made import change
from tests.hub.methods.ipl_made import FLAT, SOLID, write_source

ME = Rater("me", "me", "network")
SOURCES = ["galip", "scad"]
GOOD = AskedLook("scad", FLAT, SOLID, "glossy-1")
JAPANESE = language("ja")
PNG = png_bytes(Image.new("RGB", (8, 8)))


@pytest.fixture
def jobs(tmp_path: Path) -> Jobs:
    (tmp_path / "data").mkdir()
    return Jobs(tmp_path / "data")


@pytest.fixture
def starter(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> LookRuns:
    """What starts runs in a data folder in which nothing is yet, for which only Noto is drawn already."""

    def check(config: IplConfig, folders: object) -> tuple[bytes, bytes] | None:
        return (PNG, PNG) if "Noto" in config.target_words else None

    monkeypatch.setattr(look_check, "load_check", lambda: check)
    return LookRuns(OwnRuns(jobs, MODULE), LookCheck(jobs), Moderation(("words",)))


REFUSED: dict[str, tuple[Callable[[Jobs], object], AskedLook, str]] = {
    "no source": (lambda jobs: None, AskedLook("", FLAT, SOLID, "glossy-1"), "Choose a generator"),
    "no latent": (lambda jobs: None, AskedLook("diffusion", FLAT, SOLID, "glossy-1"), "Choose a generator"),
    "folder": (lambda jobs: None, AskedLook("/etc", FLAT, SOLID, "glossy-1"), "Choose a generator"),
    "empty": (lambda jobs: None, AskedLook("scad", FLAT, "  ", "glossy-1"), "Say in words both"),
    "twice": (lambda jobs: None, AskedLook("scad", FLAT, FLAT.upper(), "glossy-1"), "draws already"),
    "not English": (lambda jobs: None, AskedLook("scad", FLAT, "光沢のある3D", "glossy-1"), "reads English alone"),
    "long": (lambda jobs: None, AskedLook("scad", FLAT, "glossy " * 100, "glossy-1"), "at most 500"),
    "control": (lambda jobs: None, AskedLook("scad", FLAT, "glossy\u202e", "glossy-1"), "invisible"),
    "no name": (lambda jobs: None, AskedLook("scad", FLAT, SOLID, ""), "can't be an entry's name"),
    "path": (lambda jobs: None, AskedLook("scad", FLAT, SOLID, "../mine"), "can't be an entry's name"),
    "entry": (lambda jobs: None, AskedLook("scad", FLAT, SOLID, "galip"), "'galip' already"),
    "added": (
        lambda jobs: ModelStore(jobs.data).add(write_model(jobs.data / "mine"), "glossy-1"),
        GOOD,
        "'glossy-1' already",
    ),
    "queued": (lambda jobs: jobs.start(MODULE, [], owner="other", name="glossy-1"), GOOD, "'glossy-1' already"),
    "of the other tab": (
        lambda jobs: jobs.start("hub.methods.personalization", [], owner="other", name="glossy-1"),
        GOOD,
        "'glossy-1' already",
    ),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_can_t_be_asked_for_is_one_sentence_in_both_languages_and_nothing_is_queued(
    jobs: Jobs, starter: LookRuns, why: str
) -> None:
    spoil, asked, said = REFUSED[why]
    spoil(jobs)
    before = len(jobs.records())
    for start in (starter.find_warning, starter.start):
        with pytest.raises(HubError, match=said) as caught:
            start(ME, asked, SOURCES)
        sentence = caught.value.sentence
        assert isinstance(sentence, Sentence) and JAPANESE.tell(sentence) != str(sentence)
    assert len(jobs.records()) == before


def test_where_nothing_can_be_adapted_that_is_said(starter: LookRuns) -> None:
    with pytest.raises(RequestError, match="No generator of this arena can be adapted"):
        starter.find_warning(ME, GOOD, [])


def test_a_visitor_without_a_cookie_is_told_so_before_anything_is_computed(jobs: Jobs, starter: LookRuns) -> None:
    for start in (starter.find_warning, starter.start):
        with pytest.raises(HubError, match="sends no cookie back"):
            start(Rater("pages", "p", "network", KnownBy.page), GOOD, SOURCES)
    assert jobs.records() == {}


def test_a_look_that_is_drawn_already_is_warned_of_and_a_new_one_is_queued(jobs: Jobs, starter: LookRuns) -> None:
    warning = starter.find_warning(ME, AskedLook("scad", FLAT, "in Noto style", "noto-1"), SOURCES)
    assert warning is not None and "scad seems to draw 'in Noto style' already" in str(warning.sentence)
    html = render_warning(warning.sentence, GOOD, "picture/1", "picture/2", JAPANESE)
    assert "すでに" in html and 'src="picture/1"' in html and f"scadが「{SOLID}」で描いたもの" in html
    assert jobs.records() == {}
    spaced = AskedLook("scad", f" {FLAT} ", "3D,  glossy, soft light", "glossy-1")
    assert starter.find_warning(ME, spaced, SOURCES) is None
    id = starter.start(ME, spaced, SOURCES)
    record = jobs.record(id)
    assert (record.name, record.owner) == ("glossy-1", "me")
    assert record.options == ("--source=scad", f"--from={FLAT}", f"--to={SOLID}")
    with pytest.raises(HubError, match="have a run under way") as caught:
        starter.find_warning(ME, AskedLook("scad", FLAT, SOLID, "glossy-2"), SOURCES)
    assert caught.value.field == ""  # no other name helps


def test_a_name_that_is_taken_is_told_at_the_box_of_the_name(starter: LookRuns) -> None:
    for start in (starter.find_warning, starter.start):
        with pytest.raises(HubError, match="'galip' already") as caught:
            start(ME, AskedLook("scad", FLAT, SOLID, "galip"), SOURCES)
        assert caught.value.field == "adapt-name"


def test_the_warning_comes_with_what_the_source_draws_of_either_words() -> None:
    check = look_check.load_check()
    drawn = check(IplConfig("scad", FLAT, "in Noto style"), (WEIGHTS,))
    assert drawn is not None
    before, after = (Image.open(io.BytesIO(png)) for png in drawn)
    assert before.size == after.size == (4 * 64, 2 * 64)
    assert before.tobytes() != after.tobytes()
    assert check(IplConfig("scad", FLAT, SOLID), (WEIGHTS,)) is None
    with pytest.raises(HubError, match="does not tell 'flat' from 'flat!'"):
        check(IplConfig("scad", "flat", "flat!"), (WEIGHTS,))


def test_a_network_has_few_looks_checked_a_minute(starter: LookRuns) -> None:
    for _ in range(CHECKS):
        starter.find_warning(ME, GOOD, SOURCES)
    with pytest.raises(RequestError, match="Many looks were checked") as caught:
        starter.find_warning(ME, GOOD, SOURCES)
    assert caught.value.field == ""
    starter.find_warning(Rater("other", "other", "elsewhere"), GOOD, SOURCES)


def test_a_full_disk_leaves_nothing(jobs: Jobs, starter: LookRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(job_queue, "write_file", full)
    with pytest.raises(StorageError, match="the disk is full"):
        starter.start(ME, GOOD, SOURCES)
    assert jobs.records() == {}
    monkeypatch.undo()
    id = starter.start(ME, GOOD, SOURCES)
    change(jobs, id, state=JobState.failed)
    assert starter.start(ME, GOOD, SOURCES), "a run that failed keeps no name from others"


def test_entries_that_were_adapted_are_sources_and_damaged_ones_and_copies_under_way_are_not(jobs: Jobs) -> None:
    models = jobs.data / MODELS
    write_source(models / "glossy-1")
    write_source(models / ".new-1")
    (models / "torn").mkdir()
    (models / "torn" / "model.safetensors").write_bytes(b"torn")
    found = LookCheck(jobs).list_sources()
    assert set(found) == {*list_sources(), "glossy-1"}


def test_a_run_tells_its_words_its_warning_and_its_parts(jobs: Jobs) -> None:
    id = jobs.start(MODULE, [], owner="me", name="glossy-1")
    change(jobs, id, state=JobState.running)
    run = jobs.folder / id / "run"
    run.mkdir()
    assert render_adaptation(jobs.watch(id), "page", JAPANESE) == ""
    (run / "adaptation.json").write_text(
        '{"config": {"source_words": "<b>flat", "target_words": "3D"}, "source": "scad", "prompt_steps": 300,'
        ' "drawn_already": true}'
    )
    html = render_adaptation(jobs.watch(id), "page", JAPANESE)
    assert "scad：「&lt;b&gt;flat」から「3D」へ" in html
    assert "vs-warning" in html and "最初の300ステップ" in html
    assert [(one.name, one.begin) for one in list_plots(jobs.watch(id))] == [
        ("match", 0), ("direction", 300), ("moved", 300),
    ]  # fmt: skip
