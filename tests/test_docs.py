"""The documentation: what exists is on its page, what a page names exists, and every example runs or parses."""

import json
import re
import subprocess
import sys
import tomllib
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from eval.metrics import METRICS
from hub.gates import GATES
from hub.generators import GENERATORS
from hub.generators.kinds import register_file
from tests.helps import Helps
from tests.test_house import COMMANDS

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in PAGES}
BLOCKS = [
    (name, kind, body) for name, text in TEXTS.items() for kind, body in re.findall(r"```(\w*)\n(.*?)```", text, re.S)
]
CHILDREN = {"instant", "peer_fits"}  # of benchmarks: run by these
COMMAND = re.compile(r"python (?:-m ((?:hub|eval|tests)[\w.]*)|app\.py)((?: (?!\|)[^`|\n]*)?)")
CALLED = sorted(
    {
        (found[1] or "app", found[2])
        for text in TEXTS.values()
        for found in COMMAND.finditer(text)
        if "NAME" not in found[0]
    }
)


def read(page: str) -> str:
    """A page of docs/."""
    return TEXTS[f"docs/{page}.md"]


@pytest.mark.parametrize("page", TEXTS)
def test_what_it_links_and_names_is_there(page: str) -> None:
    here = (ROOT / page).parent
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", TEXTS[page]):
        assert (here / target).exists(), target
    for path in re.findall(r"`((?:hub|eval|tests|docs|requirements)/[\w./]*)`", TEXTS[page]):
        assert "NAME" in path or (ROOT / path).exists(), path


def test_the_readme_is_short_and_every_page_is_in_the_contents() -> None:
    assert TEXTS["README.md"].count("\n") <= 130
    for path in sorted((ROOT / "docs").glob("*.md")):
        if path.stem != "README":
            assert f"]({path.name})" in read("README")
            assert f"](docs/{path.name})" in TEXTS["README.md"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_on_its_page(command: str) -> None:
    module, *rest = command.split()
    call = "app.py" if module == "app" else f"-m {module}"
    row = re.search(rf"^\| `python {re.escape(call)}[ `](.*)$", read("commands"), re.M)
    assert row
    if rest:
        rows = re.findall(rf"^\| `python {re.escape(call)} ([\w\\|]+)", read("commands"), re.M)
        assert rest[0] in {word for one in rows for word in one.replace("\\", "").split("|")}


def test_no_command_has_two_rows_on_its_page() -> None:
    calls = re.findall(r"^\| `(python [^`\[]+)", read("commands"), re.M)
    assert [call for call, count in Counter(calls).items() if count > 1] == []


@pytest.mark.parametrize("folder", ["attacks", "benchmarks"])
def test_every_attack_and_benchmark_is_on_the_page_of_commands(folder: str) -> None:
    for path in (ROOT / "tests" / folder).glob("*.py"):
        if '__name__ == "__main__"' in path.read_text(encoding="utf-8") and path.stem not in CHILDREN:
            assert f"`python -m tests.{folder}.{path.stem}" in read("commands"), path.stem


def test_every_setting_is_on_its_page() -> None:
    source = (ROOT / "hub" / "settings.py").read_text(encoding="utf-8")
    for variable in set(re.findall(r"(?:HUB|GRADIO|HF|SPACE)_[A-Z_]+", source)):
        assert f"| `{variable}` |" in read("settings"), variable


def test_every_metric_and_gate_is_on_its_page() -> None:
    assert sorted(re.findall(r"^\| `([^`]+)` \|", read("metrics"), re.M)) == sorted(metric.name for metric in METRICS)
    (row,) = re.findall(r"^\| `HUB_GATES` .*$", read("settings"), re.M)
    assert set(re.findall(r"`([\w-]+)`", row)) >= {gate.name for gate in GATES}


def share(one: dict[str, Any]) -> str:
    """A stored figure in percent, with its interval."""
    value, low, high = (f"{100 * one[end]:.1f}" for end in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def test_the_table_of_compositions_has_the_figures_that_are_stored() -> None:
    head, _, *rows = re.search(r"^\| entry \|.*?(?=\n\n)", read("prompt-sets"), re.M | re.S)[0].splitlines()  # type: ignore[index]
    metrics = [cell.strip() for cell in head.strip("|").split("|")][1:]
    written = {cells[0].strip(" `"): [cell.strip() for cell in cells[1:]]
               for row in rows if (cells := row.strip("|").split("|"))}  # fmt: skip
    stored = {}
    for path in sorted((ROOT / "hub" / "weights").glob("*/metrics.json")):
        figures = {one["metric"]: one for one in json.loads(path.read_text(encoding="utf-8"))["figures"]}
        if figures.keys() >= {*metrics}:
            stored[path.parent.name] = [share(figures[name]) for name in metrics]
    assert written == stored


def subcommand(rest: str) -> list[str]:
    """The subcommand that a call names, if it is of a module that has some: a plain word before any option."""
    data = "push|pull|verify|export|import|check|show|replay"
    return re.findall(rf"^ ((?:{data}|build|list|stop|resume|remove|add|install|ledger))\b", rest)


@pytest.mark.parametrize(("module", "rest"), CALLED, ids=lambda value: value.strip()[:40] or "-")
def test_commands_that_a_page_calls_are_there_with_their_options(module: str, rest: str, helps: Helps) -> None:
    assert find_spec(module)
    if not module.startswith("tests"):
        _, shown = helps[" ".join([module, *subcommand(rest)])]
        for option in re.findall(r"(--[a-z][\w-]*)", rest):
            assert option in shown, option


@pytest.mark.parametrize(("page", "body"), [(page, body) for page, kind, body in BLOCKS if kind == "python"])
def test_python_examples_run_and_register_what_they_write(page: str, body: str, tmp_path: Path) -> None:
    kind = page.removeprefix("docs/adding-a-").removesuffix(".md")
    where = {"metric": "eval.metrics", "gate": "hub.gates", "generator": "hub.generators"}[kind]
    (name,) = re.findall(r'^    name = "(.+)"$', body, re.M)
    registry = f"{kind.upper()}S"
    check = f"{body}\nfrom {where} import {registry}\nassert {registry}[{name!r}]\n" + USES[kind]
    file = tmp_path / "example.py"
    file.write_text(check, encoding="utf-8")
    subprocess.run([sys.executable, file], cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, check=True)


USES = {
    "metric": """
import numpy
numbers = numpy.arange(50)
images = numpy.random.default_rng(0).normal(size=(50, 4))
features = Features(numbers, images, "made")
found = METRICS["brightness"](features, features)
assert found.low < found.value < found.high
from tests.eval.metrics.test_contract import test_nan_is_said_and_never_measured
test_nan_is_said_and_never_measured(METRICS["brightness"])
""",
    "gate": """
from types import SimpleNamespace
votes = [SimpleNamespace(time=60.0 * n + 7) for n in range(30)]
assert Clockwork().risk(votes[:-1], votes[-1], None) == 1.0
assert Clockwork().risk(votes[:5], votes[-1], None) == 0.0
from tests.hub.gates.test_gates import test_every_gate_lets_a_first_vote_pass_and_says_what_it_measures
test_every_gate_lets_a_first_vote_pass_and_says_what_it_measures(Clockwork())
""",
    "generator": """
draw, asked = Plain().load(Placement()), Request(prompt="a cat", seed=3)
assert draw(asked, None, print).tobytes() == draw(asked, None, print).tobytes()
""",
}


@pytest.mark.parametrize(("page", "body"), [(page, body) for page, kind, body in BLOCKS if 'kind = "' in body])
def test_entries_of_examples_are_entries(page: str, body: str, tmp_path: Path) -> None:
    text = "\n".join(line.strip() for line in body.strip().splitlines())
    assert tomllib.loads(text)
    file = tmp_path / "models.toml"
    file.write_text("\n".join(f"{page[:3].lower()}{len(page)}-{line}" for line in text.splitlines()), encoding="utf-8")
    names = register_file(file)
    assert names
    for name in names:
        GENERATORS.remove(name)
