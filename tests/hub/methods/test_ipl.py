"""IPL's unit properties: prompts, directions, what each stage changes; and adaptations of a few steps."""

import csv
import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor, nn
from typer.testing import CliRunner

from hub.command import make_command
from hub.encoders import LOSSES, load_for_loss, text_encoder
from hub.errors import DataError, MissingFile, Stopped, UnknownName
from hub.files import MODELS, WEIGHTS
from hub.generators import Placement, load_one_step
from hub.generators.model_store import ModelStore
from hub.methods.encoder.loss import info_nce
from hub.methods.ipl.__main__ import main
from hub.methods.ipl.adaptable import list_sources
from hub.methods.ipl.adaptation_record import read_record
from hub.methods.ipl.adaptive_layers import rank_layers
from hub.methods.ipl.config import IplConfig, PromptArm
from hub.methods.ipl.domain_words import ask_source, check_told_apart
from hub.methods.ipl.latent_draws import read_labels
from hub.methods.ipl.latent_source import open_source
from hub.methods.ipl.look_words import check_words
from hub.methods.ipl.loss import directional_loss, domain_loss, fit_loss
from hub.methods.ipl.model import LatentMapper, SharedPrompt
from hub.methods.ipl.prompt_encoder import PromptEncoder
from hub.methods.ipl.train import train
from hub.methods.training_runs import list_runs
from hub.training_progress import STOP
from tests.asking import asking, noting
from tests.hub.methods.ipl_made import CONFIG, FLAT, LABELS, SMALL, SOLID, make_generator, make_steps, write_source

LEARNING = [PromptArm.learned, PromptArm.ipl, PromptArm.shuffled]


def bytes_of(module: nn.Module) -> list[bytes]:
    """Every parameter and buffer of a module, as bytes."""
    return [value.detach().numpy().tobytes() for value in module.state_dict().values()]


@pytest.fixture(scope="module")
def prompts() -> PromptEncoder:
    """The guide's text tower."""
    return PromptEncoder(load_for_loss("guide"), text_encoder())


def test_the_mapper_gives_tokens_of_each_latent(prompts: PromptEncoder) -> None:
    mapper = LatentMapper(16, 4, prompts.table)
    tokens = mapper(torch.randn(3, 16))
    assert tokens.shape == (3, 4, 384)
    assert not torch.allclose(tokens[0], tokens[1], atol=1e-3)
    assert 0.5 < (tokens.std() / prompts.table.std()).item() < 2, "at the scale of words' tokens"
    shared = SharedPrompt(4, prompts.table)(torch.randn(3, 16))
    assert shared.shape == (3, 4, 384)
    assert torch.equal(shared[0], shared[2])


def test_literal_tokens_through_the_injection_give_what_the_sentence_gives(prompts: PromptEncoder) -> None:
    for before, words in (("a photo of a", "cat"), ("red apple,", SOLID), ("", FLAT)):
        tokens = prompts.token_embeddings(before)[None]
        wanted = prompts.sentences([f"{before} {words}".strip()])
        assert torch.allclose(prompts(tokens, words), wanted, atol=1e-5)


def test_the_directional_loss_is_0_for_parallel_and_2_for_opposite_directions() -> None:
    d = torch.randn(5, 8)
    assert directional_loss(d, 3 * d).item() == pytest.approx(0, abs=1e-6)
    assert directional_loss(d, -0.5 * d).item() == pytest.approx(2, abs=1e-6)
    across = torch.eye(8)[:2]
    assert directional_loss(across[:1], across[1:]).item() == pytest.approx(1)


def test_the_domain_and_fit_losses_are_0_where_prompts_are_what_they_are_compared_with() -> None:
    words = F.normalize(torch.randn(8), dim=0)
    assert domain_loss(words.expand(3, -1), words).item() == pytest.approx(0, abs=1e-6)
    assert domain_loss(-words.expand(3, -1), words).item() == pytest.approx(2, abs=1e-6)
    rows = F.normalize(torch.randn(4, 8), dim=1)
    assert fit_loss(rows, rows).item() == pytest.approx(0, abs=1e-6)


def test_a_generator_that_is_still_its_source_has_a_finite_loss_and_a_gradient() -> None:
    still = torch.zeros(2, 8, requires_grad=True)
    loss = directional_loss(still, torch.randn(2, 8))
    loss.backward()
    assert loss.item() == 1
    assert still.grad is not None and torch.isfinite(still.grad).all() and still.grad.abs().sum() > 0
    for arm in PromptArm:
        scores = make_steps(arm)[1]()
        assert scores["direction"] == pytest.approx(1, abs=1e-4), "dI is 0 at the first step"
        assert scores["moved"] == pytest.approx(0, abs=1e-5)


def test_contrast_at_chance_is_ln_b_where_all_prompts_are_alike(prompts: PromptEncoder) -> None:
    images = F.normalize(torch.randn(6, 256), dim=1)
    with torch.no_grad():
        same = prompts(SharedPrompt(4, prompts.table)(torch.randn(6, 16)), FLAT)
    one_way = F.cross_entropy(30.0 * images @ same.T, torch.arange(6))
    assert one_way.item() == pytest.approx(math.log(6), abs=1e-4)
    assert info_nce(same, same, torch.tensor(30.0)).item() == pytest.approx(math.log(6), abs=1e-4)


def test_directions_are_one_for_nada_and_a_learned_prompt_and_each_pictures_own_for_ipl() -> None:
    w = torch.randn(4, SMALL.cond)
    spread = {arm: make_steps(arm)[1].directions(w).var(dim=0).sum().item() for arm in PromptArm}
    assert spread[PromptArm.nada] == spread[PromptArm.learned] == pytest.approx(0, abs=1e-12)
    assert spread[PromptArm.ipl] > 1e-5
    own, others = (make_steps(arm)[1].directions(w) for arm in (PromptArm.ipl, PromptArm.shuffled))
    assert torch.allclose(others, own.roll(1, 0), atol=1e-6)
    assert not torch.allclose(others, own, atol=1e-4), "no picture keeps its own"


@pytest.mark.parametrize("arm", LEARNING)
def test_stage_1_changes_the_mapper_alone(arm: PromptArm) -> None:
    learned, adapt = make_steps(arm)
    assert learned is not None
    frozen = [adapt.draws.model, adapt.model, learned.prompts.encoder.model, learned.prompts.text.model]
    before, mapper = [bytes_of(module) for module in frozen], bytes_of(learned.mapper)
    learned()
    assert [bytes_of(module) for module in frozen] == before
    assert all(p.grad is None for module in frozen for p in module.parameters())
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in learned.mapper.parameters())
    assert bytes_of(learned.mapper) != mapper


@pytest.mark.parametrize("arm", list(PromptArm))
def test_stage_2_changes_the_chosen_layers_alone(arm: PromptArm) -> None:
    learned, adapt = make_steps(arm)
    frozen = [adapt.draws.model, adapt.prompts.encoder.model, adapt.prompts.text.model]
    frozen += [learned.mapper] if learned else []
    before = [bytes_of(module) for module in frozen]
    layers = [bytes_of(layer) for layer in adapt.layers]
    rest = bytes_of(adapt.model.mix)
    adapt()
    trained = [place for place, layer in enumerate(adapt.layers) if bytes_of(layer) != layers[place]]
    assert len(trained) == adapt.config.layers == 3
    for place, layer in enumerate(adapt.layers):
        assert all((p.grad is not None) == (place in trained) for p in layer.parameters())
    assert bytes_of(adapt.model.mix) == rest
    adapt()
    assert [bytes_of(module) for module in frozen] == before, "source, encoder and mapper stay as they are"
    buffers = zip(adapt.model.buffers(), adapt.draws.model.buffers(), strict=True)
    assert all(torch.equal(mine, own) for mine, own in buffers)


def test_the_layers_that_move_most_towards_the_target_are_trained(
    prompts: PromptEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, w = make_generator(), torch.randn(2, SMALL.cond)
    target = prompts.words(SOLID)
    assert sorted(rank_layers(model, w, prompts.encoder, target)) == list(range(model.places))
    plain = model.draw

    def only_two_and_five(codes: list[Tensor]) -> Tensor:
        held = [code if place in (2, 5) else code * 1e-6 + w for place, code in enumerate(codes)]
        return plain(held)

    monkeypatch.setattr(model, "draw", only_two_and_five)
    assert set(rank_layers(model, w, prompts.encoder, target)[:2]) == {2, 5}


def test_a_generator_drawn_layer_by_layer_is_the_generator() -> None:
    model, z, t = make_generator(), torch.randn(2, 100), torch.randn(2, 384)
    assert torch.equal(model.draw([model.latent(z, t)] * model.places), model(z, t))
    held = {id(p) for layer in model.layers() for p in layer.parameters()}
    assert held == {id(p) for name, p in model.named_parameters() if not name.startswith("mix.")}
    assert len(model.layers()) == model.places


@pytest.mark.parametrize("arm", list(PromptArm))
def test_every_arm_adapts_and_its_checkpoint_draws(arm: PromptArm, pack: Path, tmp_path: Path) -> None:
    source = write_source(tmp_path / "tiny")
    config = replace(CONFIG, source=str(source), arm=arm)
    path = train(config, tmp_path / "run", pack)
    with safe_open(path, "pt") as file:
        facts = json.loads(file.metadata()["training"])
    assert set(facts["losses"]) == {"guide"} <= set(LOSSES)
    assert (facts["styles"], facts["base"], facts["adapted_steps"]) == (["fluent"], "tiny", 4)
    assert facts["images_seen"] == 2 * 4 + (0 if arm is PromptArm.nada else 2 * 4)
    assert facts["config"]["arm"] == arm.value
    assert [one.name for one in sorted((tmp_path / "run").glob("step-*.png"))] == [
        f"step-{step:04d}.png" for step in (0, 2, 4)
    ]
    kept = sorted((tmp_path / "run" / "steps").glob("*/model.safetensors"))
    assert [one.parent.name for one in kept] == ["0002", "0004"]
    rows = list(csv.DictReader((tmp_path / "run" / "log.csv").read_text().splitlines()))
    assert [bool(row["match"]) for row in rows] == [arm is not PromptArm.nada and row["step"] == "2" for row in rows]
    assert all(bool(row["direction"]) is not bool(row["match"]) for row in rows), "none is invented"
    after, before = load_file(path), load_file(source / "model.safetensors")
    assert all(torch.equal(after[key], before[key]) for key in before if key.startswith("mix."))
    assert any(not torch.equal(after[key], before[key]) for key in before)
    drawn = [load_one_step.load_gan(one, "cpu")(asking("a cat", 0), {}, noting([])) for one in (path, kept[1])]
    assert drawn[0].tobytes() == drawn[1].tobytes()


def test_each_step_is_an_entrys_folder_with_card_receipt_and_the_sources_terms(pack: Path, tmp_path: Path) -> None:
    entries = tmp_path / "data" / MODELS
    (write_source(entries / "mine") / "entry.toml").write_text('kind = "one-step"\nlicence = "MIT"\n')
    config = replace(CONFIG, source="mine", arm=PromptArm.nada, target_words=f" {SOLID}  `<b>` ")
    train(config, tmp_path / "run", pack, (entries,))
    store = ModelStore(tmp_path / "data")
    store.add(tmp_path / "run" / "steps" / "0002", "mine-3d")
    entry, place = store.read("mine-3d"), store.folder / "mine-3d"
    assert (entry.kind, entry.licence, entry.title) == ("one-step", "MIT", "mine-3d")
    made = json.loads((place / "receipt.json").read_text())["made"]
    assert (made["steps"], made["base"], made["config"]["source"]) == (2, "mine", "mine")
    card = (place / "README.md").read_text()
    assert f"    to     {SOLID} `<b>`\n" in card, "as code, which no page renders"
    assert str(tmp_path) not in card + (place / "receipt.json").read_text()
    assert entry.load(Placement("cpu"))(asking("a cat", 0), {}, noting([])).size == (64, 64)
    assert not list((tmp_path / "run").rglob(".*")), "nothing is left beside"
    told = read_record(tmp_path / "run")
    assert (told.source, told.target_words, told.prompt_steps, told.drawn_already) == (
        "mine", f"{SOLID} `<b>`", 0, False,
    )  # fmt: skip


def test_a_source_that_is_another_model_now_or_gone_ends_the_run_with_a_sentence(pack: Path, tmp_path: Path) -> None:
    entries, run = tmp_path / MODELS, tmp_path / "run"
    config = replace(CONFIG, source="mine", arm=PromptArm.nada)
    write_source(entries / "mine")
    train(config, run, pack, (entries,))
    write_source(entries / "mine", minutes=0.2)
    with pytest.raises(DataError, match="mine is another model now than when this run began"):
        train(config, run, pack, (entries,))
    shutil.rmtree(entries / "mine")
    with pytest.raises(UnknownName, match="There is no generator 'mine' to adapt"):
        train(config, run, pack, (entries,))
    with pytest.raises(MissingFile, match="no adaptation yet"):
        read_record(tmp_path)


def test_what_was_adapted_is_a_source_again(pack: Path, tmp_path: Path) -> None:
    source = write_source(tmp_path / "tiny")
    once = train(replace(CONFIG, source=str(source), arm=PromptArm.nada), tmp_path / "once", pack)
    assert train(replace(CONFIG, source=str(once), arm=PromptArm.nada), tmp_path / "twice", pack).exists()


def test_a_run_that_is_stopped_ends_as_the_unbroken_one(pack: Path, tmp_path: Path) -> None:
    config = replace(CONFIG, source=str(write_source(tmp_path / "tiny")))
    (tmp_path / "stopped").mkdir()
    for _ in range(4):
        (tmp_path / "stopped" / STOP).touch()
        with pytest.raises(Stopped, match="Adapting"):
            train(config, tmp_path / "stopped", pack)
    stopped, unbroken = (load_file(train(config, tmp_path / name, pack)) for name in ("stopped", "unbroken"))
    assert all(torch.equal(stopped[key], unbroken[key]) for key in unbroken)


def test_a_folder_of_another_adaptation_is_left_alone(pack: Path, tmp_path: Path) -> None:
    config = replace(CONFIG, source=str(write_source(tmp_path / "tiny")), arm=PromptArm.nada)
    train(config, tmp_path / "run", pack)
    with pytest.raises(DataError, match="holds another adaptation"):
        train(replace(config, target_words="a pencil sketch"), tmp_path / "run", pack)


@pytest.mark.parametrize(
    ("source", "target", "told"),
    [
        (FLAT, "  ", "Say in words both"),
        ("", SOLID, "Say in words both"),
        (FLAT, " Flat, in fluent  style ", "is what the generator draws already"),
        (FLAT, "光沢のある3D", "The encoder reads English alone: say '光沢のある3D' in English"),
        (FLAT, "3", "reads English alone"),
    ],
)
def test_words_that_ask_for_nothing_are_one_sentence(source: str, target: str, told: str) -> None:
    with pytest.raises(DataError, match=told):
        check_words(source, target)


def test_words_that_the_encoder_does_not_tell_apart_are_one_sentence(prompts: PromptEncoder) -> None:
    with pytest.raises(DataError, match="does not tell 'flat' from 'flat!': use other words"):
        check_told_apart(replace(CONFIG, source_words="flat", target_words="flat!"), prompts)
    check_told_apart(CONFIG, prompts)


def test_a_source_without_a_latent_is_one_sentence_that_names_those_that_have_one(tmp_path: Path) -> None:
    assert {"galip", "scad", "scad-dd", "scad-mi"} <= set(list_sources())
    assert not {"diffusion", "unclip", "guide"} & set(list_sources())
    for name in ("diffusion", "unclip", "guide", str(WEIGHTS / "diffusion")):
        with pytest.raises(DataError, match=r"has no latent to adapt.*: choose .*scad"):
            open_source(name)
    with pytest.raises(UnknownName, match=r"There is no generator 'scud' to adapt: choose .*scad"):
        open_source("scud")
    (tmp_path / "model.safetensors").write_bytes(b"torn")
    with pytest.raises(MissingFile, match="is damaged"):
        open_source(str(tmp_path))


def test_a_look_that_the_source_draws_when_a_prompt_says_so_is_seen_and_a_new_one_is_not() -> None:
    style_guide, model = PromptEncoder(load_for_loss("style-guide"), text_encoder()), open_source("scad").model
    asked = {}
    for words in ("in Noto style", SOLID):
        config = IplConfig("scad", FLAT, words)
        direction = check_told_apart(config, style_guide)
        asked[words] = ask_source(config, model, read_labels(None), style_guide, direction)
    assert {words: one.drawn_already for words, one in asked.items()} == {"in Noto style": True, SOLID: False}
    first, second = asked.values()
    assert first.told_source.shape == (32, 3, 64, 64)
    assert torch.equal(first.told_source, second.told_source), "the same seeds and labels, whatever is asked for"
    assert not torch.equal(first.told_target, first.told_source)


def test_the_captions_are_those_of_training_concepts(pack: Path) -> None:
    assert len(read_labels(None)) > 1200
    assert {"thing 0, in noto style", "thing 7, in twemoji style"} <= set(read_labels(pack))
    assert not any(f"thing {i}," in label for label in read_labels(pack) for i in (8, 9, 10, 11))


def test_the_command_says_in_a_sentence_what_is_wrong(tmp_path: Path) -> None:
    app = make_command(main, "python -m hub.methods.ipl --source scad")
    for given, told in (
        (["--source", "diffusion", "--from", FLAT, "--to", SOLID], "diffusion has no latent to adapt"),
        (["--source", "scad", "--from", FLAT, "--to", FLAT], "is what the generator draws already"),
    ):
        done = CliRunner().invoke(app, [*given, "--out", str(tmp_path / "run")])
        assert (done.exit_code, done.output.count("\n")) == (2, 1)
        assert told in done.output
    assert not (tmp_path / "run").exists()


def test_the_declared_runs_are_the_entries_recipes() -> None:
    runs = list_runs()
    for name in ("ipl", "nada"):
        assert runs[name].config == IplConfig("scad", FLAT, SOLID, arm=PromptArm(name))
        assert runs[name].arguments[-1] == name
        assert not runs[name].timed
    assert len(LABELS) == 6
