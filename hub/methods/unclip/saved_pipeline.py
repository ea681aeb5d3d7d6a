"""A whole pipeline written: decoder, translator and statistics, each in half precision with what made it."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diffusers import PriorTransformer, UNet2DConditionModel
from safetensors import safe_open

from hub.files import WEIGHTS
from hub.methods.diffusion.adopt import complete_facts
from hub.methods.diffusion.model import build_scheduler, read_unet
from hub.methods.training import save_weights
from hub.methods.unclip.model import Statistics, Translator
from hub.methods.unclip.unclip_pipeline import UnclipPipeline
from hub.pixel_pipeline_folder import DECODER, STATISTICS, TRANSLATOR

INSTALLED = WEIGHTS / "unclip"


@dataclass(frozen=True)
class TrainedPart:
    """A part of the pipeline and the facts of its training."""

    network: UNet2DConditionModel | Translator | PriorTransformer | Statistics
    facts: dict[str, Any]


def read_decoder(path: Path) -> TrainedPart:
    """Return a decoder of one file, with its facts. Raises MissingFile, DataError."""
    unet, facts = read_unet(path)
    return TrainedPart(unet, complete_facts(path, facts, "hub.methods.unclip.train_decoder"))


def read_facts(path: Path) -> dict[str, Any]:
    """Return the facts of the training of a checkpoint that was written here."""
    with safe_open(path, "numpy") as file:
        return dict(json.loads((file.metadata() or {}).get("training", "{}")))


def write_pipeline(out: Path, decoder: TrainedPart, translator: TrainedPart, statistics: Statistics) -> Path:
    """Write the pipeline to ``out/pipeline``, in the place of one that is there, and return that folder."""
    folder = out / "pipeline"
    shutil.rmtree(folder, ignore_errors=True)
    UnclipPipeline(decoder.network, translator.network, statistics, build_scheduler()).save_pretrained(folder)
    parts = (DECODER, decoder), (TRANSLATOR, translator), (STATISTICS, TrainedPart(statistics, {}))
    for file, part in parts:
        save_weights(folder / file, part.network.state_dict(), dict(part.network.config), part.facts)
    return folder
