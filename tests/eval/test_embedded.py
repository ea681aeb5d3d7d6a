"""Figures that come with a checkpoint: kept whole, taken where they still hold, completed by what they lack."""

import base64
import json
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from PIL import Image

from eval import embedded, gather, stored_figures
from eval.agreement import nearest_pairs
from eval.agreement.nearest_pairs import NearestPairs, make_pair, pairs_to_text, read_pairs
from eval.agreement.thumbnails import make_thumbnail
from eval.embedded import list_shown_requests
from eval.features.feature_store import FeatureStore as Features
from eval.features.reference_features import Reference, read_reference
from eval.kept_figures import Figure, KeptFigures, complete_figures
from eval.measure import REAL, Table, measure_generator, measure_generators
from eval.metrics import Measured, Unmeasured
from eval.reference_space import place_reference
from eval.sample import adopt_samples, draw_requests, read_manifest
from eval.score_categories import CategoryFigure
from eval.stored_figures import (
    Embedded,
    describe_measurement,
    describe_protocol,
    figures_file,
    find_differences,
    read_embedded,
    samples_folder,
    to_text,
)
from eval.training_pictures import TrainingPictures
from hub.engine.local_engine import LocalEngine
from hub.errors import DataError
from hub.files import png_bytes
from hub.generators import roster
from hub.language.sentence import Sentence
from hub.votes import ContentStore
from tests.asking import asking, asking_each
from tests.eval import made
from tests.eval.made import figure
from tests.eval.test_report import data as data  # noqa: PLC0414 - a fixture
from tests.eval.test_report import read, run

NOTE = Sentence("a tie, or {why}", why=Sentence("a repeated vote"))
FD = Unmeasured("FD", NOTE, "witness")
FOUND = Embedded((figure("KID (witness)", 0.123456789, 0.1, 0.2, 800, "witness@1", NOTE), FD), (), 5, "a machine")


def test_figures_come_back_as_they_were_with_sentences_for_every_language(tmp_path: Path) -> None:
    path = tmp_path / "metrics.json"
    path.write_text(to_text({"revision": "1"}, FOUND), encoding="utf-8")
    back = read_embedded(path, {"revision": "1"})
    kid, fd = back.figures
    assert isinstance(kid, Measured)
    assert (kid.value, kid.n, kid.encoder, back.own_bytes) == (0.123457, 800, "witness@1", 5)
    assert (kid.note, fd.reason if isinstance(fd, Unmeasured) else "") == (NOTE, NOTE)
    assert isinstance(kid.note, Sentence)
    assert isinstance(kid.note.fields["why"], Sentence)
    assert (kid.name, fd.name) == (("KID", "witness"), ("FD", "witness"))
    assert (json.loads(path.read_text())["machine"], back.machine) == ("a machine", "a machine")


def test_figures_written_before_spaces_had_a_field_are_read_as_they_are(tmp_path: Path) -> None:
    whole = {"value": 0.1, "low": 0.1, "high": 0.2, "n": 8, "encoder": "witness@1"}
    torn = {"template": "the picture {file}", "fields": {"file": "x (1)"}}
    old = [
        {"metric": "KID (witness)", **whole},
        {"metric": "seconds an image", **whole},
        {"metric": "FD (a space (of another))", "reason": "too few"},
        {"metric": torn, "reason": "?"},
    ]
    path = tmp_path / "metrics.json"
    path.write_text(json.dumps({"measured_by": {}, "machine": "", "own_bytes": None, "figures": old}))
    names = [one.name for one in read_embedded(path, {}).figures]
    assert names[:2] == [("KID", "witness"), ("seconds an image", "")]
    assert names[2:] == [("FD", "a space (of another)"), ("the picture x (1)", "")]


@pytest.mark.parametrize("key", ["revision", "encoders", "reference", "prompts", "drawn"])
def test_figures_of_something_else_are_not_taken_and_it_is_said_what(tmp_path: Path, key: str) -> None:
    path = tmp_path / "metrics.json"
    by = dict.fromkeys(("revision", "encoders", "reference", "prompts", "drawn"), "same")
    path.write_text(to_text(by, FOUND), encoding="utf-8")
    with pytest.raises(DataError, match=f"measured by other {key}"):
        read_embedded(path, {**by, key: "other"})


def test_figures_hold_for_the_metrics_they_have_and_say_which_they_lack(tmp_path: Path) -> None:
    path, torn = tmp_path / "metrics.json", Unmeasured(Sentence("the picture {file}", file="x"), NOTE)
    written = replace(FOUND, figures=(*FOUND.figures, torn))
    path.write_text(to_text({"revision": "1", "metrics": ["FD", "KID"]}, written), encoding="utf-8")
    more = read_embedded(path, {"revision": "1", "metrics": ["FD", "KID", "brightness"]})
    assert (len(more.figures), more.lacking) == (3, ("brightness",))
    fewer = read_embedded(path, {"revision": "1", "metrics": ["FD", "brightness"]})
    assert ([one.metric for one in fewer.figures], fewer.lacking) == (["FD", "the picture x"], ("brightness",))
    assert read_embedded(path, {"revision": "1", "metrics": ["FD", "KID"]}).lacking == ()


def test_figures_by_category_are_read_as_they_were_written_and_compared_by_category(tmp_path: Path) -> None:
    told = made.apart(Table()).by_category
    found = replace(FOUND, figures=(*FOUND.figures, *(row.part for row in told if row.generator == "one")))
    path = tmp_path / "metrics.json"
    path.write_text(to_text({"metrics": []}, found), encoding="utf-8")
    read = read_embedded(path, {"metrics": []})
    assert read.figures[-2:] == found.figures[-2:]
    assert isinstance(read.figures[-1], CategoryFigure)
    assert read.figures[-1].told == made.apart(Table()).by_category[1].part.lacking
    assert find_differences(found, found) == []
    (told_lack,) = find_differences(found, replace(found, figures=found.figures[:-1]))
    assert told_lack == "only one of them has image-text score (embedded judge) of captions: Fluent"
    part = found.figures[-2]
    assert isinstance(part, CategoryFigure) and part.figure
    moved = replace(part, figure=replace(part.figure, value=0.5))
    (told_move,) = find_differences(found, replace(found, figures=(*found.figures[:-2], moved, found.figures[-1])))
    assert "of captions: Noto was 0.25, is 0.5" in told_move


def measuring(reference: Reference, folder: Path) -> Callable[[Collection[str] | None], tuple[Figure, ...]]:
    """A measurement of the mock generator, of all its figures or only some."""
    places = [place_reference(space, reference) for space in reference.spaces(Features(folder / "features.sqlite"))]

    def measure(only: Collection[str] | None) -> tuple[Figure, ...]:
        return tuple(measure_generator("mock", LocalEngine(), reference, places, folder / "samples", only))

    return measure


@pytest.mark.parametrize("lacking", [("KID",), ("CLIP-I",), ("R@1", "FD", "recall")])
def test_what_figures_lack_is_measured_and_nothing_else(
    reference: Reference, tmp_path: Path, lacking: tuple[str, ...]
) -> None:
    measure, asked = measuring(reference, tmp_path), list[tuple[Figure, ...]]()
    whole = measure(None)
    kept = KeptFigures(tuple(one for one in whole if one.metric not in lacking), lacking)

    def measured(only: Collection[str] | None) -> tuple[Figure, ...]:
        asked.append(measure(only))
        return asked[-1]

    assert complete_figures(kept, measured) == whole
    assert {one.metric for one in asked[0]} == {*lacking}
    assert complete_figures(KeptFigures(whole), measured) is whole
    assert len(asked) == 1


def test_a_report_measures_only_what_kept_figures_lack(reference: Reference, tmp_path: Path) -> None:
    spaces = reference.spaces(Features(tmp_path / "features.sqlite"))
    arguments = (["mock"], LocalEngine(), reference, spaces, tmp_path / "samples")
    whole = measure_generators(*arguments)
    rows = [row for row in whole.rows if row.measured.metric != "KID"]
    told = {name: [row.measured for row in rows if row.generator == name] for name in ("mock", REAL)}
    first = {name: replace(figures[0], value=5.0) for name, figures in told.items()}  # what is kept is not looked at
    kept = {name: KeptFigures((first[name], *figures[1:]), ("KID",)) for name, figures in told.items()}
    found = measure_generators(*arguments, kept)
    assert [(row.generator, row.measured.name) for row in found.rows] == [
        (row.generator, row.measured.name) for row in whole.rows
    ]
    assert [row.measured.value for row in found.rows].count(5.0) == 2


def picture_of(row: int) -> bytes:
    """A training picture: one grey a row."""
    return png_bytes(Image.new("RGB", (8, 8), (row, row, row)))


@pytest.fixture
def beside(tmp_path: Path, reference: Reference, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of weights, with one of the mock generator's and its card, in the place of the repository's."""
    for name in ("mock", REAL):
        figures_file(name, tmp_path).parent.mkdir(exist_ok=True)
    (tmp_path / "mock" / "README.md").write_text("# mock\n", encoding="utf-8")
    monkeypatch.setattr(embedded, "read_reference", lambda: reference)
    monkeypatch.setattr(embedded, "load_training", lambda store: TrainingPictures(reference, picture_of))
    monkeypatch.setattr(embedded, "cache_dir", lambda: tmp_path / "cache")
    monkeypatch.setattr(embedded, "figures_file", lambda name: figures_file(name, tmp_path))
    monkeypatch.setattr(embedded, "samples_folder", lambda name: samples_folder(name, tmp_path))
    return tmp_path


def test_a_new_metric_is_put_beside_the_figures_that_hold_and_into_the_card(
    beside: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded.main("mock")
    path, card = figures_file("mock", beside), beside / "mock" / "README.md"
    whole, text = path.read_text(encoding="utf-8"), card.read_text(encoding="utf-8")
    assert "no figures came with it; measured now" in capsys.readouterr().err
    content = json.loads(whole)
    content["measured_by"]["metrics"].remove("KID")
    content["figures"] = [one for one in content["figures"] if one["metric"] != "KID"]
    content["figures"][0]["value"] = 5.0  # what is there stays as it is
    path.write_text(json.dumps(content), encoding="utf-8")
    embedded.main("mock")
    assert "its figures lack KID, measured now" in capsys.readouterr().err
    now = json.loads(path.read_text(encoding="utf-8"))
    assert now["figures"][0]["value"] == 5.0
    now["figures"][0]["value"] = json.loads(whole)["figures"][0]["value"]
    assert now == json.loads(whole)
    assert "| KID (witness) |" in text
    assert "| authenticity (witness) |" in text
    assert "| data copying (witness) |" in text
    assert card.read_text(encoding="utf-8").count("| KID (") == text.count("| KID (")

    def place(*_: object) -> None:
        raise AssertionError("measured")

    monkeypatch.setattr(embedded, "place_reference", place)
    embedded.main("mock")
    assert "the figures that are there hold" in capsys.readouterr().err


def test_pictures_that_are_nearest_to_training_pictures_come_with_the_figures(
    beside: Path, reference: Reference
) -> None:
    embedded.main("mock")
    path = beside / "mock" / nearest_pairs.FILE
    found = read_pairs("mock", path)
    assert (found.space, found.training) == ("EfficientNet-Lite2", len(reference.captions))
    assert 0 < len(found.pairs) <= nearest_pairs.SHOWN
    assert len({one.caption for one in found.pairs}) == len(found.pairs)
    assert [one.ratio for one in found.pairs] == sorted(one.ratio for one in found.pairs)
    drawn = {(entry.prompt, entry.seed): entry for entry in read_manifest(beside / "cache" / "samples")}
    for one in found.pairs:
        picture = (beside / "cache" / "samples" / drawn[one.prompt, one.seed].file).read_bytes()
        assert one.drawn == make_thumbnail(picture, nearest_pairs.SIDE)
        assert one.training == make_thumbnail(picture_of(reference.captions.index(one.caption)), nearest_pairs.SIDE)
    first = path.read_bytes()
    path.unlink()
    embedded.main("mock")
    assert path.read_bytes() == first  # it is made again though the figures hold
    path.write_bytes(b"old")
    embedded.main("mock", anew=True)
    assert path.read_bytes() == first
    for spoilt in (first.replace(b'"ratio"', b'"other"'), first[:-40], first.replace(b'"drawn": "U', b'"drawn": "V')):
        path.write_bytes(spoilt)
        with pytest.raises(DataError, match=r"python -m eval\.embedded"):
            read_pairs("mock", path)


def test_a_check_measures_all_and_writes_nothing(beside: Path, capsys: pytest.CaptureFixture[str]) -> None:
    embedded.main("mock")
    path = figures_file("mock", beside)
    embedded.main("mock", check=True)
    assert "the same figures as those that are there" in capsys.readouterr().err
    content = json.loads(path.read_text(encoding="utf-8"))
    content["measured_by"]["metrics"].remove("KID")
    content["figures"] = [one for one in content["figures"] if one["metric"] != "KID"]
    (fd,) = (one for one in content["figures"] if (one["metric"], one["space"]) == ("FD", "witness"))
    fd["value"] += 500
    path.write_text(json.dumps(content), encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(typer.Exit):
        embedded.main("mock", check=True)
    said = capsys.readouterr().err
    assert "only one of them has KID (witness)" in said and "FD (witness) was 5" in said
    assert path.read_bytes() == before
    embedded.main("mock", anew=True)
    assert "only one of them has KID (witness)" in capsys.readouterr().err
    assert '"KID"' in path.read_text(encoding="utf-8")


def test_none_and_damaged_figures_are_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no figures came with it"):
        read_embedded(tmp_path / "none", {})
    (tmp_path / "torn").write_text('{"figures": [')
    with pytest.raises(DataError, match="can't be read"):
        read_embedded(tmp_path / "torn", {})


def test_a_report_takes_figures_that_came_with_a_checkpoint_and_draws_no_set_for_them(
    reference: Reference, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spaces = reference.spaces(Features(tmp_path / "features.sqlite"))
    common = describe_protocol(reference, spaces)
    for name in ("mock", REAL):
        figures_file(name, tmp_path).parent.mkdir(exist_ok=True)
        figures_file(name, tmp_path).write_text(to_text(describe_measurement(name, common), FOUND), encoding="utf-8")
    monkeypatch.setattr(gather, "figures_file", lambda name: figures_file(name, tmp_path))
    pair = make_pair("a <b>", 3, picture_of(9), "known & <i>", picture_of(200), 0.123)
    pairs = NearestPairs("mock", "witness", 5, (pair,))
    (tmp_path / "mock" / nearest_pairs.FILE).write_text(pairs_to_text(pairs, "witness@1"), encoding="utf-8")
    code, said = run("--votes", data, "--generators", "mock", "--out", tmp_path / "out")
    assert code == 1  # as lines of the votes are left out
    assert "reading the figures that came with the checkpoints" in said
    found = {(row["generator"], row["metric"]): row["value"] for row in read(tmp_path / "out")["metrics"]}
    assert found["mock", "KID (witness)"] == found[REAL, "KID (witness)"] == 0.123457
    assert len(list((tmp_path / "cache" / "samples").glob("*.png"))) <= 6 * 4  # those that are shown
    (told,) = read(tmp_path / "out")["join"]["nearest"]
    assert (told["generator"], told["prompt"], told["seed"], told["ratio"]) == ("mock", "a <b>", 3, 0.123)
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Nearest training pictures" in page
    assert 'alt="Training picture: known &amp; &lt;i&gt;"' in page
    assert base64.b64encode(pair.training).decode() in page
    code, said = run("--votes", data, "--generators", "mock", "--measure", "--out", tmp_path / "anew")
    assert (code, "measuring mock" in said) == (1, True)
    assert len(list((tmp_path / "cache" / "samples").glob("*.png"))) > 48


def test_differences_are_those_beyond_rounding() -> None:
    near = Embedded((figure("KID (witness)", 0.1235, 0.1, 0.2, 800, "witness@1"), FD))
    far = Embedded((figure("KID (witness)", 0.15, 0.1, 0.2, 800, "witness@1"),))
    assert find_differences(FOUND, near) == []
    assert find_differences(FOUND, far) == ["only one of them has FD (witness)", "KID (witness) was 0.123457, is 0.15"]


def test_every_embedded_generator_has_figures_that_still_hold() -> None:
    """Else the first report measures for minutes; ``python -m eval.embedded`` measures and writes what is lacking."""
    reference = read_reference()
    common = describe_protocol(reference, reference.spaces(Features(Path(":memory:"))))
    names = [one.name for one in roster() if one.weights]
    for name in [*names, REAL]:
        found = read_embedded(figures_file(name), describe_measurement(name, common))
        assert found.lacking == ()
        assert len(found.figures) > 5
        assert all(one.n for one in found.figures if isinstance(one, Measured))
        assert figures_file(name).stat().st_size < 300_000
    assert stored_figures.FILE == "metrics.json"


def test_pictures_that_came_with_a_checkpoint_are_taken_and_not_drawn(tmp_path: Path) -> None:
    came, cache, jobs = tmp_path / "came", tmp_path / "cache", asking_each([("a red apple", 0), ("a red apple", 1)])
    there = draw_requests(LocalEngine(), "mock", jobs, came)
    adopt_samples("mock", came, cache)
    assert read_manifest(cache) == there
    assert (cache / there[0].file).read_bytes() == (came / there[0].file).read_bytes()
    assert ContentStore(cache).read_setup(there[0].setup) == ContentStore(came).read_setup(there[0].setup)
    adopt_samples("mock", came, cache)
    assert len(read_manifest(cache)) == 2  # what is there already is not taken again


def test_pictures_of_another_revision_or_damaged_ones_are_not_taken(tmp_path: Path) -> None:
    came = tmp_path / "came"
    old, torn, whole = draw_requests(LocalEngine(), "mock", [asking(f"apple {i}", 0) for i in range(3)], came)
    lines = [old.model_copy(update={"revision": "old"}), torn, whole]
    (came / "manifest.jsonl").write_text("".join(f"{one.model_dump_json()}\n" for one in lines), encoding="utf-8")
    (came / torn.file).write_bytes(b"torn")
    adopt_samples("mock", came, tmp_path / "cache")
    assert read_manifest(tmp_path / "cache") == [whole]


@pytest.mark.parametrize("name", [one.name for one in roster() if one.weights])
def test_every_entry_here_comes_with_the_pictures_that_a_report_shows(name: str, tmp_path: Path) -> None:
    adopt_samples(name, samples_folder(name), tmp_path)
    found = {entry.request for entry in read_manifest(tmp_path)}
    assert found == set(list_shown_requests(read_reference()))
