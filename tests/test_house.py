"""The house's own laws: one-way imports, sizes, imports at the top, no heavy imports for light work."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.helps import SOURCES, Helps, module_of, named_commands

ROOT = Path(__file__).parent.parent
MODULES = {module_of(path): path for path in SOURCES}
COMMANDS = tuple(named_commands())
LAYERS = (  # lowest first; a module imports from its own layer or a lower one
    ("hub", "hub.errors", "hub.schema", "hub.registry", "hub.settings", "hub.prompts", "hub.files", "hub.progress"),
    ("hub.votes",),
    ("hub.torchvision_ops", "hub.devices"),
    ("hub.encoders",),
    ("hub.methods",),
    ("hub.generators",),
    ("hub.engine", "hub.weights", "hub.methods.train_all"),
    ("hub.battle", "hub.gates", "hub.moderation", "hub.raters", "hub.dataset", "hub.receipt", "hub.jobs"),
    ("hub.watch",),
    ("hub.space",),
    ("eval",),
    ("hub.ui",),
    ("app",),
)


def layer_of(module: str) -> int:
    """Index of the layer of the longest prefix that is listed."""
    best = max(
        ((name, i) for i, layer in enumerate(LAYERS) for name in layer if f"{module}.".startswith(f"{name}.")),
        key=lambda found: len(found[0]),
    )
    return best[1]


@cache
def parse(path: Path) -> ast.Module:
    """The syntax tree of a source file."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports_of(path: Path) -> tuple[str, ...]:
    """Names of what a module imports, and of the modules that this is from."""
    found = []
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return tuple(found)


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_imports_go_one_way(path: Path) -> None:
    own = layer_of(module_of(path))
    for name in imports_of(path):
        if name in MODULES and name != "hub":
            assert layer_of(name) <= own, f"{module_of(path)} imports {name}, which is above it"


def test_a_method_that_others_build_on_builds_on_none_and_what_methods_share_knows_none() -> None:
    methods = {path.parent.name for path in (ROOT / "hub" / "methods").glob("*/train.py")}
    assert len(methods) > 2
    builds_on: dict[str, set[str]] = {}
    for path in SOURCES:
        parts = module_of(path).split(".")
        if parts[:2] == ["hub", "methods"] and len(parts) > 2:
            others = {name.split(".")[2] for name in imports_of(path)
                      if name.startswith("hub.methods.")}  # fmt: skip
            builds_on.setdefault(parts[2], set()).update((others & methods) - {parts[2]})
    for name, others in builds_on.items():
        assert name in methods or not others, f"{name}, which is no method, imports {others}"
        for other in others:
            assert not builds_on[other], f"{name} builds on {other}, which builds on {builds_on[other]}"


TWICE = {"score": "commands of that name"}  # module names that may stand more than once, and why
OF_METHODS = {"config", "model", "loss", "step", "train", "runs", "study"}  # files that each method's folder may have


def is_named_by_a_method(module: str) -> bool:
    """Whether a module is a file that each method's folder has, or the study that is called as its method."""
    parent, _, name = module.rpartition(".")
    in_a_method = parent.rpartition(".")[0] == "hub.methods" and name in OF_METHODS
    return in_a_method or (parent == "eval.studies" and (ROOT / "hub" / "methods" / name).is_dir())


def test_no_module_or_class_has_the_name_of_another() -> None:
    modules: dict[str, list[str]] = {}
    classes: dict[str, list[str]] = {}
    for path in SOURCES:
        if path.stem not in {"__init__", "__main__"} and not is_named_by_a_method(module_of(path)):
            modules.setdefault(path.stem, []).append(module_of(path))
        for node in parse(path).body:
            if isinstance(node, ast.ClassDef):
                classes.setdefault(node.name, []).append(module_of(path))
    assert {name: where for name, where in modules.items() if len(where) > 1 and name not in TWICE} == {}
    assert {name: where for name, where in classes.items() if len(where) > 1} == {}
    assert {name for name in TWICE if len(modules.get(name, [])) < 2} == set()


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_what_is_private_to_a_package_stays_in_it(path: Path) -> None:
    own = module_of(path)
    package = own if path.name == "__init__.py" else own.rpartition(".")[0]
    for name in imports_of(path):
        parent, _, leaf = name.rpartition(".")
        if name in MODULES and leaf.startswith("_") and not leaf.startswith("__"):
            assert parent == package, f"{own} imports {name}"
        elif parent in MODULES and leaf.startswith("_"):
            assert parent.rpartition(".")[0] == package or parent == package, f"{own} takes {leaf} of {parent}"


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_modules_and_functions_are_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 250
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= 40, f"{path.name}:{node.lineno} {node.name} has {length} lines"


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_functions_import_only_in_load(path: Path) -> None:
    for function in ast.walk(parse(path)):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and not function.name.startswith("load"):
            inner = [node for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom)]
            nested = [
                node
                for f in ast.walk(function)
                if isinstance(f, ast.FunctionDef) and f.name.startswith("load")
                for node in ast.walk(f)
            ]
            assert not [node for node in inner if node not in nested], f"{path.name}: {function.name} imports"


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("from hub.generators import roster; roster()", ("torch", "gradio", "diffusers", "open_clip")),
        ("import hub.generators.__main__", ("torch", "gradio", "diffusers", "open_clip")),
        ("import hub.votes, hub.battle", ("torch", "gradio", "datasets")),
        ("import eval.report, eval.sample, eval.embedded", ("torch", "gradio", "ray")),
        ("import hub.receipt.__main__, hub.dataset.__main__", ("torch", "gradio", "datasets")),
        ("import hub.jobs.__main__", ("torch", "gradio", "datasets")),
        ("import hub.engine.open_engine", ("torch", "gradio", "ray")),
        ("import eval.score", ("ray",)),
    ],
)
def test_light_work_imports_nothing_heavy(code: str, absent: tuple[str, ...]) -> None:
    check = f"import sys; {code}; print([m for m in {absent!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_an_example(command: str, helps: Helps) -> None:
    code, shown = helps[command]
    assert code == 0
    assert "Example" in shown
    assert "Usage" in shown


def public_docstrings(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Name and docstring of a module's public classes, functions and methods; of a property that of its getter."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node.name, ast.get_docstring(node) or ""
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for inner in node.body:
                if not isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef) or inner.name.startswith("_"):
                    continue
                if not any(ast.unparse(one).endswith(".setter") for one in inner.decorator_list):
                    yield f"{node.name}.{inner.name}", ast.get_docstring(inner) or ""


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_docstrings_begin_with_a_whole_sentence(path: Path) -> None:
    for name, text in public_docstrings(parse(path)):
        first = text.partition("\n")[0]
        assert first.endswith((".", "?")), f"{path.name}: {name} begins with no whole sentence: {first}"
        assert not first.startswith(("See :", "The same ")), f"{path.name}: {name} sends its reader elsewhere: {first}"


MASCULINE = re.compile(r"\b(he|his|him|himself)\b", re.IGNORECASE)


def test_people_are_they() -> None:
    written = [*SOURCES, *(ROOT / "tests").rglob("*.py"), *ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    found = {
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in written
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if MASCULINE.search(line)
    }
    assert found == set()
