"""What only some need is not installed by requirements.txt, and is asked for in one sentence."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run_without(module: str, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the repository as if ``module`` were not installed."""
    start = "runpy.run_path" if script.endswith(".py") else "runpy.run_module"
    code = f"import runpy, sys; sys.modules[{module!r}] = None; sys.argv[1:] = {list(arguments)!r}; "
    code += f"{start}({script!r}, run_name='__main__')"
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("module", "command", "extra"),
    [
        ("ray", ("app.py", "--engine", "ray", "--data", "{folder}"), "requirements/ray.txt"),
        (
            "ray",
            ("eval.sample", "--engine", "ray", "--prompts", "test", "--seeds", "0:1", "--generators", "mock",
             "--out", "{folder}/out"),
            "requirements/ray.txt",
        ),
        ("resvg_py", ("hub.methods.data", "build", "--cache", "{folder}"), "requirements/training.txt"),
    ],
    ids=["app", "sample", "data"],
)  # fmt: skip
def test_a_missing_extra_is_one_sentence(tmp_path: Path, module: str, command: tuple[str, ...], extra: str) -> None:
    done = run_without(module, *(part.format(folder=tmp_path) for part in command))
    assert done.returncode == 2
    said = (done.stdout + done.stderr).strip()
    assert said.endswith(f"pip install -r {extra}")
    assert said.count("\n") == 0


def test_commands_start_without_the_extras() -> None:
    for script in ("app.py", "eval.report", "hub.methods.data"):
        done = run_without("ray", script, "--help")
        assert (done.returncode, "Usage" in done.stdout) == (0, True), done.stderr
