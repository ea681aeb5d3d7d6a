"""Receipts: what they hold, and that a replay says "identical" or what differs."""

import hashlib
import io
import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import pytest
from PIL import Image

from hub.engine import DrawnSample
from hub.engine.local_engine import LocalEngine
from hub.errors import DataError, MissingFile
from hub.generators import ignore_progress
from hub.receipt import make_receipt, read_receipt, receipt
from hub.receipt.replay import pixel_difference, replay, setup_differences
from hub.schema import Criterion, Outcome, Request, Term, Vote
from hub.uploads import normalise_picture
from hub.votes import ContentStore, VoteLog
from tests.asking import asking

ROOT = Path(__file__).parents[3]
NOBODY = "nobody at all"
T = TypeVar("T")


def unwatched(items: Sequence[T], description: str) -> Iterable[T]:
    """Progress that nobody watches."""
    return items


def png(colour: str, size: int) -> bytes:
    """A picture of one colour."""
    buffer = io.BytesIO()
    Image.new("RGB", (size, size), colour).save(buffer, "png")
    return buffer.getvalue()


def drawn(names: tuple[str, str], seeds: range, engine: LocalEngine) -> list[list[DrawnSample]]:
    """Each side's pictures."""
    return [[engine.draw(name, asking("a red apple", seed), ignore_progress) for seed in seeds] for name in names]


def voted(data: Path, names: tuple[str, str] = ("mock", "mock"), size: int = 1) -> Vote:
    """A vote in a data folder with all it refers to; on variety when there are several pictures a side."""
    log, store = VoteLog(data), ContentStore(data)
    sides = drawn(names, range(7, 7 + size), LocalEngine("cpu"))
    for one in (one for side in sides for one in side):
        store.write_image(one.png)
        store.write_setup(one.setup)
    a, b = (tuple(one.sample for one in side) for side in sides)
    criterion = Criterion.quality if size == 1 else Criterion.variety
    vote = Vote(
        id="v1", time=1.0, criterion=criterion, outcome=Outcome.a, a=a, b=b, rater=NOBODY, seconds=2.0, excluded=("x",)
    )
    log.append(vote)
    log.close()
    return vote


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m hub.receipt`` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "hub.receipt", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_a_receipt_holds_what_the_pictures_depend_on_and_nothing_of_the_rater(tmp_path: Path) -> None:
    vote = voted(tmp_path, ("galip", "diffusion"))
    made = receipt(vote, ContentStore(tmp_path))
    assert read_receipt(made.model_dump_json(indent=1)) == made
    text = made.model_dump_json()
    assert NOBODY not in text
    assert "excluded" not in text
    assert [one.generator for one in made.pictures] == ["galip", "diffusion"]
    setup = made.setup(vote.b[0].setup)
    assert (setup.scheduler, setup.steps, setup.guidance_scale) == ("EulerAncestralDiscreteScheduler", 15, 3.0)
    assert "torch" in setup.libraries


def test_a_replay_of_trained_generators_is_identical(tmp_path: Path) -> None:
    vote = voted(tmp_path, ("galip", "diffusion"))
    done = command("replay", vote.id, "--data", str(tmp_path), "--device", "cpu")
    assert done.stdout.splitlines()[-1] == "identical: 2 of 2 pictures"
    assert done.returncode == 0
    assert all(line.startswith("Drawing again: ") for line in done.stderr.splitlines())  # on a slow machine


def test_a_set_is_replayed_from_a_file_alone(tmp_path: Path) -> None:
    vote = voted(tmp_path / "there", size=4)
    file = tmp_path / "receipt.json"
    file.write_text(command("show", vote.id, "--data", str(tmp_path / "there")).stdout)
    done = command("replay", str(file), "--data", str(tmp_path / "nowhere"))
    assert done.stdout.splitlines()[-1] == "identical: 8 of 8 pictures"
    assert done.stdout.count("identical") == 9


def test_two_wordings_are_replayed_byte_for_byte(tmp_path: Path) -> None:
    vote = voted_on_wordings(tmp_path)
    done = command("replay", vote.id, "--data", str(tmp_path), "--device", "cpu")
    assert done.stdout.splitlines()[-1] == "identical: 4 of 4 pictures"
    assert all(f"{text!r}, seed 7" in done.stdout for text in vote.prompts)
    assert len({sample.sha256 for sample in (*vote.a, *vote.b)}) == 4


def voted_on_wordings(data: Path) -> Vote:
    """A vote on two wordings, one of them Japanese, in a data folder with all it refers to."""
    log, store, engine = VoteLog(data), ContentStore(data), LocalEngine("cpu")
    asked = [
        Request(prompt="赤いりんご", seed=7, read_as="red apple"),
        Request(prompt="a red apple on a table", seed=7),
    ]
    sides = [[engine.draw(name, one, ignore_progress) for one in asked] for name in ("galip", "scad")]
    for one in (one for side in sides for one in side):
        store.write_image(one.png)
        store.write_setup(one.setup)
    a, b = (tuple(one.sample for one in side) for side in sides)
    about = {"id": "v2", "time": 1.0, "criterion": Criterion.alignment, "outcome": Outcome.b, "seconds": 2.0}
    vote = Vote.model_validate(about | {"a": a, "b": b, "rater": NOBODY})
    log.append(vote)
    log.close()
    return vote


def test_another_checkpoint_library_or_picture_is_told(tmp_path: Path) -> None:
    made = receipt(voted(tmp_path), ContentStore(tmp_path))
    (setup,) = made.setups
    then = setup.model_copy(update={"libraries": {**setup.libraries, "pillow": "1.0"}, "revision": "old", "steps": 9})
    b = made.b[0].model_copy(
        update={"sha256": ContentStore(tmp_path).write_image(png("red", 64)), "setup": then.digest}
    )
    changed = made.model_copy(update={"b": (b,), "setups": (setup, then)})
    file = tmp_path / "receipt.json"
    file.write_text(changed.model_dump_json())
    done = command("replay", str(file), "--data", str(tmp_path))
    assert done.returncode == 1
    first, second, last = done.stdout.splitlines()
    assert first.endswith("seed 7: identical")
    assert "B: mock none, 'a red apple', seed 7: differs." in second
    assert "revision: old then, none now" in second
    assert "libraries pillow: 1.0 then," in second
    assert "steps: 9 then, 1 now" in second
    assert "of the pixels differ, by at most" in second
    assert last == "identical: 1 of 2 pictures"


def test_the_same_bytes_from_another_setup_are_identical_with_a_note(tmp_path: Path) -> None:
    made = receipt(voted(tmp_path), ContentStore(tmp_path))
    (setup,) = made.setups
    then = setup.model_copy(update={"device": "a loom"})
    sides = {side: (getattr(made, side)[0].model_copy(update={"setup": then.digest}),) for side in ("a", "b")}
    found = replay(
        made.model_copy(update={**sides, "setups": (then,)}),
        LocalEngine("cpu"),
        ContentStore(tmp_path).image,
        unwatched,
    )
    assert [one.identical for one in found] == [True, True]
    assert found[0].differences == ("device: a loom then, any now",)


def test_a_remote_picture_is_not_asked_for_again_and_the_replay_says_why(tmp_path: Path) -> None:
    made = receipt(voted(tmp_path), ContentStore(tmp_path))
    (setup,) = made.setups
    far = setup.model_copy(update={"endpoint": "a/b at fal-ai", "steps": None, "parameters": {"width": 512}})
    b = made.b[0].model_copy(update={"setup": far.digest})
    file = tmp_path / "receipt.json"
    file.write_text(made.model_copy(update={"b": (b,), "setups": (setup, far)}).model_dump_json())
    done = command("replay", str(file), "--data", str(tmp_path))
    assert done.returncode == 1, "not everything is proved"
    first, second, third, last = done.stdout.splitlines()
    assert first.endswith("identical")
    assert "seed 7: can't be replayed. it was drawn by a/b at fal-ai, whose weights and machine can't be" in second
    assert (third, last) == ("not to be replayed: 1 of 2 pictures", "identical: 1 of 2 pictures")


def test_a_generator_that_is_gone_is_told(tmp_path: Path) -> None:
    made = receipt(voted(tmp_path), ContentStore(tmp_path))
    gone = made.a[0].model_copy(update={"generator": "gone"})
    (tmp_path / "r.json").write_text(made.model_copy(update={"a": (gone,)}).model_dump_json())
    done = command("replay", str(tmp_path / "r.json"), "--data", str(tmp_path))
    assert done.returncode == 1
    assert "it can't be drawn: There is no generator 'gone'" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "not a receipt"), ("{}", "not a receipt"), ('{"receipt_version": 2}', "not a receipt")],
)
def test_what_is_no_receipt_is_told(text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_receipt(text)


def test_a_cut_receipt_is_told(tmp_path: Path) -> None:
    made = receipt(voted(tmp_path), ContentStore(tmp_path))
    record = json.loads(made.model_dump_json())
    with pytest.raises(DataError, match="was cut or altered"):
        read_receipt(json.dumps({**record, "setups": []}))
    record["setups"][0]["steps"] = 2  # its digest is no longer the one the pictures name
    with pytest.raises(DataError, match="was cut or altered"):
        read_receipt(json.dumps(record))


def test_an_unknown_vote_is_one_sentence(tmp_path: Path) -> None:
    voted(tmp_path)
    done = command("replay", "no-such-vote", "--data", str(tmp_path))
    assert done.returncode == 2
    assert "no-such-vote" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_setup_is_told(tmp_path: Path) -> None:
    vote = voted(tmp_path)
    with pytest.raises(MissingFile):
        receipt(vote, ContentStore(tmp_path / "elsewhere"))


def test_differences_are_told_in_words() -> None:
    assert pixel_difference(png("red", 8), png("red", 16)) == "size: 8x8 then, 16x16 now"
    assert pixel_difference(png("black", 8), png("white", 8)).startswith("100.0% of the pixels differ, by at most 255")
    engine = LocalEngine("cpu")
    setup = engine.draw("mock", asking("a cat", 1), ignore_progress).setup
    assert list(setup_differences(setup, setup)) == []


def test_a_receipt_that_is_not_there_is_said_to_be_a_file(tmp_path: Path) -> None:
    voted(tmp_path)
    for name in ("nosuch.json", "folder/nosuch"):
        done = command("replay", name, "--data", str(tmp_path))
        assert done.returncode == 2
        assert done.stderr == f"There is no file {name}: give a receipt's file, or a vote's id.\n"


def test_what_is_no_receipt_is_named_and_so_is_a_data_folder_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text("[1]")
    wrong = {
        str(tmp_path / "list.json"): f"{tmp_path / 'list.json'}: This is not a receipt (JSON: ",
        str(tmp_path): f"The receipt {tmp_path} can't be read: Is a directory; mend that.",
        "a-vote": f"There is no data folder at {tmp_path / 'none'}: give another with --data, or set HUB_DATA.",
    }
    for which, said in wrong.items():
        done = command("show", which, "--data", str(tmp_path / "none"))
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert done.stderr.startswith(said)


def guided(folder: Path) -> tuple[Path, Path, LocalEngine]:
    """The file of a receipt of two guided pictures, and that of their guide, which is kept nowhere."""
    buffer = io.BytesIO()
    Image.linear_gradient("L").save(buffer, "webp", lossless=True)
    (folder / "guide.webp").write_bytes(buffer.getvalue())
    guide = normalise_picture(buffer.getvalue())
    (folder / "saved.png").write_bytes(guide)
    sha256 = hashlib.sha256(guide).hexdigest()
    engine = LocalEngine("cpu", read={sha256: guide}.__getitem__)
    mix = (Term(weight=1.0, image=sha256),)
    asked = [asking("a boat", 3, image=sha256, parameters={"turn": 90.0}), asking("", 3, mix=mix)]
    made = make_receipt([engine.draw("mock", one, ignore_progress) for one in asked])
    assert made.named == (sha256,)
    assert read_receipt(made.model_dump_json(indent=1)) == made
    file = folder / "receipt.json"
    file.write_text(made.model_dump_json(indent=1))
    return file, folder / "guide.webp", engine


@pytest.mark.parametrize("name", ["guide.webp", "saved.png"])
def test_guided_pictures_are_replayed_with_the_guide_as_it_was_given_or_saved(tmp_path: Path, name: str) -> None:
    file, _, _ = guided(tmp_path)
    done = command("replay", str(file), "--data", str(tmp_path / "none"), "--picture", str(tmp_path / name))
    assert done.stdout.splitlines()[-1] == "identical: 2 of 2 pictures"
    assert done.stdout.startswith("1: mock none, 'a boat', seed 3, {")
    assert done.returncode == 0


def test_guided_pictures_are_replayed_where_the_guide_is_kept_and_else_it_is_asked_for(tmp_path: Path) -> None:
    file, guide, _ = guided(tmp_path)
    away = command("replay", str(file), "--data", str(tmp_path / "data"))
    assert away.returncode == 1
    assert f"is not in {tmp_path / 'data'}: give its file with --picture." in away.stdout
    other = tmp_path / "other.png"
    other.write_bytes(png("red", 8))
    wrong = command("replay", str(file), "--data", str(tmp_path / "data"), "--picture", str(other))
    assert (wrong.returncode, "give its file with --picture" in wrong.stdout) == (1, True)
    ContentStore(tmp_path / "data").write_image(normalise_picture(guide.read_bytes()))
    done = command("replay", str(file), "--data", str(tmp_path / "data"))
    assert done.stdout.splitlines()[-1] == "identical: 2 of 2 pictures"


def test_a_guided_picture_and_a_mix_of_the_trained_entry_are_replayed_bit_for_bit(tmp_path: Path) -> None:
    picture = tmp_path / "guide.png"
    picture.write_bytes(normalise_picture(png("orange", 300)))
    sha256 = hashlib.sha256(picture.read_bytes()).hexdigest()
    mix = (Term(weight=0.6, prompt="a red apple"), Term(weight=0.4, image=sha256))
    asked = [asking("a red apple", 7, image=sha256, parameters={"guidance": 0.001}), asking("", 7, mix=mix)]
    engine = LocalEngine("cpu", read={sha256: picture.read_bytes()}.__getitem__)
    made = make_receipt([engine.draw("unclip", one, ignore_progress) for one in asked])
    (tmp_path / "receipt.json").write_text(made.model_dump_json())
    done = command("replay", str(tmp_path / "receipt.json"), "--data", str(tmp_path), "--picture", str(picture))
    assert done.stdout.splitlines()[-1] == "identical: 2 of 2 pictures", done.stdout


def test_a_file_that_is_no_picture_is_named(tmp_path: Path) -> None:
    file, _, _ = guided(tmp_path)
    (tmp_path / "none.txt").write_text("none")
    for name, said in (("none.txt", "This file is no picture"), ("gone.png", "can't be read: No such file")):
        done = command("replay", str(file), "--data", str(tmp_path), "--picture", str(tmp_path / name))
        assert (done.returncode, str(tmp_path / name) in done.stderr, said in done.stderr) == (2, True, True)
        assert "Traceback" not in done.stderr


def test_a_cut_receipt_of_pictures_is_told(tmp_path: Path) -> None:
    file, _, _ = guided(tmp_path)
    record = json.loads(file.read_text())
    with pytest.raises(DataError, match="The receipt of these pictures lacks the setup"):
        read_receipt(json.dumps({**record, "setups": []}))
    for wrong in ({**record, "pictures": []}, {**record, "kind": "vote"}, {"kind": "pictures"}):
        with pytest.raises(DataError, match="not a receipt"):
            read_receipt(json.dumps(wrong))
