"""What is known before an adaptation begins: its source, what its words mean, and whether they can be meant."""

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from hub.encoders import TextEncoder, load_for_loss, text_encoder
from hub.files import WEIGHTS
from hub.methods.ipl.adaptable import Folders
from hub.methods.ipl.config import IplConfig
from hub.methods.ipl.domain_words import AskedSource, ask_source, check_told_apart
from hub.methods.ipl.latent_draws import read_labels
from hub.methods.ipl.latent_source import LatentSource, open_source
from hub.methods.ipl.look_words import check_words
from hub.methods.ipl.prompt_encoder import PromptEncoder


@dataclass(frozen=True)
class PreparedLook:
    """An adaptation that can begin; ``direction`` (D,) is that of its words, ``labels`` what captions are made of."""

    config: IplConfig
    source: LatentSource
    prompts: PromptEncoder
    direction: Tensor
    labels: list[str]
    asked: AskedSource


def prepare(
    config: IplConfig, pack: Path | None = None, folders: Folders = (WEIGHTS,), device: torch.device | str = "cpu"
) -> PreparedLook:
    """Return an adaptation with its words and its source checked, all on a device.

    Raises: HubError for words or a source that can't be used.
    """
    words = check_words(config.source_words, config.target_words)
    config = replace(config, source_words=words[0], target_words=words[1])
    source = open_source(config.source, folders)
    source.model.to(device)
    encoder = load_for_loss(config.encoder)
    encoder.model.to(device)
    text = text_encoder() if str(device) == "cpu" else TextEncoder(str(device))  # prompts are learned through it
    prompts = PromptEncoder(encoder, text)
    direction, labels = check_told_apart(config, prompts), read_labels(pack)
    asked = ask_source(config, source.model, labels, prompts, direction)
    return PreparedLook(config, source, prompts, direction, labels, asked)
