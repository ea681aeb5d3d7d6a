"""Data frames for notebooks: the same rows as the log and the report."""

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from typer.testing import CliRunner

import eval as eval_package
from eval import picture_frames, rate
from eval.encoders.find_weights import EMBEDDED
from eval.frame_plots import plot_ratings, plot_scores, plot_wins
from eval.frames import figures, ratings, votes
from eval.picture_frames import diversity_frame, frame_to_pictures, open_spaces, samples, score_frame
from eval.picture_records.picture_record import PictureRecord
from eval.picture_records.picture_set import AskedRecords
from eval.render.csv import to_csv
from eval.score_images import score_sides
from eval.scored_sides import Sources, read_sides
from eval.summary import summarise
from eval.vote_frames import rate_frame, to_latex, wins_frame
from hub.command import make_command
from hub.dataset import frame as dataset_frame
from hub.errors import DataError
from hub.log_entries import Drawing
from hub.schema import Criterion, Side
from hub.votes import SAMPLES, TABLE, read_votes
from hub.votes.shards import write_entries
from tests.eval import made
from tests.eval.test_csv import summary

ROOT = Path(__file__).parents[2]


def test_votes_are_a_row_each_with_the_columns_of_the_table(tmp_path: Path) -> None:
    log = tmp_path / "some.jsonl"
    log.write_text("".join(made.vote(i, outcome="ab"[i % 2]).model_dump_json() + "\n" for i in range(4)))
    frame = votes(log)
    assert list(frame.columns) == TABLE.names
    assert frame["outcome"].tolist() == ["a", "b", "a", "b"]
    assert frame.groupby("outcome", observed=True).size().to_dict() == {"a": 2, "b": 2}
    with pytest.raises(DataError, match="There are no votes at"):
        votes(tmp_path / "nothing.jsonl")


def test_ratings_are_those_of_every_question_best_first() -> None:
    of = summary()
    frame = ratings(of)
    assert len(frame) == sum(len(question.ratings) for question in of.questions)
    quality = frame[frame.question == "quality"]
    assert quality.rating.is_monotonic_decreasing
    assert quality.generator.tolist() == [rating.generator for rating in of.questions[0].ratings]
    empty = ratings(summarise(made.read([])))
    assert empty.empty
    assert list(empty.columns) == list(frame.columns)


def test_figures_are_the_rows_of_the_csv_report() -> None:
    frame, written = figures(summary()), pd.read_csv(io.StringIO(to_csv(summary()), newline=""))
    assert list(frame.columns) == list(written.columns)
    assert frame.figure.tolist() == written.figure.tolist()
    both = written.value.notna()
    assert written.value[both].to_numpy() == pytest.approx(frame.value[both].to_numpy(float), rel=1e-5, abs=1e-9)


def battles(number: int = 60) -> pd.DataFrame:
    """Votes of three generators, as somebody may have them."""
    rng = np.random.default_rng(0)
    pairs = [rng.permutation(3)[:2] for _ in range(number)]
    return pd.DataFrame(
        {
            "generator_a": [f"g{a}" for a, _ in pairs],
            "generator_b": [f"g{b}" for _, b in pairs],
            "outcome": rng.choice(["a", "b", "tie", "both_bad"], number, p=[0.5, 0.3, 0.1, 0.1]),
            "rater": [f"r{n % 9}" for n in range(number)],
            "prompt": [f"p{n % 11}" for n in range(number)],
        }
    )


def test_ratings_of_a_frame_are_those_of_the_command(tmp_path: Path) -> None:
    frame = battles()
    path = tmp_path / "battles.json"
    said = {"a": "model_a", "b": "model_b", "tie": "tie", "both_bad": "tie (bothbad)"}
    path.write_text(json.dumps([
        {"model_a": row.generator_a, "model_b": row.generator_b, "winner": said[row.outcome], "anony": True,
         "tstamp": float(n), "judge": row.rater} for n, row in enumerate(frame.itertuples())
    ]))  # fmt: skip
    arguments = [str(path), "--format", "fastchat", "--ties", "davidson", "--cluster", "rater", "--json"]
    done = CliRunner().invoke(make_command(rate.main, ""), arguments)
    wanted = json.loads(done.stdout)["questions"][0]["ratings"]
    found = rate_frame(frame, ties="davidson", cluster="rater")
    assert found.generator.tolist() == [row["generator"] for row in wanted]
    for name in ("rating", "low", "high", "rank", "battles", "win_rate"):
        assert found[name].to_numpy(float) == pytest.approx([row[name] for row in wanted], rel=1e-5)
    theirs = frame.rename(columns={"generator_a": "model_a", "generator_b": "model_b", "outcome": "winner"})
    theirs["winner"] = theirs["winner"].map(said)
    pd.testing.assert_frame_equal(rate_frame(theirs, ties="davidson", cluster="rater"), found)


def test_votes_of_a_data_folder_are_rated_as_a_report_rates_them(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    lines = [made.vote(i, "one", "two", "ab"[i % 3 == 0], rater=f"r{i % 5}").model_dump_json() for i in range(30)]
    (tmp_path / "log" / "a.jsonl").write_text("\n".join(lines) + "\n")
    frame = dataset_frame(tmp_path)
    pd.testing.assert_frame_equal(frame, votes(tmp_path))
    wanted = ratings(summarise(read_votes(tmp_path)))
    pd.testing.assert_frame_equal(rate_frame(frame), wanted)
    lists = frame.astype({"excluded": object, "seeds": object})
    lists["excluded"] = [["velocity"] if n == 2 else [] for n in range(30)]
    lists["seeds"] = [np.array([n]) for n in range(30)]
    assert rate_frame(lists)["battles"].tolist() == [29, 29]
    assert dataset_frame(tmp_path, "samples").empty
    assert list(dataset_frame(tmp_path, "withdrawals").columns) == ["vote", "time", "rater", "schema_version"]
    with pytest.raises(DataError, match="there are votes, samples, withdrawals"):
        dataset_frame(tmp_path, "pictures")


def test_samples_of_shards_are_rows_without_their_pictures(tmp_path: Path) -> None:
    sample = made.vote(1).a[0]
    drawing = Drawing(battle="b", side=Side.a, time=1.0, criterion=Criterion.quality, rater="r", result=sample)
    write_entries(tmp_path, SAMPLES, [drawing], "a")
    found = dataset_frame(tmp_path, "samples")
    assert (found.generator[0], found.sha256[0], "image" in found) == ("one", "0" * 64, False)
    (shard,) = SAMPLES.shards(tmp_path)
    shard.write_bytes(b"PAR1")
    with pytest.raises(DataError, match=shard.name[:8]):
        dataset_frame(tmp_path, "samples")


def test_wins_of_a_frame_count_every_vote_once_each_way() -> None:
    frame = battles()
    found = wins_frame(frame)
    assert found["battles"].sum() == 2 * len(frame)
    both = found.merge(found, left_on=["generator", "opponent"], right_on=["opponent", "generator"])
    assert (both["wins_x"] + both["wins_y"] + both["ties_x"]).tolist() == both["battles_x"].tolist()
    assert (both["share_x"] + both["share_y"]).to_numpy() == pytest.approx(1.0)


@pytest.mark.parametrize("name", ["generator_a", "generator_b", "outcome"])
def test_a_missing_column_is_one_sentence_that_names_it_and_what_is_there(name: str) -> None:
    frame = battles().drop(columns=name)
    with pytest.raises(DataError) as error:
        rate_frame(frame)
    assert f"The frame has no column {name} (or " in str(error.value)
    assert f"its columns are {', '.join(frame.columns)}." in str(error.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"outcome": "won"}, "Row 0: the outcome 'won' is none of a, b, tie, both_bad, model_a"),
        ({"criterion": "beauty"}, "The question 'beauty' is none of quality, alignment, variety"),
        ({"time": "now"}, "The column time has a cell that is no number"),
        ({"id": "same"}, "Two votes have one id"),
        ({"generator_a": "x", "generator_b": "x"}, "No vote counts: all are left out."),
        ({"anony": False}, "No vote counts: all are left out."),
    ],
)
def test_a_cell_that_says_nothing_is_one_sentence(change: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=re.escape(said)):
        rate_frame(battles().assign(**change))


def test_rules_that_are_none_and_empty_frames_are_one_sentence() -> None:
    with pytest.raises(DataError, match=r"eval\.rate --help"):
        rate_frame(battles(), ties="maybe")
    with pytest.raises(DataError, match="no votes to rate"):
        rate_frame(battles(0))


def test_a_vote_with_missing_cells_does_not_count_and_the_rest_do() -> None:
    frame = battles()
    frame.loc[3, "generator_a"] = None
    frame.loc[4, "outcome"] = np.nan
    frame.loc[5, "rater"] = pd.NA
    assert rate_frame(frame)["battles"].sum() == 2 * (len(frame) - 2)


def pictures(seeds: int = 2, prompts: int = 12, level: int = 255) -> pd.DataFrame:
    """Noise of two generators in all forms that a picture can have."""
    rng, rows = np.random.default_rng(level), []
    for number in range(2 * seeds * prompts):
        image = Image.fromarray(rng.integers(0, level, (8, 8, 3), np.uint8))
        prompt, generator = f"prompt {number % prompts}", f"g{number % 2}"
        rows.append({"image": image, "prompt": prompt, "seed": number // prompts // 2, "generator": generator})
    frame = pd.DataFrame(rows)
    frame["generator"] = ["g0", "g1"] * (len(frame) // 2)
    frame["prompt"] = [f"prompt {n // 2 % prompts}" for n in range(len(frame))]
    return frame


@pytest.fixture
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoders: dict[str, Any]) -> Path:
    """A cache of the test's own, and made-up encoders."""
    monkeypatch.setattr(picture_frames, "cache_dir", lambda: tmp_path / "cache")
    return tmp_path


def test_figures_of_a_frame_of_pictures_are_those_of_a_folder(cached: Path) -> None:
    frame, real = pictures(), pictures(1, 24, 100)
    for name, rows in frame.groupby("generator"):
        folder = cached / str(name)
        folder.mkdir()
        lines = []
        for n, row in enumerate(rows.itertuples()):
            row.image.save(folder / f"{n:02}.png")
            lines.append(json.dumps({"file": f"{n:02}.png", "prompt": row.prompt, "seed": row.seed}))
        (folder / "manifest.jsonl").write_text("\n".join(lines) + "\n")
    (cached / "real").mkdir()
    for n, image in enumerate(real["image"]):
        image.save(cached / "real" / f"{n:02}.png")
    found = score_frame(frame, real[["image"]])
    spaces = open_spaces(EMBEDDED)
    assert found.generator.unique().tolist() == ["g0", "g1"]
    for name, rows in found[found.value.notna()].groupby("generator"):
        sides = read_sides(Sources(str(cached / str(name)), str(cached / "real")), AskedRecords())
        wanted = score_sides(sides, spaces).figures
        assert rows.metric.tolist() == [one.metric for one in wanted]
        assert rows.value.to_numpy() == pytest.approx([one.value for one in wanted], rel=1e-9, abs=1e-9)
        assert rows.low.to_numpy() == pytest.approx([one.low for one in wanted], rel=1e-9, abs=1e-9)
    lacking = found[found.value.isna()]
    assert (lacking.note != "").all()
    assert samples(str(cached / "g0")).equals(samples(cached / "g0"))
    assert samples(cached / "g0")["prompt"].tolist() == frame[frame.generator == "g0"]["prompt"].tolist()
    again = score_frame(samples(cached / "g0"), real[["image"]])
    mine = found[found.generator == "g0"]
    pd.testing.assert_frame_equal(
        again.drop(columns="generator"), mine.drop(columns="generator").reset_index(drop=True)
    )


def test_a_reference_is_read_once_however_many_generators_there_are(
    cached: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame, real = pictures(), pictures(1, 12, 100)
    ours, read, plain = {id(image) for image in real["image"]}, list[int](), picture_frames._read_image

    def counted(image: Any) -> bytes:
        read.append(id(image))
        return plain(image)

    monkeypatch.setattr(picture_frames, "_read_image", counted)
    found = []
    for those in (frame, frame[frame.generator == "g0"]):
        score_frame(those, real[["image"]])
        found.append(sum(one in ours for one in read))
        read.clear()
    assert found[0] == found[1] > 0


def test_what_a_figure_of_a_frame_lacks_is_told_in_the_words_of_the_function(cached: Path) -> None:
    found = score_frame(pictures(), encoders=[EMBEDDED[0]])
    lacking = found[found.value.isna()]
    said = dict(zip(lacking.metric, lacking.note, strict=True))
    assert said["FD"] == "Images to compare with are needed: give a frame of them as reference."
    assert said["image-text score"].endswith("name one in encoders, such as judge.")
    assert said["drift"].endswith("python -m eval.score --before measures it.")
    assert not any(re.search("with --|--(reference|encoders)", note) for note in lacking.note)


def test_pictures_are_taken_as_images_paths_and_bytes(cached: Path) -> None:
    frame = pictures()
    forms = frame.copy()
    for n, image in enumerate(frame["image"]):
        path = cached / f"{n}.png"
        image.save(path)
        forms.at[n, "image"] = (image, path, str(path), path.read_bytes(), {"bytes": path.read_bytes()},
                                {"bytes": None, "path": str(path)})[n % 6]  # fmt: skip
    pd.testing.assert_frame_equal(score_frame(forms), score_frame(frame))
    broken = frame.astype({"image": object})
    broken.at[0, "image"] = b"no picture"
    broken.at[2, "image"] = 7
    found = score_frame(broken)
    told = found[found.metric == "picture"].note.tolist()
    assert told[0].startswith("row 0 can't be used: this is no picture")
    assert told[1].startswith("row 2 can't be used: this is no picture, path or bytes but int")


def test_what_a_frame_of_pictures_lacks_is_one_sentence(cached: Path) -> None:
    frame = pictures()
    for wrong, said in (
        (frame.drop(columns="image"), "The frame has no column image: its columns are prompt, seed, generator."),
        (frame.assign(seed="x"), "row 0: seed is 'x', which is no whole number"),
        (frame.assign(seed=np.inf), "row 0: seed is inf, which is no whole number"),
        (frame.assign(seed=3.7), "row 0: seed is 3.7, which is no whole number"),
        (frame.assign(seed=np.True_), "row 0: seed is True, which is no whole number"),
        (frame.assign(prompt=[["a cat"]] * len(frame)), "row 0: the prompt is ['a cat'], which is no text"),
        (frame.assign(generator=["a", None] * (len(frame) // 2)), "row 1 has no generator: name it there, or leave"),
        (frame.assign(generator=["a", " "] * (len(frame) // 2)), "row 1 has no generator: name it there, or leave"),
        (frame.assign(generator="g").iloc[:0].assign(image=[]).drop(columns="generator"), "has no rows"),
    ):
        with pytest.raises(DataError, match=re.escape(said)):
            score_frame(wrong)
    found = score_frame(frame[["image"]])
    assert found.generator.unique().tolist() == ["all"]
    assert found.note.str.contains("has no column prompt").any()


def test_a_row_without_a_prompt_is_named_and_one_without_a_seed_is_kept(cached: Path) -> None:
    frame = pictures().drop(columns="generator").astype({"prompt": object, "seed": object})
    frame.loc[[3, 4, 5], "prompt"] = [" ", None, pd.NA]
    frame.loc[6, "seed"] = pd.NA
    made = frame_to_pictures(frame, "all")
    assert made.merged.problems == {f"row {n}": "it has no prompt" for n in (3, 4, 5)}
    assert made.merged.records["row 6"] == PictureRecord("prompt 3", None)


def test_diversity_by_prompt_has_ppd_as_its_mean(cached: Path) -> None:
    frame = pictures(3)
    each, whole = diversity_frame(frame), score_frame(frame, encoders=["efficientnet-lite2"])
    for name in ("g0", "g1"):
        (wanted,) = whole[(whole.generator == name) & (whole.metric == "PPD")].value
        mine = each[each.generator == name]
        assert (len(mine), set(mine.pictures)) == (12, {3})
        assert mine.diversity.mean() == pytest.approx(wanted, rel=1e-9)
    with pytest.raises(DataError, match="draw more seeds"):
        diversity_frame(frame.drop_duplicates(["generator", "prompt"]))
    with pytest.raises(DataError, match="has no column prompt"):
        diversity_frame(frame.drop(columns="prompt"))


def test_frames_know_their_tables_for_a_paper(cached: Path) -> None:
    rated, scored = rate_frame(battles()), score_frame(pictures())
    assert r"\caption{Preference, imported from frame: ratings}" in to_latex(rated)
    assert r"\caption{g0: EfficientNet-Lite2}" in to_latex(scored)
    assert "Prompts: 12 prompts, SHA-256 " in to_latex(scored)
    with pytest.raises(DataError, match="as rate_frame or score_frame returned it"):
        to_latex(battles())


def test_plots_have_each_figure_with_its_interval(cached: Path) -> None:
    rated = rate_frame(battles())
    (mark,) = plot_ratings(rated).data
    assert list(mark.x) == pytest.approx(rated.rating.tolist())
    assert np.add(mark.x, mark.error_x.array) == pytest.approx(rated.high.to_numpy())
    assert np.subtract(mark.x, mark.error_x.arrayminus) == pytest.approx(rated.low.to_numpy())
    scored = score_frame(pictures())
    drawn = plot_scores(scored, "PPD")
    assert {one.name for one in drawn.data} == {"EfficientNet-Lite2", "embedded judge", "witness"}
    with pytest.raises(DataError, match=r"no figures of 'FD' to plot; there are those of .*PPD"):
        plot_scores(scored, "FD")
    with pytest.raises(DataError, match="no ratings to plot"):
        plot_ratings(rated.iloc[:0])
    heat = plot_wins(wins_frame(battles()))
    assert heat.data[0].z.shape == (3, 3)
    hostile = rated.assign(generator="<b>x</b>")
    assert plot_ratings(hostile).data[0].y[0] == "&lt;b&gt;x&lt;/b&gt;"
    twice = pd.concat([wins_frame(battles())] * 2)
    with pytest.raises(DataError, match="several questions"):
        plot_wins(twice)


@pytest.mark.parametrize("name", eval_package.FRAMES)
def test_each_function_on_frames_is_there_when_it_is_asked_for(name: str) -> None:
    assert callable(getattr(eval_package, name))
    assert getattr(eval_package, name).__name__ == name


def test_importing_eval_imports_no_pandas_and_unknown_names_are_none() -> None:
    check = "import sys, eval, hub.dataset; print('pandas' in sys.modules, hasattr(eval, 'nothing'))"
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
