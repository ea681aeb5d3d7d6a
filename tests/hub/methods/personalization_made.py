"""Small bases and subjects for personalisation."""

from pathlib import Path

import numpy as np
from PIL import Image

from hub.methods.personalization.config import PersonalConfig
from hub.methods.training import save_weights
from hub.pixel_pipeline_folder import UNET
from tests.hub.methods.diffusion_made import made_pipeline

TOKEN, CLASS = "zebi-1", "toy"


def write_base(folder: Path, styles: tuple[str, ...] = ()) -> Path:
    """Write a small pixel diffusion as its training leaves it."""
    pipeline = made_pipeline()
    pipeline.save_pretrained(folder)
    facts = {"styles": list(styles), "device": "a CPU", "minutes": 1.0}
    save_weights(folder / UNET, pipeline.unet.state_dict(), dict(pipeline.unet.config), facts)
    return folder


def write_pictures(folder: Path, count: int = 3) -> Path:
    """Write pictures of a disc on grounds of another colour each."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    for number in range(count):
        pixels = np.full((80, 64, 3), rng.integers(0, 255, 3), np.uint8)
        pixels[30:50, 20:40] = rng.integers(0, 255, 3)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return folder


def tiny(base: Path, **fields: object) -> PersonalConfig:
    """Return a config of two steps."""
    told: dict[str, object] = {"steps": 2, "batch": 2, "class_pictures": 3, "rank": 2, "strength": 0.0}
    told |= {"word_first": 0.0, **fields}
    return PersonalConfig(subject=TOKEN, class_word=CLASS, base=str(base), **told)  # type: ignore[arg-type]
