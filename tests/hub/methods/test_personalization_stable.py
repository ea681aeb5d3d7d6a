"""The same trainer on a small Stable Diffusion of random weights: the paper's preset, what is trained, the entry."""

from pathlib import Path

import pytest
import torch

from hub.errors import DataError
from hub.generators.contract import Placement
from hub.generators.model_store import ModelStore
from hub.methods.personalization.base_pipeline import open_base
from hub.methods.personalization.config import STABLE_DIFFUSION, PersonalConfig, Tuned
from hub.methods.personalization.step import PersonalStep
from hub.methods.personalization.train import train
from hub.subjects.subject_name import SubjectName
from hub.subjects.subject_pictures import read_pictures
from tests.hub.generators.made import write_sd, write_sdxl
from tests.hub.methods.personalization_made import CLASS, TOKEN, tiny, write_pictures

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small Stable Diffusion."""
    return write_sd(tmp_path_factory.mktemp("sd") / "small")


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Previews of few steps."""
    monkeypatch.setattr("hub.methods.personalization.stable_base.STEPS", 2)


def make_step(base: Path, pictures: Path, **fields: object) -> PersonalStep:
    """Return the step of a small run."""
    config = tiny(base, **fields).with_preset(STABLE_DIFFUSION)
    opened = open_base(str(base), SubjectName(TOKEN, CLASS), CPU)
    return PersonalStep(config, opened, opened.prepare(read_pictures(pictures).images), None, CPU)


def test_the_preset_is_the_papers() -> None:
    said = PersonalConfig(base="somebody/sd").with_preset(STABLE_DIFFUSION)
    assert (said.lr, said.steps, said.strength) == (2e-6, 1000, 500.0)
    said = PersonalConfig(tuned=Tuned.kv).with_preset(STABLE_DIFFUSION)
    assert (said.lr, said.steps, said.strength) == (3e-5, 250, 175.0)
    said = PersonalConfig(tuned=Tuned.lora).with_preset(STABLE_DIFFUSION)
    assert (said.lr, said.steps, said.rank) == (1e-4, 500, 16)


@pytest.mark.parametrize(
    ("tuned", "parts"), [(Tuned.full, ("",)), (Tuned.kv, (".attn2.to_k.", ".attn2.to_v.")), (Tuned.lora, ("lora_",))]
)
def test_only_what_was_chosen_and_the_subjects_row_are_trained(
    base: Path, tmp_path: Path, tuned: Tuned, parts: tuple[str, ...]
) -> None:
    step = make_step(base, write_pictures(tmp_path / "mine"), tuned=tuned, strength=1.0, lr=1e-3)
    pipeline = step.base.pipeline  # type: ignore[attr-defined]
    assert step.weights.distance() == 0
    states = {
        name: {key: one.clone() for key, one in getattr(pipeline, name).state_dict().items()}
        for name in ("unet", "vae", "text_encoder")
    }
    row = step.base.token.detach().clone()
    for number in range(2):
        step(number)
    now = {name: getattr(pipeline, name).state_dict() for name in states}
    changed = {key for key, one in now["unet"].items() if not torch.equal(one, states["unet"][key])}
    assert changed
    assert all(any(part in key for part in parts) for key in changed)
    for name in ("vae", "text_encoder"):
        assert all(torch.equal(one, states[name][key]) for key, one in now[name].items())
    assert not torch.equal(step.base.token, row)


def test_the_subject_begins_as_its_class_and_other_prompts_stay_the_bases(base: Path) -> None:
    opened = open_base(str(base), SubjectName(TOKEN, "t"), CPU)
    encode = opened._encode  # type: ignore[attr-defined]
    with torch.no_grad():
        before = encode(["a boat", "a t"])
        assert torch.allclose(encode([f"a {TOKEN}"])[0], before[1], atol=1e-5)
        opened.token.add_(torch.arange(len(opened.token)))
        assert torch.equal(encode(["a boat", "a t"]), before)
        assert (encode([f"a {TOKEN}"])[0] - before[1]).abs().max() > 1e-3


@pytest.mark.parametrize("tuned", [Tuned.full, Tuned.lora])
def test_a_run_is_an_entry_that_draws_its_subject(base: Path, tmp_path: Path, tuned: Tuned) -> None:
    config = tiny(base, tuned=tuned, strength=1.0, prior=1.0, lr=1e-3, token_lr=1.0)
    folder = train(config, write_pictures(tmp_path / "mine"), tmp_path / "run")
    for path in folder.rglob("*"):
        assert not path.is_file() or not any(str(one).encode() in path.read_bytes() for one in (tmp_path, base))
    store = ModelStore(tmp_path / "data")
    assert store.add(folder, TOKEN).title == f"{TOKEN} ({CLASS})"
    store.read(TOKEN).load(Placement("cpu"))
    own, again = (open_of(path) for path in (folder, store.folder / TOKEN))
    assert torch.equal(own[0], again[0])
    assert own[1] == again[1] == [TOKEN]
    of_class = own[0][open_base(str(base), SubjectName("zebi-2", CLASS), CPU).class_rows]  # type: ignore[attr-defined]
    assert (own[0][-1] - of_class.mean(0)).abs().max() > 0.1


def open_of(folder: Path) -> tuple[torch.Tensor, list[str]]:
    """Return the token table of a written pipeline, and how its tokenizer reads the subject's word."""
    import diffusers

    pipeline = diffusers.StableDiffusionPipeline.from_pretrained(folder, local_files_only=True)
    return pipeline.text_encoder.get_input_embeddings().weight, pipeline.tokenizer.tokenize(TOKEN)


def test_other_pipelines_are_refused(tmp_path: Path) -> None:
    name = SubjectName(TOKEN, CLASS)
    with pytest.raises(DataError, match="is a StableDiffusionXLPipeline: only Stable Diffusion 1 and 2"):
        open_base(str(write_sdxl(tmp_path / "xl")), name, CPU)
    with pytest.raises(DataError, match="can't be read as a diffusers pipeline"):
        open_base(str(tmp_path), name, CPU)
    with pytest.raises(DataError, match="can't name a subject"):
        open_base(str(write_sd(tmp_path / "sd")), SubjectName("z", CLASS), CPU)
