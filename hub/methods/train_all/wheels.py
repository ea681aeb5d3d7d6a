"""Which packages a machine needs beside torch to run these trainings, with the versions that are in use here."""

import json
import re
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions

from packaging.requirements import Requirement

from hub.errors import HubError
from hub.methods.train_all.code_version import ROOT

THERE = re.compile(r"(torch|torchvision|triton|nvidia-.*|cuda-.*|setuptools|pip)")  # a machine to train on has these
IMPORTED = """
import ast, importlib, json, pathlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
from hub.encoders.frozen_networks import load_timm
load_timm()
found = set()
for name, module in list(sys.modules.items()):
    if name.partition(".")[0] == "hub" and getattr(module, "__file__", None):
        for node in ast.walk(ast.parse(pathlib.Path(module.__file__).read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            found |= {one.partition(".")[0] for one in names}
print(json.dumps(sorted(found & {name.partition(".")[0] for name in sys.modules} - sys.stdlib_module_names)))
"""


def list_wheels(modules: Iterable[str]) -> list[str]:
    """Return ``name==version`` of every package that the commands in ``modules`` need, torch and its own left out.

    These are what the project's code imports once they are loaded, and what those packages require in turn.

    Raises: HubError where a command can't be loaded here.
    """
    command = [sys.executable, "-c", IMPORTED, *modules]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise HubError(f"The trainings can't be loaded here: {done.stderr.strip().splitlines()[-1]}")
    names = packages_distributions()
    needed = [one for module in json.loads(done.stdout) for one in names.get(module, [])]
    return sorted(f"{name}=={version}" for name, version in _close(needed).items())


def _close(needed: list[str]) -> dict[str, str]:
    """Return the version of each package by its normal name, and of all that they require."""
    found: dict[str, str] = {}
    while needed:
        name = re.sub(r"[-_.]+", "-", needed.pop()).lower()
        if name in found or THERE.fullmatch(name):
            continue
        try:
            package = distribution(name)
        except PackageNotFoundError:  # it is required on other systems or Pythons alone
            continue
        found[name] = package.version
        wanted = map(Requirement, package.requires or [])
        needed += [one.name for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})]
    return found
