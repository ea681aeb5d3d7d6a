"""``python -m hub.methods.scad.large ARM``: the same arms at 256 px, on CLIP and a captioned web data set.

Experts and guide are CLIP ViT-B/32 (text-conditional expert, guide, text encoder: as in GALIP, arXiv 2301.12959) and
EfficientNet-Lite0, in ``scad-dd`` Lite1 too (unconditional experts). Sizes are our instantiation. In one process, or in
several by torchrun: each has a batch of its own and gradients are averaged.
"""

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import torch
import torch.distributed as dist
import typer
from torch import nn

from hub import devices
from hub.command import add_flags, make_command
from hub.methods.scad.__main__ import Arm
from hub.methods.scad.clip import Clip, ClipFeatures
from hub.methods.scad.config import ARMS, Expert, GanConfig, GeneratorConfig
from hub.methods.scad.features import frozen
from hub.methods.scad.step import Step
from hub.methods.scad.train import command as said
from hub.methods.scad.train import loop
from hub.methods.scad.web import Web, WebBatches
from hub.progress import console

CLIP = "ViT-B-32/openai"
CAPTIONS = (
    "a photo of a cat on a sofa",
    "a red car parked in front of a house",
    "a bowl of fruit on a wooden table",
    "a mountain lake at sunrise",
    "a man riding a bicycle in the rain",
    "an oil painting of a sailing ship",
    "a plate of pasta with basil",
    "a city street at night",
)
D_T = Expert("clip", 224, text=True)
D_Q = Expert("efficientnet-lite0", 224, text=False)
D_Q2 = Expert("efficientnet-lite1", 240, text=False)
EXPERTS = {"galip": (D_T,), "scad": (D_Q, D_T), "scad-mi": (D_Q, D_T), "scad-dd": (D_Q, D_Q2, D_T)}
SIZES = GeneratorConfig(text=512, cond=512, widths=(512, 512, 512, 256, 128, 64), size=256)
LARGE = {
    name: replace(arm, experts=EXPERTS[name], guide=CLIP, generator=SIZES, blur=16.0, blur_images=500_000)
    for name, arm in ARMS.items()
}


def train(config: GanConfig, web: Web, out: Path) -> Path:
    """Train one arm on a stream of captioned pictures; writes and resumes as the embedded arms do.

    After a stop the stream begins anew, in another order.

    Raises: DataError, MissingFile.
    """
    device = start()
    rank, world = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
    torch.manual_seed(config.seed)
    clip = Clip(config.guide, device)
    config = replace(config, generator=replace(config.generator, text=clip.dimensions))

    def network(expert: Expert) -> nn.Module:
        return ClipFeatures(clip) if expert.features == "clip" else frozen(expert)

    step = Step(config, device, network, clip)
    seed = config.seed + (out / "resume.pt").stat().st_mtime_ns if (out / "resume.pt").exists() else config.seed
    batches = WebBatches(web, config.generator.size, config.batch, clip.texts, device, seed % 2**31, rank, world)
    columns = f"--data {web.source} --image {web.image} --caption {web.caption}"
    facts = {
        "command": said(config, "python -m hub.methods.scad.large", columns),
        "losses": [config.guide, *(expert.features for expert in config.experts)],
        "data": web.source,
        "processes": world,
    }
    return loop(config, step, batches, clip.texts(list(CAPTIONS)), out, facts)


def start() -> torch.device:
    """Return the device of this process; under torchrun the processes join first."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return devices.pick_device()
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    if not dist.is_initialized():
        dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    return devices.pick_device(f"cuda:{os.environ['LOCAL_RANK']}" if torch.cuda.is_available() else "cpu")


@add_flags(GanConfig, leave=("styles", "fake_to_fake", "fake_to_real"))  # a web picture has one caption
def main(
    arm: Annotated[Arm, typer.Argument(help="The arm to train.")],
    data: Annotated[str, typer.Option(help="Folder of Parquet or tar shards, or a data set's name on the Hub.")],
    image: Annotated[str, typer.Option(help="Column of pictures.")] = Web.image,
    caption: Annotated[str, typer.Option(help="Column of captions.")] = Web.caption,
    buffer: Annotated[int, typer.Option(help="Rows among which each is drawn at random.", min=1)] = Web.buffer,
    workers: Annotated[int, typer.Option(help="Processes that decode pictures.", min=0)] = Web.workers,
    clip: Annotated[str, typer.Option(help="open_clip model and weights, or local-dir:FOLDER.")] = CLIP,
    out: Annotated[Path | None, typer.Option(help="Folder to write to (default runs/large-ARM).")] = None,
    **flags: Any,
) -> None:
    """Train a 256 px generator on a captioned web data set; several GPUs by torchrun --nproc-per-node N -m."""
    config = replace(LARGE[arm], guide=clip, **flags)
    path = train(config, Web(data, image, caption, buffer, workers), out or Path("runs") / f"large-{arm}")
    console.print(f"Wrote {path}", markup=False, soft_wrap=True)


if __name__ == "__main__":
    example = "torchrun --nproc-per-node 8 -m hub.methods.scad.large scad-mi --data pixparse/cc12m-wds --batch 64"
    make_command(main, example)()
