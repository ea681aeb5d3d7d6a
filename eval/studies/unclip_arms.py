"""``unclip`` drawn in ways that its study compares: by another embedding, guide, SDEdit, sampler or number of steps."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from eval.metrics import Features, Measured
from eval.statistics import mean_interval
from eval.study.declaration import StudyRun
from hub.errors import DataError
from hub.files import WEIGHTS
from hub.generators import Draw, NamedPictures, OnProgress, Placement, Sampling
from hub.generators.entries.unclip import Unclip
from hub.schema import Request

DISTANCE, SECONDS = "distance to the guide", "CPU seconds an image"
CaptionPictures = Mapping[str, Image.Image]  # caption -> picture
LOADED: dict[str, Any] = {}  # the pipeline of the last arm


class EmbeddingSource(StrEnum):
    """Where the decoder's embedding is from."""

    translated = "full"  # the caption's, translated
    picture = "decoder only"  # the caption's real picture's
    caption = "no translator"  # the caption's own, by the guide's text head, standardised by captions' statistics


@dataclass
class UnclipArm:
    """``unclip`` drawn in one way; ``distances`` and ``seconds`` are of each picture, once it was drawn.

    ``pictures`` are the real ones of captions, ``guides`` those that pull or that SDEdit begins with, all by caption.
    ``guidance`` is the paper's w, ``strength`` SDEdit's share of the steps.
    """

    source: EmbeddingSource = EmbeddingSource.translated
    pictures: CaptionPictures = field(default_factory=dict, repr=False)
    guides: CaptionPictures = field(default_factory=dict, repr=False)
    guidance: float = 0.0
    strength: float = 1.0
    sampling: Sampling = Unclip.sampling
    weights: tuple[Path, ...] = Unclip.weights
    distances: list[float] = field(default_factory=list, repr=False)
    seconds: list[float] = field(default_factory=list, repr=False)

    @property
    def name(self) -> str:
        """What tells it from other arms of the same weights and sampling."""
        return f"unclip: {self.source}, guidance {self.guidance:g}, strength {self.strength:g}, {len(self.guides)}"

    def load(self, place: Placement) -> Draw:
        """Read the pipeline."""
        key = repr((WEIGHTS, place, self.sampling))
        if key not in LOADED:
            LOADED.clear()  # arms that are drawn alike follow one another
            LOADED[key] = load_drawing(place, self.sampling)
        return ArmDraw(self, LOADED[key], load_preparation())


def load_drawing(place: Placement, sampling: Sampling) -> Any:
    """Return what draws with the installed pipeline."""
    from hub.generators.load_unclip import load_unclip

    return load_unclip(WEIGHTS / "unclip", place.device, sampling)


def load_preparation() -> Callable[[Sequence[Image.Image]], Any]:
    """Return what makes pictures the network's input (N, 3, 64, 64)."""
    import torch

    from hub.generators.load_unclip import prepare_picture

    return lambda pictures: torch.cat([prepare_picture(one) for one in pictures])


class ArmDraw:
    """What draws an arm's pictures, many at once."""

    def __init__(self, arm: UnclipArm, drawing: Any, stack: Callable[[Sequence[Image.Image]], Any]) -> None:
        self.arm, self.drawing, self.stack = arm, drawing, stack

    def __call__(self, request: Request, pictures: NamedPictures, on_progress: OnProgress) -> Image.Image:
        """Return one picture."""
        return next(iter(self.draw_many([request])))

    def draw_many(self, requests: Sequence[Request]) -> Iterator[Image.Image]:
        """Yield the picture of each request, and note what is measured of it."""
        for start in range(0, len(requests), 25):
            batch = requests[start : start + 25]
            began = time.process_time()
            drawn = self.drawing.draw_embeddings(self.embed(batch), [one.seed for one in batch], **self.guide(batch))
            made = list(drawn)
            self.arm.seconds += [(time.process_time() - began) / len(batch)] * len(batch)
            for request, image in zip(batch, made, strict=True):
                if self.arm.guides:
                    self.arm.distances.append(measure_distance(image, self.arm.guides[request.prompt]))
                yield image

    def embed(self, batch: Sequence[Request]) -> Any:
        """Return the embeddings (N, 256) of requests."""
        match self.arm.source:
            case EmbeddingSource.translated:
                return self.drawing.embed(batch)
            case EmbeddingSource.picture:
                return self.drawing.embed_pictures([self.arm.pictures[one.prompt] for one in batch])
            case EmbeddingSource.caption:
                head = self.drawing.look.model.text.proj(self.drawing.encode([one.prompt for one in batch]))
                return self.drawing.pipeline.statistics.standardise("head", head).detach()

    def guide(self, batch: Sequence[Request]) -> dict[str, Any]:
        """Return the guide pictures of requests as what pulls at them, or as what SDEdit begins with."""
        if not self.arm.guides:
            return {}
        x = self.stack([self.arm.guides[one.prompt] for one in batch])
        if self.arm.strength < 1:
            return {"image": x, "strength": self.arm.strength}
        return {"tell": self.drawing.pipeline.guide(x, [self.arm.guidance])}


def measure_distance(image: Image.Image, guide: Image.Image) -> float:
    """Return the root mean square difference of two pictures' pixels, in levels of 255."""
    one, other = (np.asarray(each.convert("RGB"), np.float64) for each in (image, guide))
    return float(np.sqrt(np.square(one - other).mean()))


def tell_distance(drawn: Features, run: StudyRun) -> Measured:
    """Return the mean distance to the guide over prompts. Raises DataError where a run was drawn by another process."""
    assert isinstance(run.generator, UnclipArm)
    found = np.array(_check_noted(run.generator.distances, drawn, run))
    values = np.array([found[drawn.prompts == prompt].mean() for prompt in np.unique(drawn.prompts)])
    return Measured(DISTANCE, *mean_interval(values, 0, 255), len(values), drawn.encoder)


def tell_seconds(drawn: Features, run: StudyRun) -> Measured:
    """Return the CPU seconds an image of a run. Raises DataError where it was drawn by another process."""
    assert isinstance(run.generator, UnclipArm)
    value = float(np.mean(_check_noted(run.generator.seconds, drawn, run)))
    return Measured(SECONDS, value, value, value, len(drawn.images), drawn.encoder)


def _check_noted(noted: list[float], drawn: Features, run: StudyRun) -> list[float]:
    if len(noted) < len(drawn.images):
        raise DataError(f"{run.arm} was not drawn here: remove {run.folder} to draw it again.")
    return noted[-len(drawn.images) :]
