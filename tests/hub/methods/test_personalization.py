"""Personalisation: the unit properties of its penalty, what is trained and what is not, runs and their entries."""

import copy
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from hub.errors import DataError, HubError, MissingFile, Stopped
from hub.generators.contract import Placement, ignore_progress
from hub.generators.model_folder import read_model
from hub.generators.model_store import ModelStore
from hub.methods.personalization import train as training
from hub.methods.personalization.base_pipeline import BasePipeline, open_base
from hub.methods.personalization.config import PIXEL, PenaltyForm, Tuned
from hub.methods.personalization.loss import penalise_distance, penalise_factors, penalise_product
from hub.methods.personalization.step import PersonalStep
from hub.methods.personalization.train import train
from hub.methods.personalization.trained_weights import choose_weights
from hub.pixel_pipeline_folder import RESIDUAL, UNET
from hub.schema import Request
from hub.subjects.subject_name import SubjectName, check_name
from hub.subjects.subject_pictures import read_pictures
from hub.training_progress import read_lines
from tests.hub.methods.personalization_made import CLASS, TOKEN, tiny, write_base, write_pictures

CPU = torch.device("cpu")
NAME = SubjectName(TOKEN, CLASS)
MEAN, SUM = PenaltyForm.mean, PenaltyForm.sum


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small base."""
    return write_base(tmp_path_factory.mktemp("base") / "small")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A subject."""
    return write_pictures(tmp_path_factory.mktemp("subject") / "mine")


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Previews of few steps."""
    monkeypatch.setattr("hub.methods.personalization.pixel_base.STEPS", 2)


def make_step(base: Path, pictures: Path, **fields: object) -> PersonalStep:
    """Return the step of a small run."""
    config = tiny(base, **fields).with_preset(PIXEL)
    opened = open_base(str(base), NAME, CPU)
    rows = opened.prepare(read_pictures(pictures).images)
    return PersonalStep(config, opened, rows, rows if config.prior else None, CPU)


def predict(base: BasePipeline, prompt: str = "a boat") -> torch.Tensor:
    """Return a picture of a prompt that names no subject."""
    return base.draw([prompt], [0])


@pytest.mark.parametrize("form", [MEAN, SUM])
def test_the_penalty_is_nothing_at_the_base_and_its_gradient_what_the_paper_says(form: PenaltyForm) -> None:
    torch.manual_seed(0)
    base = [torch.randn(3, 5), torch.randn(7)]
    weights = [one.clone().requires_grad_() for one in base]
    at_base = penalise_distance(weights, base, form)
    at_base.backward()
    assert at_base.item() == 0
    assert all(torch.equal(one.grad, torch.zeros_like(one)) for one in weights if one.grad is not None)
    moved = [(one + torch.randn_like(one)).requires_grad_() for one in base]
    (250.0 * penalise_distance(moved, base, form)).backward()
    for one, other in zip(moved, base, strict=True):
        assert one.grad is not None
        assert torch.allclose(one.grad, 2 * 250.0 * (one.detach() - other) / (one.numel() if form is MEAN else 1))


@pytest.mark.parametrize("form", [MEAN, SUM])
def test_lora_is_penalised_by_what_it_adds_to_the_weights(form: PenaltyForm) -> None:
    torch.manual_seed(0)
    a, b = torch.randn(2, 5, requires_grad=True), torch.randn(7, 2, requires_grad=True)
    added = 0.5 * b @ a
    expected = added.square().mean() if form is MEAN else added.square().sum()
    assert torch.allclose(penalise_product([(a, b)], 0.5, form), expected)
    zero = torch.zeros(7, 2, requires_grad=True)
    at_base = penalise_product([(a, zero)], 0.5, form)
    at_base.backward()
    assert at_base.item() == 0
    assert zero.grad is not None
    assert torch.equal(zero.grad, torch.zeros_like(zero))
    assert penalise_factors([(a, zero)]).item() == pytest.approx(a.square().sum().item())


@pytest.mark.parametrize("tuned", list(Tuned))
def test_at_first_nothing_is_penalised_and_the_base_is_drawn(base: Path, pictures: Path, tuned: Tuned) -> None:
    untouched = predict(open_base(str(base), NAME, CPU))
    step = make_step(base, pictures, tuned=tuned)
    assert step.weights.penalty(MEAN).item() == step.weights.distance() == 0
    assert torch.equal(predict(step.base), untouched)
    assert torch.allclose(predict(step.base, TOKEN), predict(step.base, CLASS), atol=1e-3)


@pytest.mark.parametrize(
    ("tuned", "parts"),
    [(Tuned.kv, ("class_embedding.", ".to_k.", ".to_v.")), (Tuned.lora, ("lora_A", "lora_B")), (Tuned.full, ("",))],
)
def test_only_what_was_chosen_is_trained_and_the_rest_stays(
    base: Path, pictures: Path, tuned: Tuned, parts: tuple[str, ...]
) -> None:
    step = make_step(base, pictures, tuned=tuned, strength=1.0)
    before = copy.deepcopy(step.base.network.state_dict())
    for number in range(2):
        step(number)
    own = {id(one) for one in step.weights.parameters}
    assert all(one.requires_grad == (id(one) in own) for one in step.base.network.parameters())
    changed = {name for name, one in step.base.network.state_dict().items() if not torch.equal(one, before[name])}
    assert changed
    assert all(any(part in name for part in parts) for name in changed)
    assert {part for part in parts if any(part in name for name in changed)} == set(parts)


def test_what_lora_learnt_is_in_the_plain_network_once_it_is_merged(base: Path, pictures: Path) -> None:
    untouched = predict(open_base(str(base), NAME, CPU))
    step = make_step(base, pictures, tuned=Tuned.lora, lr=1e-2)
    names = set(open_base(str(base), NAME, CPU).network.state_dict())
    for number in range(5):
        step(number)
    adapted = predict(step.base)
    with step.weights.merged():
        assert torch.allclose(predict(step.base), adapted, atol=1e-3)
        assert set(step.base.network.state_dict()) == names
    assert (adapted - untouched).abs().max() > 0.05
    assert torch.equal(predict(step.base), adapted), "it goes on as if nothing had been merged"


def test_the_base_is_off_the_tape_and_untouched(base: Path, pictures: Path) -> None:
    step = make_step(base, pictures, strength=10.0)
    kept = step.weights.base  # type: ignore[attr-defined]
    before = [one.clone() for one in kept]
    for number in range(3):
        step(number)
    assert not any(one.requires_grad or one.grad is not None for one in kept)
    assert all(torch.equal(one, other) for one, other in zip(kept, before, strict=True))
    shared = {one.data_ptr() for one in step.weights.parameters}
    assert not shared & {one.data_ptr() for one in kept}


@pytest.mark.parametrize("tuned", list(Tuned))
def test_without_lambda_it_is_plain_fine_tuning_to_the_last_bit(base: Path, pictures: Path, tuned: Tuned) -> None:
    torch.manual_seed(0)
    fields = {"tuned": tuned, "steps": 3, "word_first": 0.4}
    step = make_step(base, pictures, strength=0.0, lr=1e-3, **fields)
    torch.manual_seed(0)
    config = tiny(base, **fields).with_preset(PIXEL)
    naive = open_base(str(base), NAME, CPU)
    weights, rows = (
        choose_weights(naive.network, config, naive.is_key_or_value),
        naive.prepare(read_pictures(pictures).images),
    )
    plain = torch.optim.AdamW(
        [{"params": weights.parameters, "lr": 1e-3}, {"params": [naive.token], "lr": config.token_lr}], weight_decay=0.0
    )
    rng = torch.Generator().manual_seed(config.seed)
    for number in range(3):
        step(number)
        for one in weights.parameters:
            one.requires_grad_(number > 0)  # the word first
        chosen = torch.randint(0, len(rows), (config.batch,), generator=rng)
        said = torch.randint(0, len(naive.learnt_prompts), (config.batch,), generator=rng)
        loss = naive.loss(rows[chosen], [naive.learnt_prompts[int(one)] for one in said], rng)
        plain.zero_grad()
        loss.backward()
        plain.step()
    for one, other in zip(step.weights.parameters, weights.parameters, strict=True):
        assert torch.equal(one, other)
    assert torch.equal(step.base.token, naive.token)
    assert step.weights.distance() > 0


@pytest.mark.parametrize(
    ("tuned", "form"), [(Tuned.full, MEAN), (Tuned.full, SUM), (Tuned.kv, MEAN), (Tuned.lora, SUM)]
)
def test_a_huge_lambda_returns_what_the_base_draws(base: Path, pictures: Path, tuned: Tuned, form: PenaltyForm) -> None:
    untouched = predict(open_base(str(base), NAME, CPU))
    moved = {}
    for strength in (0.0, 1e12):
        step = make_step(base, pictures, tuned=tuned, form=form, strength=strength, lr=1e-3)
        for number in range(60):
            step(number)
        moved[strength] = (step.weights.distance(), (predict(step.base) - untouched).abs().mean().item())
    assert moved[1e12][0] < 0.02 * moved[0.0][0]  # AdamW swings about the base, ever less
    assert moved[1e12][1] < 0.05 * moved[0.0][1]


def test_the_word_alone_is_learnt_in_the_first_share_of_the_steps(base: Path, pictures: Path) -> None:
    step = make_step(base, pictures, steps=5, word_first=0.4, strength=1.0, prior=1.0)
    for number, moves in enumerate((False, False, True)):
        word = step.base.token.detach().clone()
        told, distance = step(number), step.weights.distance()
        assert (distance > 0) == moves
        assert told["penalty"] == 0  # of what has not moved yet
        assert not torch.equal(step.base.token, word)
    assert step(3)["penalty"] > 0


def test_pictures_are_learnt_under_several_wordings_and_asked_for_by_the_plain_one(base: Path) -> None:
    opened = open_base(str(base), NAME, CPU)
    assert set(opened.subject_prompts) < set(opened.learnt_prompts)
    assert len(set(opened.learnt_prompts)) == len(opened.learnt_prompts) == 8 * len(opened.subject_prompts)
    said = [NAME.as_class(prompt) for prompt in opened.learnt_prompts]
    assert all(named and CLASS in text for text, named in said)


def test_class_pictures_are_the_bases_own_with_fixed_seeds_and_weigh_as_asked(
    base: Path, pictures: Path, tmp_path: Path
) -> None:
    config = tiny(base, prior=1.0).with_preset(PIXEL)
    drawn = [training.draw_class(open_base(str(base), NAME, CPU), config, tmp_path / name) for name in ("a", "b")]
    assert [one.tobytes() for one in drawn[0]] == [one.tobytes() for one in drawn[1]]
    assert len({one.tobytes() for one in drawn[0]}) == 3
    naive, light, heavy = (make_step(base, pictures, prior=prior) for prior in (0.0, 1e-9, 1.0))
    for step in (naive, light, heavy):
        step(0)
    gap = [
        max(
            (one - other).abs().max().item()
            for one, other in zip(step.weights.parameters, naive.weights.parameters, strict=True)
        )
        for step in (light, heavy)
    ]
    assert gap[0] < 1e-4 < gap[1] * 10


def test_a_word_names_the_subject_and_other_prompts_are_the_bases(base: Path) -> None:
    opened = open_base(str(base), NAME, CPU)
    with torch.no_grad():
        opened.token.add_(0.1)
    encode = opened.encode  # type: ignore[attr-defined]
    plain = encode.encode
    assert torch.equal(encode(["a boat", "zebi-12"]), plain(["a boat", "zebi-12"]))
    for said in ("a Zebi-1 in snow", "a zebi-1 toy in snow"):
        expected = torch.nn.functional.normalize(plain([f"a {CLASS} in snow"]) + 0.1, dim=-1)
        assert torch.allclose(encode([said]), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("token", "class_word", "said"),
    [
        ("Zebi", "toy", "use one word of"),
        ("two words", "toy", "use one word of"),
        ("z", "toy", "use one word of"),
        ("cat", "toy", "is a word that the base knows already"),
        (TOKEN, " ", "The prompt is empty"),
        (TOKEN, "zebi-1 toy", "names the subject itself"),
    ],
)
def test_names_that_can_t_be_are_refused(token: str, class_word: str, said: str) -> None:
    with pytest.raises(HubError, match=said):
        check_name(SubjectName(token, class_word), lambda word: word == "cat")


def test_a_word_of_the_bases_vocabulary_is_refused(base: Path) -> None:
    with pytest.raises(DataError, match="'apple' is a word that the base knows already"):
        open_base(str(base), SubjectName("apple", "toy"), CPU)


@pytest.mark.parametrize("count", [0, 1, 500])
def test_too_few_and_too_many_pictures_are_refused(tmp_path: Path, count: int) -> None:
    folder = write_pictures(tmp_path / "mine", 1 if count else 0)
    for number in range(1, count):
        shutil.copyfile(folder / "0.png", folder / f"{number}.png")
    with pytest.raises(DataError, match=f"needs 2 to 20 pictures.* holds {count}: (add some|leave the best).$"):
        read_pictures(folder)


def test_what_is_no_picture_and_what_stands_twice_is_refused(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "mine")
    Image.open(folder / "1.png").save(folder / "9.webp", lossless=True)
    with pytest.raises(DataError, match=r"1\.png and 9\.webp in .* are the same picture: take one away\.$"):
        read_pictures(folder)
    (folder / "9.webp").write_bytes((folder / "2.png").read_bytes()[:60])
    with pytest.raises(DataError, match=r"9\.webp can't be read as a picture: take it away"):
        read_pictures(folder)
    with pytest.raises(MissingFile, match="There is no folder"):
        read_pictures(folder / "none")


def test_pictures_are_turned_as_their_camera_says_cut_square_and_on_white(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "mine", 1)
    turned = Image.new("RGB", (40, 50), "red")
    exif = turned.getexif()
    exif[0x0112] = 6  # a quarter turn
    turned.paste("blue", (0, 0, 20, 50))
    turned.save(folder / "a.png", exif=exif)  # its left half is blue, seen turned the upper one
    Image.new("RGBA", (30, 30), (0, 0, 0, 0)).save(folder / "b.png")
    _, one, clear = read_pictures(folder).images
    assert one.size == (40, 40)
    assert [one.getpixel((x, y)) for x, y in ((2, 2), (37, 2), (2, 37), (37, 37))] == [(0, 0, 255)] * 2 + [
        (255, 0, 0)
    ] * 2
    assert clear.getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize(("tuned", "form"), [(Tuned.full, MEAN), (Tuned.lora, PenaltyForm.factors)])
def test_a_run_of_two_steps_is_an_entry_that_draws_its_subject(
    base: Path, pictures: Path, tmp_path: Path, tuned: Tuned, form: PenaltyForm
) -> None:
    config = tiny(base, tuned=tuned, form=form, strength=1.0, every=1, lr=1e-2, token_lr=1e-1)
    folder = train(config, pictures, tmp_path / "run")
    store = ModelStore(tmp_path / "data")
    store.add(folder, TOKEN)
    with pytest.raises(DataError, match=f"There is a generator '{TOKEN}' already"):
        store.add(folder, TOKEN)
    draw = store.read(TOKEN).load(Placement("cpu"))
    boat, toy, mine = (draw.encode([said]) for said in ("a boat", CLASS, TOKEN))  # type: ignore[attr-defined]
    assert (toy - mine).abs().max() > 1e-3
    assert torch.equal(boat, draw.encode.encode(["a boat"]))  # type: ignore[attr-defined]
    made = json.loads((store.folder / TOKEN / "receipt.json").read_text())["made"]
    assert (made["subject"], made["class_word"], made["count"], made["tuned"]) == (TOKEN, CLASS, 3, tuned.value)
    card = (folder / "README.md").read_text()
    assert f"word `{TOKEN}`" in card
    assert f"lambda 1, {form.value}" in card
    line = read_lines(tmp_path / "run")[-1]
    assert (line.step, line.of, line.preview) == (2, 2, "grid.png")
    assert {"loss", "penalty", "distance"} <= line.scores.keys()
    assert {path.name for path in (tmp_path / "run").glob("step-*.png")} == {f"step-000{n}.png" for n in (0, 1, 2)}


def test_what_was_made_is_guided_by_a_picture(base: Path, pictures: Path, tmp_path: Path) -> None:
    entry = read_model(train(tiny(base), pictures, tmp_path / "run"), TOKEN)
    draw, named = entry.load(Placement("cpu")), {"a" * 64: Image.new("RGB", (90, 60), "red")}
    free, none, much = (
        np.asarray(draw(one, named, ignore_progress), np.int16)
        for one in (
            Request(prompt="a boat", seed=3),
            *(
                Request(prompt="a boat", seed=3, image="a" * 64, parameters={"guidance": weight})
                for weight in (0.0, 0.01)
            ),
        )
    )
    assert np.array_equal(free, none)
    assert np.abs(much - free).max() > 10
    assert entry.accepts.image


@pytest.mark.parametrize("tuned", [Tuned.full, Tuned.lora])
def test_a_kept_step_is_what_a_run_of_so_many_steps_makes(
    base: Path, pictures: Path, tmp_path: Path, tuned: Tuned
) -> None:
    config = tiny(base, tuned=tuned, strength=1.0, every=1, lr=1e-2, token_lr=1e-1)
    whole = train(replace(config, steps=3), pictures, tmp_path / "whole", keep_steps=True)
    short = train(replace(config, steps=2), pictures, tmp_path / "short")
    steps = tmp_path / "whole" / "steps"
    assert {path.name for path in steps.iterdir()} == {"0001", "0002", "0003"}
    assert not (tmp_path / "short" / "steps").exists(), "unless it is asked for"
    for kept, made in ((steps / "0002", short), (steps / "0003", whole)):
        for name in (UNET, RESIDUAL):
            one, other = load_file(kept / name), load_file(made / name)
            assert all(torch.equal(one[key], other[key]) for key in one.keys() | other.keys())
    assert not torch.equal(*(load_file(steps / name / RESIDUAL)["residual"] for name in ("0001", "0002")))
    ModelStore(tmp_path / "data").add(steps / "0002", TOKEN)
    assert "the first 2 of 3" in (steps / "0002" / "README.md").read_text()


def test_steps_of_a_base_that_is_too_large_are_not_kept(
    base: Path, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "MOST_KEPT", 10)
    folder = train(tiny(base), pictures, tmp_path / "run", keep_steps=True)
    assert folder.is_dir()
    assert not (tmp_path / "run" / "steps").exists()


def test_a_run_without_rows_on_the_way_draws_no_preview(base: Path, pictures: Path, tmp_path: Path) -> None:
    train(tiny(base, every=0), pictures, tmp_path / "run")
    assert not list((tmp_path / "run").glob("*.png"))
    assert len((tmp_path / "run" / "log.csv").read_text().splitlines()) == 2


def test_the_pictures_and_where_they_are_stay_out_of_the_entry(base: Path, pictures: Path, tmp_path: Path) -> None:
    folder = train(tiny(base, prior=1.0), pictures, tmp_path / "run")
    own = {path.read_bytes() for path in pictures.iterdir()}
    for path in (path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        assert path.suffix in {".json", ".safetensors", ".toml", ".md"}
        assert content not in own
        assert not any(str(private).encode() in content for private in (pictures, base.parent, tmp_path))
    assert own == {path.read_bytes() for path in pictures.iterdir()}


def test_a_resumed_run_ends_as_an_unbroken_one(base: Path, pictures: Path, tmp_path: Path) -> None:
    config = tiny(base, steps=4, every=1, strength=1.0, prior=1.0)
    whole = train(config, pictures, tmp_path / "whole")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "stop").touch()
    with pytest.raises(Stopped, match="was stopped at step 1 of 4"):
        train(config, pictures, tmp_path / "broken")
    assert not (tmp_path / "broken" / "pipeline").exists()
    again = train(config, pictures, tmp_path / "broken")
    for name in ("unet/diffusion_pytorch_model.safetensors", "subject/residual.safetensors"):
        from_whole, from_broken = (load(folder / name) for folder in (whole, again))
        assert all(torch.equal(one, from_broken[key]) for key, one in from_whole.items())
    with pytest.raises(DataError, match="holds a run of another subject or with other settings"):
        train(tiny(base, steps=5), pictures, tmp_path / "whole")


def load(path: Path) -> dict[str, torch.Tensor]:
    """Return the tensors of a checkpoint."""
    from safetensors.torch import load_file

    tensors: dict[str, torch.Tensor] = load_file(path)
    return tensors


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"form": PenaltyForm.factors}, "--form factors is for --tune lora alone"),
        ({"strength": -3.0}, "--lambda must be 0 or more, not -3.0"),
        ({"batch": 0}, "--batch must be 1 or more"),
        ({"word_first": 1.0}, "--word-first must be below 1"),
    ],
)
def test_settings_that_can_t_be_are_refused(
    base: Path, pictures: Path, fields: dict[str, object], said: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=said):
        train(tiny(base, **fields), pictures, tmp_path / "run")


def test_the_command_is_one_sentence_about_bad_input(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "mine", 1)
    command = [sys.executable, "-m", "hub.methods.personalization", "--pictures", str(folder), "--subject", TOKEN]
    command += ["--class", "toy", "--out", str(tmp_path / "run")]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert "holds 1: add some." in done.stderr
    assert not (tmp_path / "run").exists()
