"""``python -m hub.methods.diffusion.adopt FILE``: make a run of a UNet that was trained elsewhere, as one file.

Such a file is safetensors with ``config`` (diffusers') and ``training`` (the facts) in its metadata. The run holds the
pipeline, from which ``python -m hub.weights install`` makes an entry.
"""

from pathlib import Path
from typing import Annotated, Any

import typer

from hub.command import make_command
from hub.errors import DataError
from hub.methods.diffusion.model import build_scheduler, read_unet
from hub.methods.diffusion.pixel_pipeline import PixelPipeline
from hub.methods.training import save_weights
from hub.pixel_pipeline_folder import UNET
from hub.progress import console

NEEDED = ("device", "minutes", "images_seen", "seed", "split")


def complete_facts(path: Path, training: dict[str, Any], module: str = "hub.methods.diffusion") -> dict[str, Any]:
    """Return a training's facts with those that this project's own have; ``module`` is what would train the same.

    Raises: DataError where some can't be told.
    """
    if lacking := [name for name in NEEDED if name not in training]:
        raise DataError(f"The checkpoint {path} does not say its training's {', '.join(lacking)}.")
    styles = training.get("styles", [])
    command = f"python -m {module} --pack emoji.safetensors --images {training['images_seen']}"
    styles = styles if isinstance(styles, list) else []
    ours = {"styles": styles, "losses": [], "command": training.get("command", command)}
    return {**training, **ours}  # in words, as in "all four", styles are none left out


def adopt(path: Path, out: Path) -> Path:
    """Write the pipeline of a UNet's file to ``out/pipeline`` in half precision. Raises MissingFile and DataError."""
    unet, training = read_unet(path)
    facts = complete_facts(path, training)
    PixelPipeline(unet, build_scheduler()).save_pretrained(out / "pipeline")
    save_weights(out / "pipeline" / UNET, unet.state_dict(), dict(unet.config), facts)
    return out / "pipeline"


def main(
    file: Annotated[Path, typer.Argument(help="The UNet, as one safetensors file.")],
    out: Annotated[Path, typer.Option(help="Folder of the run.")] = Path("runs/diffusion"),
) -> None:
    """Make a run of a UNet that was trained elsewhere."""
    console.print(f"Wrote {adopt(file, out)}", markup=False, soft_wrap=True)


if __name__ == "__main__":
    make_command(main, "python -m hub.methods.diffusion.adopt unet.safetensors --out runs/diffusion")()
