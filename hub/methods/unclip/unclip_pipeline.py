"""The diffusers pipeline of unCLIP: texts, pictures and mixtures to image embeddings, and those to pictures.

Saved and loaded by diffusers' ``save_pretrained`` and ``from_pretrained``. Embeddings are standardised; zeros, which
are the mean embedding, are none.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from diffusers import DiffusionPipeline, PriorTransformer, SchedulerMixin, UNet2DConditionModel
from torch import Tensor

from hub.methods.diffusion.model import fold
from hub.methods.diffusion.pixel_pipeline import Generators, OnStepEnd, PixelPipeline, load_pretrained
from hub.methods.image_guidance import ImageGuidance
from hub.methods.unclip.model import Statistics, Translator, sample_prior
from hub.pixel_pipeline_folder import UNCLIP_FORM


class UnclipPipeline(DiffusionPipeline):  # type: ignore[misc]
    """Embeddings to images, and whatever can be embedded to embeddings. ``translator`` is an MLP or a prior."""

    def __init__(
        self,
        decoder: UNet2DConditionModel,
        translator: Translator | PriorTransformer,
        statistics: Statistics,
        scheduler: SchedulerMixin,
    ) -> None:
        super().__init__()
        self.register_modules(decoder=decoder, translator=translator, statistics=statistics, scheduler=scheduler)

    def embed_texts(self, sentences: Tensor, generator: Generators = None, prior_scale: float = 1.0) -> Tensor:
        """Return the image embeddings (N, 256) of texts, given as MiniLM's unit embeddings (N, 384).

        ``generator`` and ``prior_scale`` are those of a diffusion prior, whose embeddings are drawn.
        """
        x = self.statistics.standardise("text", sentences)
        if isinstance(self.translator, PriorTransformer):
            return sample_prior(self.translator, x, generator, prior_scale)
        translated: Tensor = self.translator(x)
        return translated.detach()

    def embed_images(self, raw: Tensor) -> Tensor:
        """Return the image embeddings (N, 256) of the guide's, before normalisation."""
        standard: Tensor = self.statistics.standardise("image", raw)
        return standard

    def guide(self, image: Tensor, weights: Sequence[float]) -> ImageGuidance:
        """Return the step callback that pulls towards images (N, 3, 64, 64) by the paper's weights, one or N."""
        return ImageGuidance(fold(image, self.decoder), weights)

    def __call__(
        self,
        embedding: Tensor,
        generator: Generators = None,
        num_inference_steps: int = 20,
        callback_on_step_end: OnStepEnd | None = None,
        **told: Any,
    ) -> Tensor:
        """Return images (N, 3, 64, 64) in [-1, 1] of standardised image embeddings (N, 256).

        The rest is what :class:`PixelPipeline` takes: the classifier-free ``guider``, the ``threshold``, the
        ``tolerance``, and ``image`` with ``strength`` for SDEdit, to which image guidance is compared.
        """
        drawing = PixelPipeline(self.decoder, self.scheduler)
        return drawing(embedding, generator, num_inference_steps, callback_on_step_end=callback_on_step_end, **told)


def read_unclip(folder: Path) -> UnclipPipeline:
    """Return the pipeline of a folder, in single precision on the CPU, ready to draw.

    Raises: MissingFile for a file that is missing or damaged, DataError for a pipeline of another making or shape.
    """
    pipeline = load_pretrained(UnclipPipeline, folder, UNCLIP_FORM)
    for part in (pipeline.decoder, pipeline.translator, pipeline.statistics):
        part.eval().requires_grad_(False)
    return pipeline
