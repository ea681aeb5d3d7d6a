"""Encoders of pairs in spaces and scorings: each pair is scored once, and kept by its picture and its text."""

import io
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from eval import score as score_module
from eval.encoders import ENCODERS
from eval.features.feature_space import FeatureSpace
from eval.features.feature_store import FeatureStore
from eval.features.sources import Picture
from eval.picture_frames import diversity_frame
from hub.command import make_command
from hub.errors import DataError
from tests.eval import made


def grey(value: int) -> bytes:
    """A grey picture's file."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (value, value, value)).save(out, "PNG")
    return out.getvalue()


def named(name: str, content: bytes) -> Picture:
    """A picture of this name."""
    return Picture(name, partial(bytes, content))


@pytest.fixture
def pairs() -> made.Pairs:
    """The made-up encoder of pairs."""
    return made.Pairs()


@pytest.fixture
def space(pairs: made.Pairs, tmp_path: Path) -> FeatureSpace:
    """Its space."""
    return FeatureSpace(pairs, FeatureStore(tmp_path / "features.sqlite"))


def test_a_pair_is_scored_once_and_kept_by_both_its_picture_and_its_text(
    space: FeatureSpace, pairs: made.Pairs
) -> None:
    asked = [named("a", grey(255)), named("b", grey(255)), named("c", grey(0)), named("d", grey(255))]
    found, scores = space.score_pairs(asked, ["x", "xyz", "x", "x"], "Scoring")
    assert scores == pytest.approx([0.9, 0.7, -0.1, 0.9])
    assert found.names == ("a", "b", "c", "d")
    assert sorted(pairs.scored) == ["x", "x", "xyz"]
    again = FeatureSpace(made.Pairs(), space.store)
    assert again.score_pairs(asked[::-1], ["x", "x", "xyz", "x"], "")[1] == pytest.approx([0.9, -0.1, 0.7, 0.9])
    assert again.network.scored == []  # type: ignore[attr-defined]


def test_a_picture_that_cant_be_read_is_listed_and_the_others_are_scored(space: FeatureSpace) -> None:
    found, scores = space.score_pairs([named("torn", b"torn"), named("a", grey(0))], ["xyz", "x"], "")
    assert ([one.name for one in found.broken], found.names) == (["torn"], ("a",))
    assert scores == pytest.approx([-0.1])


def test_a_space_of_embeddings_scores_pairs_by_their_cosine(tmp_path: Path) -> None:
    judge = made.Head("head", "Head", made.Pixels("pixels", "Pixels", 4))
    monkeypatched = {"pixels": judge.below, "head": judge}
    ENCODERS.discover()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ENCODERS, "_items", monkeypatched)
        space = FeatureSpace(judge, FeatureStore(tmp_path / "features.sqlite"))
        asked = [named("torn", b"torn"), named("a", grey(10)), named("b", grey(200))]
        found, scores = space.score_pairs(asked, ["z", "x", "yy"], "")
        images, texts = space.pictures(asked, "").features, space.texts(["x", "yy"])
    assert found.names == ("a", "b")
    assert scores == pytest.approx((images.astype(float) * texts).sum(1), abs=1e-7)


def test_a_space_of_pairs_has_no_features_and_says_so(space: FeatureSpace) -> None:
    with pytest.raises(DataError, match="Pairs scores a picture with its prompt, and has no features of pictures: n"):
        space.pictures([named("a", grey(0))], "")
    assert not space.store.known(space.name)


@pytest.fixture
def scored(tmp_path: Path, pairs: made.Pairs, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, Any, str]]:
    """Runs eval.score with made-up encoders and a cache of its own; exit code, JSON and notes."""
    ENCODERS.discover()
    monkeypatch.setattr(ENCODERS, "_items", {**made.encoders(), "pairs": pairs})
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def run(*arguments: Any) -> tuple[int, Any, str]:
        command = make_command(score_module.main, "example")
        result = CliRunner().invoke(command, [*map(str, arguments), "--json"])
        return result.exit_code, json.loads(result.stdout) if result.stdout else None, result.stderr

    return run


def folder_of(folder: Path, generators: dict[str, int], prompts: int = 12) -> Path:
    """Grey pictures of prompts a, aa, ... by generators, each as bright as is said, with a metadata file."""
    folder.mkdir()
    lines = []
    for name, value in generators.items():
        for number in range(prompts):
            file = f"{name}-{number}.png"
            (folder / file).write_bytes(grey(value))
            lines.append({"file_name": file, "prompt": "a" * (1 + number), "generator": name})
    (folder / "metadata.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return folder


def test_a_folder_is_scored_by_pairs_with_its_prompts(tmp_path: Path, scored: Any, pairs: made.Pairs) -> None:
    folder = folder_of(tmp_path / "x", {"bright": 255, "dark": 51}, prompts=22)
    code, content, err = scored(folder, "--encoders", "pairs,judge")
    found = {(one["generator"], one["metric"]): one for one in content["figures"]}
    mean = np.arange(1, 23).mean() / 10
    assert code == 0
    assert found["bright", "preference score (Pairs)"]["value"] == pytest.approx(1 - mean)
    assert found["dark", "preference score (Pairs)"]["value"] == pytest.approx(0.2 - mean)
    assert {one["metric"] for one in content["figures"] if one["space"] == "Pairs"} == {"preference score (Pairs)"}
    assert "R@1 (embedded judge)" in {metric for _, metric in found}
    assert "preference score (Pairs): 2 prompts are longer than the text encoder reads" in err
    (gap,) = (one for one in content["differences"] if one["metric"] == "preference score (Pairs)")
    assert (gap["value"], gap["better"], gap["n"]) == (pytest.approx(0.8), "bright", 22)
    assert gap["high"] - gap["low"] < 1e-6
    assert len(pairs.scored) == 44
    assert scored(folder, "--encoders", "pairs,judge")[1] == content
    assert len(pairs.scored) == 44


def test_what_an_encoder_of_pairs_alone_cant_tell_is_named_with_who_can(tmp_path: Path, scored: Any) -> None:
    folder = folder_of(tmp_path / "x", {"bright": 255})
    code, content, err = scored(folder, "--encoders", "pairs", "--reference", folder, "--train", folder)
    assert (code, [one["metric"] for one in content["figures"]]) == (0, ["preference score (Pairs)"])
    assert {"FD", "KID", "R@1", "image-text score"} <= {one["metric"] for one in content["missing"]}
    assert "An encoder of images is needed: name one with --encoders, such as witness." in err
    assert "An encoder that embeds texts is needed: name one with --encoders, such as judge." in err


def test_without_prompts_there_is_no_preference_score_and_that_is_said(tmp_path: Path, scored: Any) -> None:
    folder = folder_of(tmp_path / "x", {"bright": 255})
    (folder / "metadata.jsonl").unlink()
    code, content, err = scored(folder, "--encoders", "pairs")
    assert (code, content["figures"]) == (2, [])
    assert "No preference score (Pairs): These need the prompts, but " in err or "preference score: These need" in err
    assert "Traceback" not in err


def test_a_torn_picture_is_left_out_of_the_preference_score_and_listed(tmp_path: Path, scored: Any) -> None:
    folder = folder_of(tmp_path / "x", {"bright": 255}, prompts=13)
    (folder / "bright-12.png").write_bytes(b"torn")
    code, content, err = scored(folder, "--encoders", "pairs")
    assert code == 1
    assert content["figures"][0]["n"] == 12
    assert [one["name"] for one in content["broken"]] == ["bright-12.png"]
    assert "1 image can't be used and is left out" in err


def test_a_frames_diversity_by_an_encoder_of_pairs_is_one_sentence(tmp_path: Path, scored: Any) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"image": [grey(0), grey(9)], "prompt": ["a", "a"]})
    with pytest.raises(DataError, match="has no features of pictures"):
        diversity_frame(frame, encoder="pairs")
