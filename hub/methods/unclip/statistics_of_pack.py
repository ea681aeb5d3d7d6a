"""Embeddings of the pack's pictures and captions, and their statistics, which training and sampling share."""

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from hub.encoders import LossEncoder
from hub.errors import DataError
from hub.files import replacing
from hub.methods.data.pack import Pack
from hub.methods.unclip.config import IMAGE, TEXT
from hub.methods.unclip.model import Statistics
from hub.pixel_pipeline_folder import STATISTICS

BESIDE = "stats.safetensors"  # a decoder's image statistics, beside it: ``mean`` and ``std``
BATCH = 256


@torch.no_grad()
def embed_pictures(guide: LossEncoder, pictures: Tensor) -> Tensor:
    """Return the guide's image embeddings (N, 256), before normalisation, of pictures (N, 3, 64, 64) uint8."""
    return torch.cat([guide.model.encode_image(part.float() / 127.5 - 1) for part in pictures.split(BATCH)])


@torch.no_grad()
def embed_by_head(guide: LossEncoder, sentences: Tensor) -> Tensor:
    """Return the guide's own text embeddings (N, 256), before normalisation, of MiniLM's (N, 384)."""
    embedded: Tensor = guide.model.text.proj(sentences)
    return embedded


def measure_statistics(pack: Pack, pictures: Tensor, guide: LossEncoder) -> Statistics:
    """Return the statistics of a pack's captions, all wordings, and of its pictures' embeddings (N, 256)."""
    found: Statistics = Statistics(TEXT, pictures.shape[1])
    found.measure("text", pack.texts)
    found.measure("image", pictures)
    found.measure("head", embed_by_head(guide, pack.texts))
    return found


def write_beside(decoder: Path, statistics: Statistics) -> None:
    """Write a decoder's image statistics beside its file."""
    with replacing(decoder.parent / BESIDE) as part:
        mean, std = statistics.restore("image", torch.zeros(1, IMAGE))[0], statistics.image_std
        save_file({"mean": mean.contiguous(), "std": std.detach().clone()}, part)


def take_beside(decoder: Path, statistics: Statistics) -> None:
    """Take over the image statistics that a decoder was trained by: those beside its file, or those of its pipeline.

    Where there are none, those that were measured stay. Raises: DataError for a file that does not hold them.
    """
    for path, part in ((decoder.parent / BESIDE, ""), (decoder.parents[1] / STATISTICS, "image_")):
        if path.exists():
            try:
                told = load_file(path)
                statistics.take("image", told[f"{part}mean"], told[f"{part}std"])
            except (SafetensorError, KeyError, RuntimeError) as error:
                said = " ".join(str(error).split())[:200]
                raise DataError(f"{path} does not hold a decoder's mean and std ({said}): copy it again.") from error
            return
