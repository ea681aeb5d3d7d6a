"""``eval.rate --style`` and the report's section on it: votes that colour drives, pictures that are lost, options."""

import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from eval import rate as module
from eval.agreement.evidence import Evidence, Strips
from eval.agreement.voted_pictures import Voted
from eval.features.feature_space import FeatureSpace
from eval.features.feature_store import FeatureStore
from eval.measure import Table
from eval.picture_style import StyleEncoder
from eval.render.html import to_html
from eval.render.json import to_json
from eval.summary import Summary, summarise
from hub.command import make_command
from hub.schema import Criterion, Outcome
from hub.votes import ContentStore, Pictures, read_votes
from tests.eval.agreement.made import PixelEncoder, side, vote, write
from tests.eval.test_csv import check_all
from tests.eval.test_language import lacking

app = make_command(module.main, module.EXAMPLE)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def picture(rng: np.random.Generator, colour: float) -> bytes:
    """A noisy picture, the more colourful the larger ``colour``."""
    grey = rng.normal(rng.uniform(80, 170), rng.uniform(5, 25), (12, 12, 1))
    pixels = grey + colour * rng.permutation([-1.0, 0, 1]) + rng.normal(0, colour / 4, (12, 12, 3))
    file = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def arena(data: Path, number: int = 120, names: tuple[str, ...] = ("vivid", "grey", "pale")) -> None:
    """Votes for the more colourful side, mostly; the first of ``names`` draws in more colour, and is no better."""
    store, rng, votes = ContentStore(data), np.random.default_rng(0), []
    for i in range(number):
        a, b = rng.permutation(3)[:2]
        colours = [rng.uniform(5, 50) + 30 * (one == 0) for one in (a, b)]
        drawn = [picture(rng, colour) for colour in colours]
        first = rng.random() < 1 / (1 + np.exp((colours[1] - colours[0]) / 12))
        one, other = (
            side(store, names[at], f"prompt {i}", [png], 1000 * i) for at, png in zip((a, b), drawn, strict=True)
        )
        votes.append(vote(i, one, other, Outcome.a if first else Outcome.b, Criterion.quality))
    write(data, votes)


def run(*arguments: Any) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    result = CliRunner().invoke(app, [str(one) for one in arguments])
    return result.exit_code, result.stdout, result.stderr


def test_what_colour_drives_is_told_and_taken_out_of_the_ratings(tmp_path: Path) -> None:
    arena(tmp_path / "data")
    code, out, err = run(tmp_path / "data", "--style", "--json")
    assert code == 0, err
    (one,) = json.loads(out)["style"]
    told = {name: one[name] for name in ("criterion", "source", "votes", "lost", "missing")}
    assert told == {"criterion": "quality", "source": "arena", "votes": 120, "lost": 0, "missing": None}
    colour = one["properties"][0]
    assert (colour["property"], colour["low"] > 50) == ("colourfulness", True)
    assert all(each["low"] < 60 for each in one["properties"][1:])
    moved = {each["generator"]: each for each in one["ratings"]}
    assert moved["vivid"]["shift"]["high"] < 0
    assert moved["vivid"]["controlled"]["low"] < 1000 < moved["vivid"]["controlled"]["high"]
    rated = {row["generator"]: row for row in json.loads(out)["questions"][0]["ratings"]}
    for name, each in moved.items():
        assert each["without"]["rating"] == pytest.approx(rated[name]["rating"], abs=1e-3)
        assert each["without"]["low"] == pytest.approx(rated[name]["low"], abs=1e-3)
    code, out, err = run(tmp_path / "data", "--style")
    assert code == 0
    assert "Ratings controlled for style" in out
    assert "What style is worth" in out
    assert "as if both pictures" in " ".join(err.split())


def test_votes_that_lack_a_picture_are_in_neither_rating(tmp_path: Path) -> None:
    arena(tmp_path / "data")
    store = ContentStore(tmp_path / "data")
    known = Pictures(tmp_path / "data").of_votes
    for i in (3, 4):
        store.image(known[f"vote-{i}"].a[0]).unlink()
    code, out, err = run(tmp_path / "data", "--style", "--json")
    (one,) = json.loads(out)["style"]
    assert (code, one["votes"], one["lost"]) == (0, 118, 2)
    assert "2 votes lack a picture" in err


def test_options_that_do_not_go_with_style_are_told(tmp_path: Path) -> None:
    arena(tmp_path / "data", 20)
    for options in (("--control", "length"), ("--anchor", "grey=1000"), ("--intervals", "bootstrap"), ("--csv",),
                    ("--latex",), ("--weigh", "inverse-probability"), ("--format", "fastchat")):  # fmt: skip
        code, out, err = run(tmp_path / "data", "--style", *options)
        assert (code, out) == (2, "")
        assert "--style" in err
        assert "Traceback" not in err


def test_the_tables_fit_a_terminal_of_80_columns_and_call_generators_by_their_titles(tmp_path: Path) -> None:
    arena(tmp_path / "data", names=("ssagan-contrastive", "galip", "diffusion"))
    code, out, _ = run(tmp_path / "data", "--style")
    assert code == 0
    ratings, styled = (out.partition("controlled for style")[place] for place in (0, 2))
    assert "ssagan-contrastive" in ratings  # the name in commands, in the last column
    assert re.search(r"GALIP-style +.* [+-]\d+ to [+-]\d+ *$", styled, re.M)  # the shift's whole interval
    assert "galip" not in styled


def summary(data: Path, store: FeatureStore) -> Summary:
    """The report on these votes with the style of their pictures."""
    judge = FeatureSpace(PixelEncoder("pixel judge", "pixel judge", True), store)
    voted = Voted(Pictures(data), (), judge, FeatureSpace(StyleEncoder(), store))
    return summarise(read_votes(data), Table(), Evidence(voted, Strips((), (), ())))


def test_the_report_has_a_section_a_question_in_every_format(tmp_path: Path) -> None:
    arena(tmp_path / "data")
    found = summary(tmp_path / "data", FeatureStore(tmp_path / "features.sqlite"))
    check_all(found)
    assert lacking(found) == set()
    (one,) = json.loads(to_json(found))["join"]["style"]
    assert len(one["ratings"]) == 3
    page = to_html(found)
    assert "Quality: Ratings controlled for style" in page
    assert "density of edges" in page
    again = summary(tmp_path / "data", FeatureStore(tmp_path / "features.sqlite"))
    assert to_html(again) == page


def test_a_generator_that_style_alone_tells_apart_is_told_and_not_rated(tmp_path: Path) -> None:
    store, rng = ContentStore(tmp_path / "data"), np.random.default_rng(0)
    bright, dark = (Image.new("RGB", (8, 8), (level,) * 3) for level in (200, 50))
    votes = []
    for i in range(40):
        files = []
        for image in (bright, dark):
            file = io.BytesIO()
            image.save(file, "PNG")
            files.append(file.getvalue())
        pairs = zip(("one", "two"), files, strict=True)
        a, b = (side(store, name, f"p {i}", [png], 10 * i) for name, png in pairs)
        votes.append(vote(i, a, b, Outcome.a if rng.random() < 0.7 else Outcome.b, Criterion.quality))
    write(tmp_path / "data", votes)
    code, out, err = run(tmp_path / "data", "--style", "--json")
    (one,) = json.loads(out)["style"]
    assert code == 1
    assert "can't be controlled for style" in one["missing"]
    assert "can't be controlled for style" in err
    found = summary(tmp_path / "data", FeatureStore(tmp_path / "features.sqlite"))
    check_all(found)
