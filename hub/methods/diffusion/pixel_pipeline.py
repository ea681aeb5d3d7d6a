"""The diffusers pipeline of the pixel UNet: one vector a picture, any scheduler, guidance over part of the steps.

Saved and loaded by diffusers' ``save_pretrained`` and ``from_pretrained``; what a folder must hold is in
:func:`read_pipeline`. It draws captions for ``diffusion``, and whatever else is told as one vector, such as an image's
embedding.
"""

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path

import diffusers
import torch
from diffusers import ClassifierFreeGuidance, DiffusionPipeline, SchedulerMixin, UNet2DConditionModel
from safetensors import SafetensorError
from torch import Tensor

from hub.errors import DataError
from hub.methods.diffusion.model import draw_noise, predict_guided, unfold
from hub.methods.diffusion.smooth import smooth_flats
from hub.pixel_pipeline_folder import AGAIN, check_pipeline_folder

Generators = torch.Generator | list[torch.Generator] | None
OnStepEnd = Callable[["PixelPipeline", int, Tensor, dict[str, Tensor]], dict[str, Tensor]]
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
    ) -> Tensor:
        """Return images (N, 3, 64, 64) in [-1, 1] for conditions (N, D), whose entries are of order 1; zeros: none.

        Without a ``guider`` each step is conditional; with one the unconditional pass is made in its steps only. With a
        list of generators picture i depends on generator i alone. ``callback_on_step_end`` is diffusers': it is given
        the pipeline, the step, its time and the tensors asked for, and may change ``latents``, the folded noisy
        pictures; ``predicted`` is what the step took the clean ones to be, for previews. ``tolerance`` is that of
        :func:`smooth_flats`, in levels of 255; 0 leaves the last step's pictures as they are.
        """
        scheduler, unet, count = self.scheduler, self.unet, num_inference_steps
        side = unet.config.sample_size
        scheduler.set_timesteps(count, device=unet.device)
        x = draw_noise((len(condition), unet.config.in_channels, side, side), generator).to(unet.device)
        x = x * scheduler.init_noise_sigma  # (N, 12, 32, 32)
        condition = condition.to(x)
        extra = {"generator": generator} if "generator" in inspect.signature(scheduler.step).parameters else {}
        for number, time in enumerate(scheduler.timesteps):
            scaled = scheduler.scale_model_input(x, time)
            if guider is not None:
                guider.set_state(step=number, num_inference_steps=len(scheduler.timesteps), timestep=time)
            v = predict_guided(unet, scaled, time, condition, guider)
            predicted = predict_clean(scheduler.alphas_cumprod, scaled, v, time)
            x = scheduler.step(v, time, x, **extra).prev_sample
            if callback_on_step_end is not None:
                told = {"latents": x, "predicted": predicted}
                asked = {name: told[name] for name in callback_on_step_end_tensor_inputs}
                x = callback_on_step_end(self, number, time, asked).pop("latents", x)
        return smooth_flats(unfold(x, unet).clamp(-1, 1), tolerance)


def predict_clean(alphas: Tensor, x: Tensor, v: Tensor, time: Tensor) -> Tensor:
    """Return the clean pictures sqrt(a) x - sqrt(1 - a) v (arXiv 2202.00512); a time may be between training's."""
    at = time.double().cpu()
    low, high = alphas[int(at.floor())], alphas[int(at.ceil())]
    a = torch.lerp(low, high, float(at - at.floor())).to(x)
    return a.sqrt() * x - (1 - a).sqrt() * v


def read_pipeline(folder: Path) -> PixelPipeline:
    """Return the pipeline of a folder, in single precision on the CPU.

    Raises: MissingFile for a file that is missing or damaged, DataError for a pipeline of another making or shape.
    """
    check_pipeline_folder(folder)
    diffusers.utils.logging.disable_progress_bar()  # two small files
    try:
        pipeline: PixelPipeline = PixelPipeline.from_pretrained(
            folder, dtype=torch.float32, local_files_only=True, low_cpu_mem_usage=False
        )
    except UNREADABLE as error:
        said = " ".join(str(error).split())[:200]
        raise DataError(f"The pipeline {folder} can't be read ({said}): copy it again, or {AGAIN}.") from error
    return pipeline
