"""``python -m hub.methods.contrastive ARM``: train a GAN, with or without the distribution-sensitive losses."""

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.command import add_flags, make_command
from hub.methods.contrastive.config import ARMS, ContrastiveConfig
from hub.methods.contrastive.train import train
from hub.progress import console

WEIGHTS_OF_ARMS = ("damsm_weight", "fake_to_fake", "fake_to_real")  # which have no default of all arms
ABOUT = "Weight, where not the arm's own, of the"


class ContrastiveArm(StrEnum):
    """The arms by name."""

    ssagan = "ssagan"
    ssagan_contrastive = "ssagan-contrastive"
    attngan_contrastive = "attngan-contrastive"


@add_flags(ContrastiveConfig, leave=WEIGHTS_OF_ARMS)
def main(
    arm: Annotated[ContrastiveArm, typer.Argument(help="The arm to train.")],
    pack: Annotated[Path, typer.Option(help="The file written by hub.methods.data build --pack.")],
    out: Annotated[Path | None, typer.Option(help="Folder to write to (default runs/ARM).")] = None,
    damsm_weight: Annotated[float | None, typer.Option(help=f"{ABOUT} matching of words and sentences.")] = None,
    fake_to_fake: Annotated[float | None, typer.Option(help=f"{ABOUT} contrast of an image's two captions.")] = None,
    fake_to_real: Annotated[float | None, typer.Option(help=f"{ABOUT} contrast with real images.")] = None,
    **flags: Any,
) -> None:
    """Train a generator; run again with the same --out to go on after a stop."""
    weights = dict(zip(WEIGHTS_OF_ARMS, (damsm_weight, fake_to_fake, fake_to_real), strict=True))
    given = {name: value for name, value in weights.items() if value is not None}
    config = replace(ARMS[arm], **{**flags, **given, "styles": tuple(flags["styles"])})
    console.print(f"Wrote {train(config, pack, out or Path('runs') / arm)}", markup=False, soft_wrap=True)


if __name__ == "__main__":
    make_command(main, "python -m hub.methods.contrastive ssagan-contrastive --pack emoji.safetensors")()
