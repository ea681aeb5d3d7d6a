"""``python -m tests.helps COMMAND...``: a JSON list of how ``python -m COMMAND --help`` ends, and what it prints.

What others wrote is imported once; each command then imports our modules afresh in a fork, as a process of its own
would, in a fraction of its time.
"""

import json
import multiprocessing
import os
import runpy
import sys
import tempfile
from importlib import import_module
from typing import IO

HEAVY = ("torch", "transformers", "diffusers", "open_clip", "timm", "datasets", "pandas", "gradio", "typer.rich_utils")
FORK = multiprocessing.get_context("fork")


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
