"""``python -m hub.methods.unclip.train_decoder``: train the decoder, a pixel diffusion told a picture's embedding."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from torch import Tensor

from hub import devices
from hub.command import add_flags, list_flags, make_command
from hub.encoders import load_for_loss
from hub.methods.data.pack import read_pack
from hub.methods.diffusion.config import TrainConfig
from hub.methods.diffusion.step import DiffusionStep
from hub.methods.diffusion.train import loop
from hub.methods.unclip.adopt_decoder import adopt_decoder
from hub.methods.unclip.config import told_pictures
from hub.methods.unclip.saved_pipeline import INSTALLED
from hub.methods.unclip.statistics_of_pack import embed_pictures, measure_statistics, write_beside
from hub.pixel_pipeline_folder import UNET
from hub.progress import console


def picture_conditions(embedded: Tensor, device: torch.device) -> Callable[[Tensor, torch.Generator], Tensor]:
    """Return what gives each row's standardised embedding, of (N, 256), as its condition."""
    conditions = embedded.to(device)
    return lambda rows, rng: conditions[rows]


def train_decoder(config: TrainConfig, pack_path: Path, out: Path, pipeline: Path = INSTALLED) -> Path:
    """Train a decoder on pictures and join it with the translator of a pipeline, in ``out/pipeline``.

    It is in ``out/decoder`` too, with its statistics, and there alone where no such pipeline is there.

    Raises: DataError, MissingFile, Stopped.
    """
    torch.manual_seed(config.seed)
    config, device, guide = told_pictures(config), devices.pick_device(), load_for_loss("guide")
    pack, held = (read_pack(pack_path, split, config.styles) for split in ("train", "validation"))
    pictures = embed_pictures(guide, pack.images)
    statistics = measure_statistics(pack, pictures, guide)
    conditions, real = (statistics.standardise("image", x) for x in (pictures, embed_pictures(guide, held.images)))
    step = DiffusionStep(config, pack.images, picture_conditions(conditions, device), device)
    flags = " ".join(list_flags(config, TrainConfig()))
    command = f"python -m hub.methods.unclip.train_decoder --pack emoji.safetensors {flags}".rstrip()
    unet = loop(config, step, held.images, real, out, {"command": command}) / UNET
    if unet.exists():  # not where a run that was done is run again
        write_beside(unet, statistics)
        shutil.copytree(unet.parent, out / "decoder", dirs_exist_ok=True)
        shutil.rmtree(out / "pipeline")  # of the decoder alone, which captions can't be drawn with
    return adopt_decoder(out / "decoder" / unet.name, out, pipeline) if pipeline.is_dir() else out / "decoder"


@add_flags(TrainConfig)
def main(
    pack: Annotated[Path, typer.Option(help="The file written by hub.methods.data build --pack.")],
    out: Annotated[Path, typer.Option(help="Folder for the pipeline, log, grid and resume point.")] = Path(
        "runs/unclip"
    ),
    **flags: Any,
) -> None:
    """Train the decoder; run again with the same --out to go on after a stop."""
    config = TrainConfig(**{**flags, "styles": tuple(flags["styles"])})
    console.print(f"Wrote {train_decoder(config, pack, out)}", markup=False, soft_wrap=True)


if __name__ == "__main__":
    make_command(main, "python -m hub.methods.unclip.train_decoder --pack emoji.safetensors --minutes 7")()
