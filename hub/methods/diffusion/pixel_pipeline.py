"""The diffusers pipeline of the pixel UNet: one vector a picture, any scheduler, guidance over part of the steps.

Saved and loaded by diffusers' ``save_pretrained`` and ``from_pretrained``; what a folder must hold is in
:func:`read_pipeline`. It draws captions for ``diffusion``, and whatever else is told as one vector, such as an image's
embedding.
"""

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import diffusers
import torch
from diffusers import ClassifierFreeGuidance, DiffusionPipeline, SchedulerMixin, UNet2DConditionModel
from safetensors import SafetensorError
from torch import Tensor

from hub.errors import DataError
from hub.methods.diffusion.model import draw_noise, fold, predict_guided, unfold
from hub.methods.diffusion.smooth import smooth_flats
from hub.pixel_pipeline_folder import PIXEL_FORM, PipelineForm, check_pipeline_folder

P = TypeVar("P")
Generators = torch.Generator | list[torch.Generator] | None
OnStepEnd = Callable[["PixelPipeline", int, Tensor, dict[str, Tensor]], dict[str, Tensor]]
PASSES = 3  # of the filter on flat colours, where nothing is said
UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, SafetensorError)


def guide_classifier_free(scale: float, start: float = 0.0, stop: float = 1.0) -> ClassifierFreeGuidance:
    """Return diffusers' guider for this part of the steps.

    Classifier-free guidance (Ho & Salimans, arXiv 2207.12598) in an interval (Kynkäänniemi et al., arXiv 2404.07724).
    """
    level = diffusers.utils.logging.get_verbosity()
    diffusers.utils.logging.set_verbosity_error()  # each guider warns that guiders are experimental
    try:
        return ClassifierFreeGuidance(guidance_scale=scale, start=start, stop=stop)
    finally:
        diffusers.utils.logging.set_verbosity(level)


class PixelPipeline(DiffusionPipeline):  # type: ignore[misc]
    """Conditions to images."""

    def __init__(self, unet: UNet2DConditionModel, scheduler: SchedulerMixin) -> None:
        super().__init__()
        self.register_modules(unet=unet, scheduler=scheduler)

    @torch.no_grad()
    def __call__(
        self,
        condition: Tensor,
        generator: Generators = None,
        num_inference_steps: int = 20,
        guider: ClassifierFreeGuidance | None = None,
        callback_on_step_end: OnStepEnd | None = None,
        callback_on_step_end_tensor_inputs: Sequence[str] = ("latents",),
        tolerance: float = 0.0,
        passes: int = PASSES,
        threshold: float = 1.0,
        image: Tensor | None = None,
        strength: float = 1.0,
    ) -> Tensor:
        """Return images (N, 3, 64, 64) in [-1, 1] for conditions (N, D), whose entries are of order 1; zeros: none.

        Without a ``guider`` each step is conditional; with one the unconditional pass is made in its steps only. With a
        list of generators picture i depends on generator i alone. ``callback_on_step_end`` is diffusers': it is given
        the pipeline, the step, its time and the tensors asked for, and may change ``latents``, the folded noisy
        pictures; ``predicted`` is what the step took the clean ones to be, for previews. ``tolerance`` and ``passes``
        are those of :func:`smooth_flats`, 0 for none, ``threshold`` that of :func:`threshold_clean`, 1 for none. With
        an ``image`` (N, 3, 64, 64) and a ``strength`` below 1 the last so many of the steps are taken, from the image
        with noise.
        """
        x, times = self._begin(len(condition), generator, num_inference_steps, image, strength)
        condition, step = condition.to(x), self.scheduler.step
        extra = {"generator": generator} if "generator" in inspect.signature(step).parameters else {}
        for number, time in enumerate(times):
            v, predicted = self._predict(x, condition, number, times, guider, threshold)
            x = step(v, time, x, **extra).prev_sample
            if callback_on_step_end is not None:
                told = {"latents": x, "predicted": predicted}
                asked = {name: told[name] for name in callback_on_step_end_tensor_inputs}
                x = callback_on_step_end(self, number, time, asked).pop("latents", x)
        return smooth_flats(unfold(x, self.unet).clamp(-1, 1), tolerance, passes)

    def _predict(
        self,
        x: Tensor,
        condition: Tensor,
        number: int,
        times: Tensor,
        guider: ClassifierFreeGuidance | None,
        threshold: float,
    ) -> tuple[Tensor, Tensor]:
        """Return v at a step, and the clean pictures that it predicts."""
        time, alphas = times[number], self.scheduler.alphas_cumprod
        x = self.scheduler.scale_model_input(x, time)
        if guider is not None:
            guider.set_state(step=number, num_inference_steps=len(times), timestep=time)
        return threshold_prediction(alphas, x, predict_guided(self.unet, x, time, condition, guider), time, threshold)

    def _begin(
        self, rows: int, generator: Generators, steps: int, image: Tensor | None, strength: float
    ) -> tuple[Tensor, Tensor]:
        """Return what sampling begins with (N, 12, 32, 32), and its times.

        That is noise, or an image with noise: SDEdit (Meng et al., arXiv 2108.01073).
        """
        scheduler, unet, side = self.scheduler, self.unet, self.unet.config.sample_size
        scheduler.set_timesteps(steps, device=unet.device)
        noise = draw_noise((rows, unet.config.in_channels, side, side), generator).to(unet.device)
        skipped = 0 if image is None else steps - round(steps * strength)
        if image is None or not skipped:
            return noise * scheduler.init_noise_sigma, scheduler.timesteps
        skipped = min(skipped, steps - 1) * scheduler.order
        times = scheduler.timesteps[skipped:]
        if hasattr(scheduler, "set_begin_index"):
            scheduler.set_begin_index(skipped)
        return scheduler.add_noise(fold(image.to(noise), unet), noise, times[:1].expand(rows)), times


def alpha_at(alphas: Tensor, time: Tensor) -> Tensor:
    """Return the cumulative alpha of a time, which may be between training's."""
    at = time.double().cpu()
    return torch.lerp(alphas[int(at.floor())], alphas[int(at.ceil())], float(at - at.floor()))


def predict_clean(alphas: Tensor, x: Tensor, v: Tensor, time: Tensor) -> Tensor:
    """Return the clean pictures sqrt(a) x - sqrt(1 - a) v (arXiv 2202.00512); a time may be between training's."""
    a = alpha_at(alphas, time).to(x)
    return a.sqrt() * x - (1 - a).sqrt() * v


def threshold_clean(x: Tensor, share: float) -> Tensor:
    """Return pictures (N, ...) clipped to [-s, s] and divided by s, so that they are in [-1, 1].

    s is the quantile ``share`` of a picture's absolute values, 1 at least: dynamic thresholding (Saharia et al., arXiv
    2205.11487, 2.3).
    """
    high = x.flatten(1).abs().quantile(share, 1).clamp(min=1).view(-1, *[1] * (x.dim() - 1))
    return x.clamp(-high, high) / high


def threshold_prediction(alphas: Tensor, x: Tensor, v: Tensor, time: Tensor, share: float) -> tuple[Tensor, Tensor]:
    """Return v and the clean pictures that it predicts, both thresholded where ``share`` is below 1."""
    clean = predict_clean(alphas, x, v, time)
    if share >= 1:
        return v, clean
    bounded, a = threshold_clean(clean, share), alpha_at(alphas, time).to(x)
    return torch.where(bounded == clean, v, (a.sqrt() * x - bounded) / (1 - a).sqrt()), bounded


def read_pipeline(folder: Path) -> PixelPipeline:
    """Return the pipeline of a folder, in single precision on the CPU.

    Raises: MissingFile for a file that is missing or damaged, DataError for a pipeline of another making or shape.
    """
    return load_pretrained(PixelPipeline, folder, PIXEL_FORM)


def load_pretrained(pipeline: type[P], folder: Path, form: PipelineForm) -> P:
    """Return a pipeline of this class and form, as :func:`read_pipeline` does. Raises MissingFile, DataError."""
    check_pipeline_folder(folder, form)
    diffusers.utils.logging.disable_progress_bar()  # two small files
    try:
        read: P = pipeline.from_pretrained(  # type: ignore[attr-defined]
            folder, dtype=torch.float32, local_files_only=True, low_cpu_mem_usage=False
        )
    except UNREADABLE as error:
        said = " ".join(str(error).split())[:200]
        raise DataError(f"The pipeline {folder} can't be read ({said}): copy it again, or {form.again}.") from error
    return read
