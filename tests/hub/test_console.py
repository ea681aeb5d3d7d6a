"""The one command ``vernissage``: what it lists is there, and each is the module of its own name."""

import re
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

from hub.console import COMMANDS, NAME

ROOT = Path(__file__).parents[2]
MAIN = "from hub.console import main; main()"


def called(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """The command, as its console script calls it."""
    return subprocess.run(
        [sys.executable, "-c", MAIN, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_the_project_names_it_and_takes_its_pins_from_the_one_list() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["scripts"] == {NAME: "hub.console:main"}
    dynamic = project["tool"]["setuptools"]["dynamic"]
    assert dynamic["dependencies"]["file"] == ["requirements.txt"]
    extras = {name: one["file"] for name, one in dynamic["optional-dependencies"].items()}
    assert extras == {path.stem: [f"requirements/{path.name}"] for path in (ROOT / "requirements").glob("*.txt")}
    assert not project["project"].get("dependencies")


def test_help_lists_every_command_and_light_ones_import_no_torch() -> None:
    done = called("--help")
    assert done.returncode == 0
    assert re.findall(r"^│ ([a-z]+)  ", done.stdout, re.M) == [*COMMANDS]
    check = (
        f"import sys; sys.argv = ['vernissage', '--help']\ntry:\n    exec({MAIN!r})\nfinally:\n    print(*sys.modules)"
    )
    listed = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=False)
    assert not {"torch", "gradio", "numpy"} & set(listed.stdout.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_a_module_that_is_run(name: str) -> None:
    assert find_spec(COMMANDS[name][0])


def test_options_and_exit_codes_are_those_of_the_module(tmp_path: Path) -> None:
    missing = str(tmp_path / "none.json")
    ours = called("rate", missing, "--json")
    module = subprocess.run([sys.executable, "-m", "eval.rate", missing, "--json"], cwd=ROOT, capture_output=True,
                            text=True, check=False)  # fmt: skip
    assert (ours.returncode, ours.stdout, ours.stderr) == (module.returncode, module.stdout, module.stderr)
    assert (ours.returncode, "no votes at" in ours.stderr) == (2, True)


def test_help_speaks_of_the_command_as_it_was_called() -> None:
    for line in (("dataset", "verify"), ("rate",), ("serve",)):
        shown = " ".join(called(*line, "--help").stdout.split())
        assert f"Usage: vernissage {' '.join(line)} [OPTIONS]" in shown
        assert f"Example: vernissage {' '.join(line)} " in shown


def test_a_name_that_is_none_gets_the_nearest() -> None:
    done = called("repor")
    assert done.returncode == 2
    assert "Did you mean 'report'?" in done.stderr
