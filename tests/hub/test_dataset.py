"""Votes as a data set."""

import hashlib
import io
import logging
from pathlib import Path

import pytest
from PIL import Image

from hub.dataset import FEATURES, load
from hub.errors import DataError
from hub.schema import Outcome, Sample, Vote
from hub.votes import ImageStore, VoteLog


def png(colour: str) -> bytes:
    """A small picture of one colour."""
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(buffer, "png")
    return buffer.getvalue()


def sample(name: str, picture: bytes) -> Sample:
    """A sample of this picture."""
    digest = hashlib.sha256(picture).hexdigest()
    return Sample(generator=name, revision="r1", prompt="a cat", seed=3, sha256=digest, seconds=0.5)


def filled(data: Path) -> None:
    """Two votes on a red and a blue picture."""
    log, store = VoteLog(data), ImageStore(data)
    a, b = sample("ink", png("red")), sample("oil", png("blue"))
    for picture in (png("red"), png("blue")):
        store.write(picture)
    log.append(Vote(id="second", time=2.0, outcome=Outcome.both_bad, a=b, b=a))
    log.append(Vote(id="first", time=1.0, outcome=Outcome.a, a=a, b=b))
    log.close()


def test_one_row_a_vote_with_its_images(tmp_path: Path) -> None:
    filled(tmp_path)
    (file,) = (tmp_path / "votes").iterdir()
    for path in (tmp_path, file):
        rows = load(path)
        assert rows.features == FEATURES
        assert rows["id"][:] == ["first", "second"]
        assert rows["outcome"][:] == ["a", "both_bad"]
        first = rows[0]
        assert (first["generator_a"], first["generator_b"], first["prompt"], first["seed"]) == (
            "ink",
            "oil",
            "a cat",
            3,
        )
        assert first["criterion"] == "quality"
        assert first["schema_version"] == 1
        assert first["image_a"].convert("RGB").getpixel((0, 0)) == (255, 0, 0)
        assert first["image_b"].convert("RGB").getpixel((0, 0)) == (0, 0, 255)


def test_no_votes_give_the_same_columns(tmp_path: Path) -> None:
    rows = load(tmp_path)
    assert len(rows) == 0
    assert rows.features == FEATURES
    with pytest.raises(DataError):
        load(tmp_path / "nowhere")


def test_a_missing_image_and_a_corrupt_line_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    filled(tmp_path)
    ImageStore(tmp_path).path(hashlib.sha256(png("red")).hexdigest()).unlink()
    (file,) = (tmp_path / "votes").iterdir()
    file.write_bytes(file.read_bytes() + b"torn")
    with caplog.at_level(logging.WARNING):
        rows = load(tmp_path)
    assert len(rows) == 2
    assert rows[0]["image_a"] is None
    assert rows[0]["image_b"] is not None
    assert "line 3: left out" in caplog.text
    assert "is missing: its cell is left empty" in caplog.text


def test_the_data_set_survives_parquet(tmp_path: Path) -> None:
    filled(tmp_path)
    load(tmp_path).to_parquet(tmp_path / "votes.parquet")
    assert (tmp_path / "votes.parquet").stat().st_size > 0
