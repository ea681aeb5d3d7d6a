"""The network: diffusers' UNet on pictures whose 2x2 blocks of pixels are channels, told one vector.

Our instantiation: ``pixel_unshuffle`` in place of an autoencoder, the condition added to the time's embedding
(diffusers' ``simple_projection``), zeros for no condition, v-prediction (arXiv 2202.00512) under a cosine schedule
(arXiv 2102.09672).
"""

import json
import math
from pathlib import Path
from typing import Any

import torch
from diffusers import ClassifierFreeGuidance, DPMSolverMultistepScheduler, UNet2DConditionModel
from safetensors import SafetensorError, safe_open
from torch import Tensor
from torch.nn import functional as F

from hub.errors import DataError, MissingFile
from hub.methods.diffusion.config import DiffusionConfig


def build_unet(config: DiffusionConfig) -> UNet2DConditionModel:
    """Return an untrained UNet."""
    down = tuple("AttnDownBlock2D" if attends else "DownBlock2D" for attends in config.attention)
    up = tuple("AttnUpBlock2D" if attends else "UpBlock2D" for attends in reversed(config.attention))
    return UNet2DConditionModel(
        sample_size=config.size // config.fold,
        in_channels=3 * config.fold**2,
        out_channels=3 * config.fold**2,
        block_out_channels=config.widths,
        down_block_types=down,
        up_block_types=up,
        mid_block_type="UNetMidBlock2D",
        layers_per_block=config.layers,
        attention_head_dim=config.head_dim,
        norm_num_groups=config.groups,
        class_embed_type="simple_projection",
        projection_class_embeddings_input_dim=config.condition,
        cross_attention_dim=config.head_dim,  # of no block here; diffusers asks for a number
        resnet_time_scale_shift="scale_shift",
    )


def build_scheduler() -> DPMSolverMultistepScheduler:
    """Return DPM-Solver++ (2M) on the cosine schedule with v-prediction."""
    return DPMSolverMultistepScheduler(beta_schedule="squaredcos_cap_v2", prediction_type="v_prediction")


def scale_text(t: Tensor) -> Tensor:
    """Return unit sentence embeddings (N, D) as conditions, whose entries are of order 1."""
    scaled: Tensor = t * t.shape[1] ** 0.5
    return scaled


def fold_of(unet: UNet2DConditionModel) -> int:
    """Return how many pixels a side become channels."""
    return math.isqrt(unet.config.in_channels // 3)


def predict(unet: UNet2DConditionModel, x: Tensor, times: Tensor, condition: Tensor) -> Tensor:
    """Return the predicted v of folded noisy pictures x (N, 12, h, w) at times (N,) or () under conditions (N, D)."""
    v: Tensor = unet(x, times, encoder_hidden_states=None, class_labels=condition).sample
    return v


def predict_guided(
    unet: UNet2DConditionModel, x: Tensor, time: Tensor, condition: Tensor, guider: ClassifierFreeGuidance | None
) -> Tensor:
    """Return v of x (N, 12, h, w), guided where the guider is on at this step: both passes are one batch then."""
    if guider is None or guider.num_conditions == 1:
        return predict(unet, x, time, condition)
    both = predict(unet, torch.cat([x, x]), time, torch.cat([condition, torch.zeros_like(condition)]))
    with_it, without = both.chunk(2)
    guided: Tensor = guider.forward(with_it, without).pred
    return guided


def read_unet(path: Path) -> tuple[UNet2DConditionModel, dict[str, Any]]:
    """Return the UNet of one safetensors file and its training's facts; its own config is in the metadata.

    Raises: MissingFile for a file that is missing or damaged, DataError for one of another making or shape.
    """
    try:
        with safe_open(path, "pt") as file:
            told = {key: json.loads(text) for key, text in (file.metadata() or {}).items() if key != "format"}
            state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a mapping
        unet = UNet2DConditionModel.from_config(told["config"])
        unet.load_state_dict(state)  # half precision becomes the model's single precision
    except FileNotFoundError as error:
        raise MissingFile(f"There is no checkpoint {path}.") from error
    except (SafetensorError, OSError) as error:
        raise MissingFile(f"The checkpoint {path} is damaged ({error}); copy it again.") from error
    except (KeyError, ValueError, TypeError, RuntimeError) as error:
        said = " ".join(str(error).split())[:200]
        raise DataError(f"The checkpoint {path} does not hold the UNet that its metadata tells of ({said}).") from error
    return unet.eval().requires_grad_(False), dict(told.get("training", {}))


def fold(x: Tensor, unet: UNet2DConditionModel) -> Tensor:
    """Return pictures (N, 3, H, W) with each block's pixels as channels: (N, 12, H/2, W/2)."""
    return F.pixel_unshuffle(x, fold_of(unet))


def unfold(x: Tensor, unet: UNet2DConditionModel) -> Tensor:
    """Return the pictures of :func:`fold`'s form, (N, 3, H, W)."""
    return F.pixel_shuffle(x, fold_of(unet))


def draw_noise(shape: tuple[int, ...], generator: torch.Generator | list[torch.Generator] | None) -> Tensor:
    """Return standard normal noise on the CPU; with a list, row i comes from generator i alone, whatever the batch."""
    if isinstance(generator, list):
        return torch.cat([torch.randn((1, *shape[1:]), generator=one) for one in generator])
    return torch.randn(shape, generator=generator)
