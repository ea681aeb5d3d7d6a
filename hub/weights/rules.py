"""What a checkpoint and its card must be, to lie among this repository's weights."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from safetensors import safe_open

from hub.weights.trained_checkpoint import find_trained

LIMITS = {"one-step": 5_000_000, "caption-diffusion": 12_000_000, "unclip": 17_000_000}  # bytes of all, by kind
FACTS = ("images_seen", "seed", "minutes", "command", "split")  # of a training, told in the checkpoint's metadata
LINK = "[the weights' README](../README.md)"


def training_of(folder: Path) -> dict[str, Any]:
    """Return the facts of the training of a folder's checkpoint; none where no checkpoint tells any.

    Raises: MissingFile for a damaged checkpoint.
    """
    found = find_trained(folder)
    return found.training if found else {}


def card_lines(training: dict[str, Any], parameters: int) -> list[str]:
    """Return what a card must say of a training, word for word."""
    return [
        f"| parameters | {parameters:,} |",
        f"| images seen | {training['images_seen']:,}",
        f"| seed | {training['seed']} |",
        f"| minutes | {training['minutes']:g}",
        f"`{training['command']}`",
        training["split"],
        LINK,
    ]


def faults(folder: Path, kind: str, licence: str, parameters: int) -> list[str]:
    """Return a sentence for each thing that is not as it must be: none for a folder that may stay."""
    return [*checkpoint_faults(folder, kind), *card_faults(folder, licence, parameters)]


def checkpoint_faults(folder: Path, kind: str) -> Iterator[str]:
    """Yield a sentence for each checkpoint that is not in half precision, and for more bytes than the kind may have."""
    files = sorted(folder.rglob("*.safetensors"))
    for path in files:
        with safe_open(path, "numpy") as file:
            kinds = {file.get_slice(key).get_dtype() for key in file.keys()}  # noqa: SIM118 - not a mapping
        if not kinds <= {"F16", "I64"}:
            yield f"{path} is not in half precision: it holds {', '.join(sorted(kinds))}."
    if (size := sum(path.stat().st_size for path in files)) > LIMITS[kind]:
        yield f"{folder} holds {size / 1e6:.1f} MB of checkpoints: a {kind} model may have {LIMITS[kind] / 1e6:g} MB."


def card_faults(folder: Path, licence: str, parameters: int) -> Iterator[str]:
    """Yield a sentence of all that a card does not say of its checkpoint, or that its checkpoint does not say."""
    path, training = folder / "README.md", training_of(folder)
    if not path.is_file():
        yield f"{folder} has no card: write a README.md that says what the model is and how it was made."
        return
    if untold := [name for name in FACTS if name not in training]:
        yield (
            f"The checkpoint of {folder} does not say {', '.join(untold)} of its training: write it by save_weights of "
            "hub/methods/training.py, with these facts."
        )
        return
    card, due = path.read_text(encoding="utf-8"), card_lines(training, parameters)
    if lacking := [repr(line.strip()) for line in (*due, f"license: {licence.lower()}\n") if line not in card]:
        yield f"{path} does not say {', '.join(lacking)}, as its checkpoint does: correct the card."
