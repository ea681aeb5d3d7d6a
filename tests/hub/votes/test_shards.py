"""Shards: lossless, named by their content, and pictures to the datasets library."""

import hashlib
import io
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from PIL import Image

from hub.errors import StorageError
from hub.log_entries import Drawing
from hub.questions import TAGS
from hub.schema import SET_SIZES, Criterion, Failure, Outcome, Request, Sample, Side, Vote
from hub.votes import (
    SAMPLES,
    VOTES,
    VOTES_SCHEMA,
    ContentStore,
    VoteLog,
    find_vote,
    make_table,
    read_votes,
    shards,
    write_votes_shard,
)
from hub.votes.rows import Media, iterate_pictures
from tests.hub.votes.made import DIGEST, PNG, SETUP, drawing, sample, setup, vote

texts = st.text(max_size=20)
names = st.text(min_size=1, max_size=10)
times = st.floats(allow_nan=False, allow_infinity=False)
lengths = st.floats(min_value=0, allow_nan=False, allow_infinity=False)
digests = st.sampled_from([DIGEST, "0" * 64, "f" * 64])
seeds = st.integers(min_value=0, max_value=2**63 - 1)
values = texts | st.integers(-(2**63), 2**63 - 1) | times | st.booleans()
extras = st.fixed_dictionaries(
    {}, optional={"image": digests, "parameters": st.dictionaries(texts, values, min_size=1, max_size=3)}
)


@st.composite
def samples(draw: st.DrawFn, prompt: str, numbers: list[int], extras: dict[str, Any]) -> tuple[Sample, ...]:
    """One side of a vote."""
    generator, revision = draw(names), draw(texts)
    return tuple(
        Sample(
            generator=generator,
            revision=revision,
            prompt=prompt,
            seed=seed,
            **extras,
            sha256=draw(digests),
            seconds=draw(lengths),
            setup=draw(st.sampled_from([SETUP, "1" * 64])),
        )
        for seed in numbers
    )


@st.composite
def votes(draw: st.DrawFn) -> Vote:
    """Any vote at all."""
    criterion = draw(st.sampled_from(Criterion))
    size = draw(st.sampled_from(SET_SIZES)) if criterion is Criterion.variety else 1
    prompt, numbers = draw(texts), draw(st.lists(seeds, min_size=size, max_size=size, unique=True))
    more = draw(extras)
    return Vote(
        id=draw(names),
        time=draw(times),
        criterion=criterion,
        outcome=draw(st.sampled_from(Outcome)),
        tags=tuple(draw(st.lists(st.sampled_from(TAGS[criterion]), max_size=3))),
        a=draw(samples(prompt, numbers, more)),
        b=draw(samples(prompt, numbers, more)),
        rater=draw(names),
        seconds=draw(lengths),
        prompt_set=draw(st.just("") | names),
        prompt_category=draw(st.just("") | names),
        repeat_of=draw(st.none() | names),
        names_withheld=draw(st.booleans()),
        risk=draw(st.dictionaries(texts, times, max_size=3)),
        excluded=tuple(draw(st.lists(names, max_size=3))),
        unchecked=tuple(draw(st.lists(names, max_size=3))),
    )


@st.composite
def drawings(draw: st.DrawFn) -> Drawing:
    """Any drawing, gone well or failed."""
    (good,) = draw(samples(draw(texts), [draw(seeds)], draw(extras)))
    common = good.model_dump(include={"generator", "revision", *Request.model_fields})
    return Drawing(
        battle=draw(names),
        side=draw(st.sampled_from(Side)),
        time=draw(times),
        criterion=draw(st.sampled_from(Criterion)),
        rater=draw(names),
        result=good if draw(st.booleans()) else Failure(**common, error=draw(texts)),
    )


def entries(data: Path, kind: Any) -> list[Any]:
    """What is in the shards of a config."""
    return [kind.from_row(row) for path in kind.shards(data) for row in pq.read_table(path).to_pylist()]


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Media:
    """A store with one of the pictures and setups that the strategies name."""
    store = ContentStore(tmp_path_factory.mktemp("store"))
    store.write_image(PNG)
    store.write_setup(setup())
    return Media(store)


@limits(deadline=None)
@given(vote=votes(), drawing=drawings())
def test_any_entry_survives_being_a_row(media: Media, vote: Vote, drawing: Drawing) -> None:
    for kind, entry in ((VOTES, vote), (SAMPLES, drawing)):
        batch = pa.RecordBatch.from_pylist([kind.to_row(entry, media)], kind.schema)  # type: ignore[arg-type]
        (row,) = batch.to_pylist()
        assert kind.from_row(row) == entry
        for sha256, cell in iterate_pictures(row):
            assert cell == ({"bytes": PNG, "path": f"{DIGEST}.png"} if sha256 == DIGEST else None)


@limits(max_examples=10, deadline=None)
@given(
    some=st.lists(votes(), min_size=1, max_size=4, unique_by=lambda one: one.id), drawn=st.lists(drawings(), max_size=3)
)
def test_shards_give_back_exactly_what_was_appended(
    tmp_path_factory: pytest.TempPathFactory, some: list[Vote], drawn: list[Drawing]
) -> None:
    data = tmp_path_factory.mktemp("data")
    log = VoteLog(data)
    for one in some:
        log.append(one)
    for other in drawn:
        log.append(other)
    before = read_votes(data)
    log.close()
    assert list((data / "log").iterdir()) == []
    assert entries(data, VOTES) == some
    assert entries(data, SAMPLES) == drawn
    assert [find_vote(data, one.id) for one in some] == some
    after = read_votes(data)
    rows = make_table(sorted(some, key=lambda one: (one.time, one.id.encode()))).to_pylist()
    assert after.table.to_pylist() == before.table.to_pylist() == rows
    assert before.problems == after.problems == ()


def filled(data: Path) -> Path:
    """A data folder with shards of both configs."""
    picture = io.BytesIO()
    Image.new("RGB", (3, 2), (255, 0, 0)).save(picture, "png")
    store = ContentStore(data)
    digest = store.write_image(picture.getvalue())
    store.write_setup(setup())
    seen = tuple(sample(seed=seed, sha256=digest) for seed in range(4))
    log = VoteLog(data)
    log.append(vote("one", criterion=Criterion.variety, a=seen, b=seen))
    log.append(drawing("one", result=seen[0]))
    log.append(drawing("two", result=Failure(generator="left", revision="r1", prompt="a cat", seed=3, error="no")))
    log.close()
    return data


def test_the_datasets_library_loads_shards_with_their_pictures(tmp_path: Path) -> None:
    filled(tmp_path / "data")
    loaded = {}
    for kind in (VOTES, SAMPLES):
        files = [str(path) for path in kind.shards(tmp_path / "data")]
        loaded[kind.name] = datasets.load_dataset("parquet", data_files=files, cache_dir=str(tmp_path), split="train")
        assert loaded[kind.name].features.arrow_schema.equals(kind.schema, check_metadata=True)
    (row,) = loaded["votes"]
    assert [picture.size for picture in row["images_a"]] == [(3, 2)] * 4
    assert row["images_b"][3].getpixel((0, 0)) == (255, 0, 0)
    assert row["seeds"] == [0, 1, 2, 3]
    drawn, failed = loaded["samples"]
    assert drawn["image"].size == (3, 2)
    assert (failed["image"], failed["error"], drawn["error"]) == (None, "no", None)


def test_a_shard_of_no_rows_harms_nobody(tmp_path: Path) -> None:
    empty = write_votes_shard(tmp_path / "data", VOTES_SCHEMA.empty_table())
    assert pq.read_schema(empty).equals(VOTES_SCHEMA)
    assert len(read_votes(tmp_path / "data").table) == 0
    files = [str(path) for path in VOTES.shards(filled(tmp_path / "data"))]
    assert len(files) == 2
    loaded = datasets.load_dataset("parquet", data_files=files, cache_dir=str(tmp_path / "cache"), split="train")
    assert [row["id"] for row in loaded] == ["one"]


def test_shards_are_named_by_their_bytes_and_the_same_bytes_are_one_shard(tmp_path: Path) -> None:
    (path,) = VOTES.shards(filled(tmp_path / "one"))
    assert path.stem == hashlib.sha256(path.read_bytes()).hexdigest()
    rows = pq.read_table(path)
    first = write_votes_shard(tmp_path / "two", rows)
    assert first.stem == hashlib.sha256(first.read_bytes()).hexdigest()
    assert write_votes_shard(tmp_path / "two", rows.select(rows.column_names[::-1])) == first
    assert VOTES.shards(tmp_path / "two") == [first]
    assert pq.read_table(first).equals(rows)
    assert read_votes(tmp_path / "two").table.equals(read_votes(tmp_path / "one").table)


def test_rows_that_do_not_fit_the_schema_are_refused(tmp_path: Path) -> None:
    rows = pq.read_table(VOTES.shards(filled(tmp_path / "one"))[0])
    with pytest.raises(StorageError, match="shard of votes was not saved"):
        write_votes_shard(tmp_path / "two", rows.set_column(1, "time", pa.array(["soon"])))
    assert VOTES.shards(tmp_path / "two") == []


def test_missing_and_damaged_pictures_and_setups_are_told_and_left_empty(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = ContentStore(tmp_path)
    store.write_image(PNG)
    store.image(DIGEST).write_bytes(b"damaged")
    log = VoteLog(tmp_path)
    log.append(vote("one"))
    log.append(drawing("one"))
    log.close()
    assert entries(tmp_path, VOTES) == [vote("one")]
    assert entries(tmp_path, SAMPLES) == [drawing("one")]
    (row,) = pq.read_table(VOTES.shards(tmp_path)[0]).to_pylist()
    assert (row["images_a"], row["setups_b"], row["setup_sha256_b"]) == ([None], [None], [SETUP])
    told = [record.getMessage() for record in caplog.records]
    assert [line.split(";")[0] for line in told] == [  # for each shard
        "pictures left out of a shard: 1",
        "setups left out of a shard: 1",
    ] * 2
    assert "is not what its name says" in told[0]


def test_large_pictures_are_split_into_row_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "BATCH_BYTES", 100)
    (path,) = VOTES.shards(filled(tmp_path))
    log = VoteLog(tmp_path)
    ContentStore(tmp_path).write_image(PNG)
    for number in range(5):
        log.append(vote(f"v{number}"))
    log.close()
    (other,) = set(VOTES.shards(tmp_path)) - {path}
    assert pq.read_metadata(other).num_row_groups == 5
    assert [one.id for one in entries(tmp_path, VOTES) if one.id != "one"] == [f"v{number}" for number in range(5)]
