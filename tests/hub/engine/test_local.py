"""The local engine: the same bytes for the same prompt and seed, and setups that say what they depend on."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hub.engine.local_engine import LocalEngine
from hub.engine.setups import setup_of
from hub.errors import GenerationError
from hub.generators import GENERATORS, Placement, ignore_progress
from hub.generators.entries.mock import FAILS
from hub.generators.facts import facts
from tests.asking import asking

ROOT = Path(__file__).parents[3]


def test_the_engine_draws_the_same_bytes_for_the_same_prompt_and_seed() -> None:
    engine = LocalEngine()
    first, again, other = (engine.draw("mock", asking("a cat", seed), ignore_progress) for seed in (3, 3, 4))
    assert first.png == again.png != other.png
    assert first.sample.sha256 == again.sample.sha256
    assert first.sample.generator == "mock"
    assert first.sample.setup == first.setup.digest


def test_a_setup_says_what_decides_the_pixels() -> None:
    setup = setup_of(GENERATORS["diffusion"], Placement("cpu"))
    assert (setup.scheduler, setup.steps, setup.guidance_scale) == ("EulerAncestralDiscreteScheduler", 15, 3.0)
    assert (setup.dtype, setup.device.startswith("CPU")) == ("float32", True)
    assert {"torch", "diffusers", "numpy", "pillow", "python"} <= set(setup.libraries)
    assert setup.revision == facts(GENERATORS["diffusion"]).revision
    assert list(setup.checkpoints) == ["unet/diffusion_pytorch_model.safetensors"]


@pytest.fixture(scope="module")
def alone() -> dict[tuple[str, int], str]:
    """Digests of pictures that were drawn one after another, by generator and seed."""
    engine = LocalEngine("cpu")
    return {
        (name, seed): engine.draw(name, asking("a red apple", seed), ignore_progress).sample.sha256
        for name in ("galip", "diffusion")
        for seed in range(4)
    }


@pytest.mark.parametrize("beside", [1, 3, 8])
def test_the_same_seed_gives_the_same_bytes_whatever_runs_beside_it(
    alone: dict[tuple[str, int], str], beside: int
) -> None:
    engine = LocalEngine("cpu")
    with ThreadPoolExecutor(beside) as pool:
        asked = list(alone)[::-1]
        drawn = pool.map(
            lambda key: engine.draw(key[0], asking("a red apple", key[1]), ignore_progress).sample.sha256, asked
        )
        assert dict(zip(asked, drawn, strict=True)) == alone


def test_a_failing_generator_is_one_sentence() -> None:
    with pytest.raises(GenerationError, match="asked to fail"):
        LocalEngine().draw("mock", asking(FAILS, 0), ignore_progress)


def test_an_unexpected_error_of_a_model_is_hidden_behind_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(device: str) -> object:
        def draw(*_: object) -> None:
            raise ZeroDivisionError("secret detail")

        return draw

    monkeypatch.setattr(GENERATORS["mock"], "load", broken)
    with pytest.raises(GenerationError) as caught:
        LocalEngine().draw("mock", asking("a cat", 0), ignore_progress)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["galip", "diffusion"])
def test_each_generator_draws_alone_in_a_fresh_process_without_a_word(name: str) -> None:
    code = (
        "from hub.engine.local_engine import LocalEngine; from hub.generators import ignore_progress; "
        "from hub.schema import Request; "
        f"a, b = (LocalEngine('cpu').draw({name!r}, Request(prompt='red apple', seed=1), ignore_progress) "
        "for _ in range(2)); "
        "print(a.png == b.png, len(a.png) > 1000)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("True True", "")
