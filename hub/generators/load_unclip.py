"""Loading of an unCLIP pipeline; imported only when one is loaded, as it needs torch."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import diffusers
import torch
from PIL import Image, ImageOps
from torch import Tensor

from hub import devices
from hub.encoders import load_for_loss, text_encoder, to_image, to_tensor
from hub.generators import NamedPictures, OnProgress, Sampling
from hub.generators.load_diffusion import guided_part
from hub.methods.diffusion.model import unfold
from hub.methods.diffusion.pixel_pipeline import OnStepEnd, guide_classifier_free
from hub.methods.image_guidance import read_weight
from hub.methods.unclip.embedding_arithmetic import combine
from hub.methods.unclip.unclip_pipeline import UnclipPipeline, read_unclip
from hub.schema import Request, Term

BATCH = 25
SIDE = 64
INPUTS = ("latents", "predicted")


class UnclipDraw:
    """What draws with an unCLIP pipeline, one picture or many at once, on the pipeline's device."""

    def __init__(self, pipeline: UnclipPipeline, sampling: Sampling) -> None:
        self.pipeline, self.steps = pipeline, sampling.steps or 1
        self.options = {name: float(sampling.parameters[name]) for name in ("tolerance", "threshold")}
        self.guider = guide_classifier_free(sampling.guidance_scale or 1.0, *guided_part(sampling))
        self.encode, self.look = text_encoder(), load_for_loss("guide")
        self.look.model.to(pipeline.device)

    def __call__(self, request: Request, pictures: NamedPictures, on_progress: OnProgress) -> Image.Image:
        """Return the picture of a request, or of its mix, guided by the image that it names.

        Raises: RequestError for a mix whose weights do not sum to 1, and for a weight of guidance that is none.
        """
        weight, guide, decoder = read_weight(request), None, self.pipeline.decoder
        if request.image is not None:
            guide = self.pipeline.guide(prepare_picture(pictures[request.image]), [weight])

        def tell(pipeline: Any, number: int, time: Tensor, told: dict[str, Tensor]) -> dict[str, Tensor]:
            told = guide(pipeline, number, time, told) if guide else told
            on_progress((number + 1) / self.steps, partial(_show, told["predicted"], decoder))
            return told

        embedding = self.embed_mix(request.mix, pictures, request.seed) if request.mix else self.embed([request])
        return next(self.draw_embeddings(embedding, [request.seed], tell))

    def draw_many(self, requests: Sequence[Request]) -> Iterator[Image.Image]:
        """Yield the picture of each request, drawn in batches."""
        for start in range(0, len(requests), BATCH):
            batch = requests[start : start + BATCH]
            yield from self.draw_embeddings(self.embed(batch), [one.seed for one in batch])

    def embed(self, requests: Sequence[Request]) -> Tensor:
        """Return the embeddings (N, 256) of requests' prompts; a prior draws each by its request's seed."""
        sentences = self.encode([one.prompt for one in requests])
        return self.pipeline.embed_texts(sentences, _seeded([one.seed for one in requests]))

    def embed_pictures(self, pictures: Sequence[Image.Image]) -> Tensor:
        """Return the embeddings (N, 256) of pictures."""
        x = torch.cat([prepare_picture(one) for one in pictures]).to(self.pipeline.device)
        with torch.no_grad():
            return self.pipeline.embed_images(self.look.model.encode_image(x))

    def embed_mix(self, mix: Sequence[Term], pictures: NamedPictures, seed: int) -> Tensor:
        """Return the embedding (1, 256) of a mix. Raises RequestError for weights that do not sum to 1."""
        parts = [
            self.embed_pictures([pictures[term.image]])
            if term.image is not None
            else self.embed([Request(prompt=term.prompt or "", seed=seed)])
            for term in mix
        ]
        return combine(torch.cat(parts), [term.weight for term in mix])[None]

    def draw_embeddings(
        self, embedding: Tensor, seeds: Sequence[int], tell: OnStepEnd | None = None, **told: Any
    ) -> Iterator[Image.Image]:
        """Yield the pictures of embeddings (N, 256), each with its seed, drawn at once.

        ``told`` is what else the pipeline takes: an ``image`` and a ``strength`` for SDEdit.
        """
        drawn = self.pipeline(
            embedding,
            _seeded(seeds),
            self.steps,
            tell,
            callback_on_step_end_tensor_inputs=INPUTS,
            guider=self.guider,
            **self.options,
            **told,
        )
        yield from map(to_image, drawn)


def prepare_picture(picture: Image.Image) -> Tensor:
    """Return a picture (1, 3, 64, 64) in [-1, 1]; one that is no square is put on white."""
    return to_tensor([ImageOps.pad(picture, (SIDE, SIDE), Image.Resampling.BICUBIC, "white")], SIDE)


def _seeded(seeds: Sequence[int]) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def _show(predicted: Tensor, decoder: Any) -> Image.Image:
    return to_image(unfold(predicted[:1], decoder)[0])


def load_unclip(folder: Path, device: str, sampling: Sampling) -> UnclipDraw:
    """Return what draws with the pipeline of a folder, by the scheduler that ``sampling`` names.

    Raises: MissingFile, and DataError for a folder of another making.
    """
    pipeline = read_unclip(folder)
    pipeline.scheduler = getattr(diffusers, sampling.scheduler or "").from_config(pipeline.scheduler.config)
    pipeline.to(devices.pick_device(device))
    return UnclipDraw(pipeline, sampling)
