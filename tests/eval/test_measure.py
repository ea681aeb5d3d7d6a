"""Measuring: what is drawn, what is kept, and what is said when it can't be done."""

from dataclasses import replace
from pathlib import Path

import pytest

from eval import features
from eval.features import Cache, Reference, read_reference
from eval.measure import concept_rows, measure, test_jobs
from hub.engine.local import LocalEngine
from hub.errors import DataError, MissingFile
from tests.eval.made import CONCEPTS, Pixels

test_jobs.__test__ = False  # type: ignore[attr-defined]


def test_a_second_report_encodes_nothing(reference: Reference, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = Pixels()
    monkeypatch.setattr(features, "load_judge", lambda: encoder)
    for expected in (48 + 3 * 12, 0):
        encoder.seen = 0
        cache = Cache(tmp_path / "features", reference)
        measure(["mock"], LocalEngine(), cache, tmp_path / "samples")
        assert encoder.seen == expected
    whole = {file: file.read_bytes() for file in (tmp_path / "features").iterdir()}
    for file, content in whole.items():
        file.write_bytes(content[:-7])
    measure(["mock"], LocalEngine(), cache, tmp_path / "samples")
    assert {file: file.read_bytes() for file in (tmp_path / "features").iterdir()} == whole


def test_another_trunk_than_the_references_is_refused(reference: Reference, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "features", replace(reference, encoder="other@2"))
    with pytest.raises(DataError, match=r"other@2.*pixels@1"):
        cache.texts(["a"])


def test_missing_and_broken_references_are_said(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match=r"eval\.reference"):
        read_reference(tmp_path / "none")
    (tmp_path / "bad").write_bytes(b"no safetensors")
    with pytest.raises(DataError, match=r"eval\.reference"):
        read_reference(tmp_path / "bad")


def test_jobs_draw_each_caption_once_and_every_second_concept_in_turn(reference: Reference) -> None:
    jobs, rows = test_jobs(reference)
    assert jobs[:48] == [(caption, i) for i, caption in enumerate(reference.captions)]
    assert len(set(jobs)) == len(jobs) == 48 + 3 * 12
    extra = rows[48:60]
    assert len({reference.concepts[row] for row in extra}) == 12
    assert {row // CONCEPTS for row in extra} == {0, 1}
    assert concept_rows(["x", "y", "x"]) == [[0, 2], [1]]
