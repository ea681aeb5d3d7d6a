"""``python -m tests.helps COMMAND...``: a JSON list of how ``python -m COMMAND --help`` ends, and what it prints.

What others wrote is imported once; each command then imports our modules afresh in a fork, as a process of its own
would, in a fraction of its time.
"""

import ast
import fcntl
import json
import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parent.parent
SOURCES = [*sorted((ROOT / "hub").rglob("*.py")), *sorted((ROOT / "eval").rglob("*.py")), ROOT / "app.py"]
HEAVY = (
    "torch",
    "transformers.models.bert.modeling_bert",
    "diffusers.pipelines.pipeline_utils",
    "diffusers.models.unets.unet_2d_condition",
    "diffusers.models.transformers.prior_transformer",
    "diffusers.guiders",
    "diffusers.schedulers.scheduling_dpmsolver_multistep",
    "open_clip",
    "timm",
    "datasets",
    "pandas",
    "plotly.graph_objects",
    "plotly.offline",
    "krippendorff",
    "gradio",
    "typer.rich_utils",
)
Helps = dict[str, tuple[int | None, str]]  # by command: its exit code, and what it says
FORK = multiprocessing.get_context("fork")


def module_of(path: Path) -> str:
    """Dotted name of a source file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def named_commands() -> Iterator[str]:
    """Yield each command as it is called after ``python -m``, from the modules that can be run."""
    for path in SOURCES:
        text, module = path.read_text(encoding="utf-8"), module_of(path).removesuffix(".__main__")
        tree = ast.parse(text if "__name__" in text else "")
        if not any(isinstance(node, ast.If) and "__name__" in ast.unparse(node.test) for node in tree.body):
            continue
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            maker = ast.unparse(call.func)
            if maker in {"make_command", "study_command"} or (maker == "make_commands" and len(call.args) > 2):
                yield module
            if maker == "make_commands" and isinstance(names := call.args[1], ast.Dict):
                yield from (f"{module} {ast.literal_eval(key)}" for key in names.keys if key)


def read_helps(folder: Path) -> Helps:
    """What each command says, and each module of several of them; asked once for all that share a folder."""
    with (folder / "helps.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        file = folder / "helps.json"
        if not file.exists():
            commands = sorted({word for command in named_commands() for word in (command, command.split()[0])})
            asked = [sys.executable, "-m", "tests.helps", *commands]
            done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)
            file.write_text(json.dumps(dict(zip(commands, json.loads(done.stdout), strict=True))), encoding="utf-8")
        return {command: (code, said) for command, (code, said) in json.loads(file.read_text(encoding="utf-8")).items()}


def ask(command: str, file: IO[bytes]) -> None:
    """Run the command's module as ``python -m`` does, in this process, with the file as output."""
    os.dup2(file.fileno(), 1)
    module, *rest = command.split()
    sys.argv = [module, *rest, "--help"]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def helped(command: str) -> tuple[int | None, str]:
    """The exit code and the output of the command's ``--help``."""
    with tempfile.TemporaryFile() as file:
        process = FORK.Process(target=ask, args=(command, file))
        process.start()
        process.join()
        file.seek(0)
        return process.exitcode, file.read().decode()


def main() -> None:
    """Import what is heavy, forget what of ours that took, and print what each command says."""
    library = import_module("hub.torchvision_ops").ensure()
    for name in HEAVY:
        import_module(name)
    for name in [name for name in sys.modules if name.split(".")[0] == "hub"]:
        del sys.modules[name]
    print(json.dumps([helped(command) for command in sys.argv[1:]]))
    del library  # its declarations lasted as long as it did


if __name__ == "__main__":
    main()
