"""Measuring: what is drawn, what is kept, in which spaces, and what is said when it can't be done."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.numpy import load_file, save_file

from eval.encoders import ENCODERS
from eval.features.feature_store import FeatureStore
from eval.features.reference_features import Reference, read_reference
from eval.measure import REAL, Table, group_by_concept, list_test_requests, list_wording_requests, measure_generators
from eval.metrics import FigureName
from hub.engine import DrawnSample
from hub.engine.local_engine import LocalEngine
from hub.errors import DataError, MissingFile
from hub.generators import GENERATORS
from hub.generators.entries.mock import Mock
from hub.schema import Request
from tests.asking import asking, asking_each
from tests.eval.made import CONCEPTS, Pixels, Torn, reference_file

list_test_requests.__test__ = False  # type: ignore[attr-defined]
WORDINGS = CONCEPTS // 2  # paraphrases beside the captions


def run(reference: Reference, folder: Path, name: str = "mock") -> Table:
    """Measure one generator with what is kept in this folder."""
    spaces = reference.spaces(FeatureStore(folder / "features.sqlite"))
    return measure_generators([name], LocalEngine(), reference, spaces, folder / "samples")


def test_a_second_report_encodes_nothing_and_loads_nothing(
    reference: Reference, tmp_path: Path, encoders: dict[str, Pixels], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run(reference, tmp_path)
    drawn = 48 + 3 * 12 + WORDINGS
    assert (encoders["efficientnet-lite2"].seen, encoders["witness"].seen) == (drawn, drawn)
    assert encoders["judge"].seen == drawn + 48  # the real images' trunk features too

    def load(*_: object) -> Pixels:
        raise AssertionError("loaded")

    for encoder in encoders.values():
        monkeypatch.setattr(encoder, "load", load)
    again = run(reference, tmp_path)
    assert again == first
    assert first.missing == ()


def test_every_metric_stands_in_every_space_of_its_kind(reference: Reference, tmp_path: Path) -> None:
    table = run(reference, tmp_path)
    named = {str(row.measured.name): row.measured for row in table.rows if row.generator == "mock"}
    for name in ("FD", "FD-infinity", "KID", "PPD", "Vendi", "precision", "recall", "density", "coverage"):
        assert {f"{name} (EfficientNet-Lite2)", f"{name} (witness)"} <= set(named)
        assert f"{name} (embedded judge)" not in named
    assert named["KID (witness)"].encoder == "witness@111111111111"
    assert named["consistency (embedded judge)"].n == CONCEPTS // 2
    assert not {"parameters", "seconds an image"} & set(named)  # what came of other work is no cost
    real = {str(row.measured.name) for row in table.rows if row.generator == REAL}
    assert {"PPD (witness)", "Vendi (EfficientNet-Lite2)", "image-text score (embedded judge)"} <= real


def test_a_new_encoder_needs_no_list(tmp_path: Path, reference: Reference, encoders: dict[str, Pixels]) -> None:
    encoders["third"] = Pixels("third", "Third", 2)
    rows = {**reference.features, "third": reference.features["witness"][:, :12]}
    more = replace(reference, features=rows, encoders={**reference.encoders, "third": f"third@{'1' * 12}"})
    found = {str(row.measured.name) for row in run(more, tmp_path).rows}
    assert {"FD (Third)", "FD (witness)", "PPD (Third)"} <= found


def test_pictures_that_cant_be_read_are_listed_and_counted(reference: Reference, tmp_path: Path) -> None:
    spaces = reference.spaces(FeatureStore(tmp_path / "features.sqlite"))
    table = measure_generators(["mock"], Torn(reference.captions[3]), reference, spaces, tmp_path / "samples")
    pictures = [one.unmeasured for one in table.missing if one.unmeasured.metric.startswith("the picture ")]
    assert len(pictures) == 1
    assert pictures[0].reason == "it can't be read (this is no picture, or a damaged one)."
    reasons = {one.unmeasured.name: one.unmeasured.reason for one in table.missing}
    assert "each of the 48 reference prompts" in reasons[FigureName("FD", "witness")]
    assert ("PPD", "witness") in {row.measured.name for row in table.rows}


def test_drift_from_the_entry_a_generator_is_based_on(
    reference: Reference, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tuned = Mock()
    tuned.name, tuned.base = "tuned", "mock"  # type: ignore[attr-defined]
    monkeypatch.setitem(GENERATORS._items, "tuned", tuned)
    named = {str(row.measured.name): row.measured for row in run(reference, tmp_path, "tuned").rows}
    assert {"drift (EfficientNet-Lite2)", "drift (witness)"} <= set(named)
    assert named["drift (witness)"].value == 0  # the same pictures
    assert not {m for m in named if m.startswith("drift")} - {"drift (EfficientNet-Lite2)", "drift (witness)"}
    assert not [row for row in run(reference, tmp_path).rows if row.measured.metric.startswith("drift")]


def test_a_torn_picture_of_the_entry_before_leaves_the_drift_of_the_others(
    reference: Reference, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class OnlyBefore(Torn):
        def draw_all(self, name: str, requests: Sequence[Request]) -> Iterator[DrawnSample]:
            return super().draw_all(name, requests) if name == "mock" else LocalEngine.draw_all(self, name, requests)

    tuned = Mock()
    tuned.name, tuned.base = "tuned", "mock"  # type: ignore[attr-defined]
    monkeypatch.setitem(GENERATORS._items, "tuned", tuned)
    spaces = reference.spaces(FeatureStore(tmp_path / "features.sqlite"))
    texts = [request.prompt for request in list_test_requests(reference)[0]]
    lone = next(text for text in texts if texts.count(text) == 1)
    table = measure_generators(["tuned"], OnlyBefore(lone), reference, spaces, tmp_path / "samples")
    named = {str(row.measured.name): row.measured for row in table.rows}
    assert (named["drift (witness)"].n, named["FD (witness)"].n) == (47, 48)
    assert named["drift (witness)"].note == "left out because only one side has them: 1 of the images"
    assert [one.unmeasured.metric.startswith("the picture ") for one in table.missing] == [True]


def test_another_checkpoint_than_the_references_is_refused(reference: Reference, tmp_path: Path) -> None:
    other = replace(reference, encoders={**reference.encoders, "witness": "witness@2"})
    with pytest.raises(DataError, match=r"witness@2.*witness@1111.*eval\.reference"):
        run(other, tmp_path)


def test_missing_and_broken_references_are_said(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match=r"eval\.reference"):
        read_reference(tmp_path / "none")
    (tmp_path / "bad").write_bytes(b"no safetensors")
    with pytest.raises(DataError, match=r"eval\.reference"):
        read_reference(tmp_path / "bad")


@pytest.mark.parametrize("damage", ["captions", "paraphrases", "encoders", "rows"])
def test_references_that_are_not_whole_are_said(damage: str, tmp_path: Path) -> None:
    path = reference_file(tmp_path / "whole")
    assert len(read_reference(path).captions) == 48
    rows = load_file(path)
    about = {
        "captions": ["a"] * 48,
        "concepts": ["c"] * 48,
        "paraphrases": [["a", "b"]],
        "encoders": dict.fromkeys(rows, "e@1"),
    }
    if damage == "captions":
        about["captions"] = ["a"]
    elif damage == "paraphrases":
        about["paraphrases"] = [["no caption", "b"]]
    elif damage == "encoders":
        about["encoders"] = {"absent": "e@1"}
    else:
        rows["witness"] = rows["witness"][:5]
    save_file(rows, path, {key: json.dumps(value) for key, value in about.items()})
    with pytest.raises(DataError, match=r"eval\.reference"):
        read_reference(path)


def test_requests_draw_each_caption_once_and_every_second_concept_in_turn(reference: Reference) -> None:
    requests, rows = list_test_requests(reference)
    assert requests[:48] == [asking(caption, i) for i, caption in enumerate(reference.captions)]
    assert len(set(requests)) == len(requests) == 48 + 3 * 12
    extra = rows[48:60]
    assert len({reference.concepts[row] for row in extra}) == 12
    assert {row // CONCEPTS for row in extra} == {0, 1}
    assert group_by_concept(["x", "y", "x"]) == [[0, 2], [1]]


def test_wordings_share_the_seed_of_their_caption(reference: Reference) -> None:
    requests, meanings = list_wording_requests(reference)
    assert requests[2:4] == asking_each([(reference.captions[2], 2), ("thing 2", 2)])
    assert meanings == [number for number in range(WORDINGS) for _ in range(2)]
    assert len(set(requests) - set(list_test_requests(reference)[0])) == WORDINGS
    assert "judge" in {encoder.name for encoder in ENCODERS}
