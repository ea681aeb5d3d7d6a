"""One folder with all that a rented machine without a network needs to train: code, pack, frozen networks, one command.

The networks travel in half precision and without what no run reads of them, and so does the pack, whose test pictures
stay here. The machine's copy of the code takes them from ``hub/frozen`` (``hub/files.py``),
by the digests written here, after the packages' own had been checked.
"""

import json
import secrets
import shutil
from collections import Counter
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

from hub.encoders.frozen_networks import drop_classifier, minilm_state
from hub.encoders.word_reader import prune_minilm
from hub.errors import DataError, StorageError
from hub.files import DIGESTS, FROZEN, PACKAGED, WEIGHTS, file_sha256, packaged
from hub.methods.data.slim_pack import slim_pack
from hub.methods.train_all.code_version import REMOTE, ROOT, VERSION, describe_commit
from hub.methods.train_all.wheels import list_wheels
from hub.methods.training_runs import TrainingRun

LIMIT = 60 * 2**20  # bytes
PACK, COMMAND, WHEELS, RESULTS = "emoji.safetensors", "train.sh", "wheels.txt", "results"
CODE = {".py", ".json", ".toml", ".po"}
MINILM, WHOLE = "minilm", "minilm-whole"  # pruned to a pack's tokens; with all its vocabulary, and its tokenizer
SIDE = (".json", ".txt")  # of the tokenizer
ABOUT_WHEELS = """# What the machine needs beside torch, and may have. What it has not, take along:
#   pip download --no-deps -d wheels -r wheels.txt      (here, for its Python)
#   pip install --no-index --no-deps --find-links wheels -r wheels.txt      (there)
"""


def pack_folder(folder: Path, runs: dict[str, TrainingRun], pack: Path, minutes: float) -> dict[str, int]:
    """Make a folder that trains these runs elsewhere, whole or not at all; return what takes how many bytes in it.

    Raises: DataError where it is not empty or would be too large, StorageError, MissingFile, OSError.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(f"{folder} is not empty: name a new folder, or empty it.")
    beside = folder.absolute().with_name(f".{folder.name}-{secrets.token_hex(4)}")
    try:
        _copy_code(beside)
        _copy_networks(beside, {name for run in runs.values() for name in run.networks}, pack)
        slim_pack(pack, beside / PACK, {part for run in runs.values() for part in run.reads})
        _describe(beside, runs, minutes)
        sizes = _check_size(beside)
        if folder.exists():
            folder.rmdir()
        beside.rename(folder)
    except OSError as error:
        raise StorageError(
            f"{folder} can't be packed: {error.strerror or error}; mend that and run it again."
        ) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return sizes


def _copy_code(beside: Path) -> None:
    for path in sorted((ROOT / "hub").rglob("*")):
        inside = path.relative_to(ROOT)
        weights = path.is_relative_to(WEIGHTS) and path.parent != WEIGHTS
        if path.is_file() and path.suffix in CODE and not weights:
            (beside / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, beside / inside)


def _copy_networks(beside: Path, names: Iterable[str], pack: Path) -> None:
    """Copy encoders of this repository as they are, and networks of packages in half precision.

    Of MiniLM what a pack's texts need of its vocabulary goes along, or all of it and its tokenizer.
    """
    place, digests, wanted = beside / "hub" / FROZEN.name, dict[str, str](), set(names)
    for name in sorted(wanted - {MINILM} if WHOLE in wanted else wanted):
        if name not in {*PACKAGED, WHOLE}:
            shutil.copytree(WEIGHTS / name, beside / "hub" / WEIGHTS.name / name)
            continue
        place.mkdir(exist_ok=True)
        kept = MINILM if name == WHOLE else name
        torch.save(_read_halves(name, pack), place / f"{kept}.pth")
        digests[kept] = file_sha256(place / f"{kept}.pth")
        if name == WHOLE:
            for path in packaged(MINILM).parent.iterdir():
                if path.suffix in SIDE:
                    shutil.copyfile(path, place / path.name)
    if digests:
        (place / DIGESTS).write_text(json.dumps(digests, indent=1), encoding="utf-8")


def _read_halves(name: str, pack: Path) -> dict[str, Any]:
    if name == WHOLE:
        return {key: _halve(value) for key, value in minilm_state().items()}
    if name == MINILM:
        with safe_open(pack, "pt") as file:
            if "tokens" not in file.keys():  # noqa: SIM118 - not a mapping
                raise DataError(f"{pack} has no tokens, which these runs need: build it again.")
            return prune_minilm(minilm_state(), file.get_tensor("tokens"))
    state = drop_classifier(torch.load(packaged(name), map_location="cpu", weights_only=True))
    return {key: _halve(value) for key, value in state.items()}


def _halve(value: Any) -> Any:
    return value.half() if torch.is_tensor(value) and value.is_floating_point() else value


def _describe(beside: Path, runs: dict[str, TrainingRun], minutes: float) -> None:
    """Write the one command, the wheels, and what the folder is, by which its results are known again."""
    command = f"python -m hub.methods.train_all --minutes {minutes:g} --only {','.join(runs)}"
    script = f'cd "$(dirname "$0")" && exec {command} --pack {PACK} --out {RESULTS} "$@"\n'
    (beside / COMMAND).write_text(script, encoding="utf-8")
    modules = ["hub.methods.train_all.__main__", *sorted({find_command(run.module) for run in runs.values()})]
    (beside / WHEELS).write_text("\n".join([ABOUT_WHEELS.rstrip(), *list_wheels(modules), ""]), encoding="utf-8")
    told = {"version": VERSION, "commit": describe_commit(), "runs": list(runs), "minutes": minutes}
    (beside / REMOTE).write_text(json.dumps(told, indent=1), encoding="utf-8")


def find_command(module: str) -> str:
    """Return the module that ``python -m`` runs for a name: the ``__main__`` of a package, or the module itself."""
    found = find_spec(module)
    return f"{module}.__main__" if found and found.submodule_search_locations else module


def _check_size(beside: Path) -> dict[str, int]:
    """Return the bytes of each network, of the pack and of the rest of a folder, most first.

    Raises: DataError where they are too many.
    """
    sizes = Counter[str]()
    for path in beside.rglob("*"):
        if path.is_file():
            sizes[_name_share(path.relative_to(beside))] += path.stat().st_size
    found = dict(sizes.most_common())
    if (total := sum(found.values())) > LIMIT:
        told = ", ".join(f"{name} {size / 2**20:.1f}" for name, size in found.items())
        raise DataError(
            f"The folder would have {total / 2**20:.1f} MiB, more than {LIMIT / 2**20:.0f} ({told}): pack fewer runs "
            "with --only, or build a smaller pack."
        )
    return found


def _name_share(inside: Path) -> str:
    """Return what a file of a folder is counted with: a network by its name, the pack, or the code."""
    if inside.name == PACK:
        return PACK
    parts = inside.parts
    if parts[:2] == ("hub", WEIGHTS.name) and len(parts) > 3:
        return parts[2]
    if parts[:2] == ("hub", FROZEN.name) and inside.name != DIGESTS:
        return inside.stem if inside.suffix == ".pth" else MINILM
    return "code"
