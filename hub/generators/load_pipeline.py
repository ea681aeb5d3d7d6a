"""Loading of a user's diffusers pipeline; imported only when one is loaded, as it needs torch."""

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from PIL import Image

from hub import devices, torchvision_ops
from hub.errors import GenerationError, HubError, MissingFile
from hub.generators.contract import Draw, NamedPictures, OnProgress, Placement
from hub.generators.latent_guide import LatentGuide, find_coder
from hub.generators.snapshots import index_of
from hub.language.sentence import Sentence
from hub.methods.image_guidance import read_weight
from hub.schema import Request

torchvision_ops.ensure()
import diffusers  # noqa: E402 - it and transformers need torchvision, mended above
import transformers  # noqa: E402
from safetensors import SafetensorError  # noqa: E402

if TYPE_CHECKING:
    from hub.generators.kinds.diffusers import Diffusers

OTHERS = re.compile("Img2Img|Inpaint|ControlNet|Adapter|Upscale|Depth2Img|Video|Audio")  # need more than a prompt
UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, ImportError, SafetensorError)


def download(model: str, revision: str, variant: str | None) -> Path:
    """Fetch the files of a pipeline that are not in the Hub's cache, and give its folder there.

    Raises what the Hub's client raises, and OSError or ValueError for a model without safetensors of the variant.
    """
    return Path(diffusers.DiffusionPipeline.download(model, revision=revision, variant=variant, use_safetensors=True))


def read_pipeline(entry: "Diffusers", folder: Path, place: Placement) -> Draw:
    """The pipeline of a folder, brought to its place, as what draws.

    Raises HubError, and what torch raises where memory runs out, which is the engine's affair.
    """
    device = devices.pick_device(place.device)
    diffusers.utils.logging.set_verbosity_error()  # prompts and progress are no news for a log
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    pipeline = _read(entry, folder, device)
    if entry.scheduler:
        _set_scheduler(pipeline, _scheduler(entry.scheduler, pipeline.scheduler))
    pipeline.set_progress_bar_config(disable=True)
    asked = _asked(entry, pipeline)
    _bring(pipeline, device, place)

    def draw(request: Request, pictures: NamedPictures, on_progress: OnProgress) -> Image.Image:
        generator = torch.Generator().manual_seed(request.seed)  # on the CPU: the same noise on every device
        watch = _watch(pipeline, on_progress, entry.steps, _guide(pipeline, request, pictures))
        try:
            output = pipeline(request.prompt, generator=generator, output_type="pil", **asked, **watch)
        except BaseException:
            pipeline.maybe_free_model_hooks()  # what is offloaded goes back, whatever ended the drawing
            raise
        if any(getattr(output, "nsfw_content_detected", None) or ()):
            raise GenerationError(
                Sentence("The model's own safety checker held this picture back; try another seed or prompt.")
            )
        image: Image.Image = output.images[0]
        return image

    return draw


def _read(entry: "Diffusers", folder: Path, device: torch.device) -> Any:
    dtype = getattr(torch, devices.choose_dtype(entry.dtype, device))
    name = index_of(folder)["_class_name"]
    cls = getattr(diffusers, name, None) if isinstance(name, str) else None  # a list names code of the repository's
    if cls is None or OTHERS.search(name) or "prompt" not in inspect.signature(cls.__call__).parameters:
        raise MissingFile(
            Sentence("{model} is no text-to-image pipeline of diffusers, but {name}.", model=entry.model, name=name)
        )
    try:
        return cls.from_pretrained(
            folder, dtype=dtype, variant=entry.variant, use_safetensors=True, local_files_only=True
        )
    except UNREADABLE as error:
        if "memory" in str(error):
            raise
        said = " ".join(str(error).split())[:300]
        what = (
            Sentence("save it anew") if entry.local else Sentence("fetch it again (python -m hub.generators --fetch)")
        )
        raise MissingFile(
            Sentence(
                "{model} can't be read as a {name} ({reason}: {said}): {what}.",
                model=entry.model,
                name=name,
                reason=type(error).__name__,
                said=said,
                what=what,
            )
        ) from error


def _scheduler(name: str, own: Any) -> Any:
    """The scheduler of this name with the configuration of the model's own. Raises HubError for one that can't be."""
    fitting = sorted({cls.__name__ for cls in own.compatibles} | {type(own).__name__})
    if name not in fitting:
        raise HubError(
            Sentence(
                "The scheduler {name} does not suit this model; these do: {names}.", name=name, names=", ".join(fitting)
            )
        )
    return getattr(diffusers, name).from_config(own.config)


def _set_scheduler(pipeline: Any, scheduler: Any) -> None:
    """Give a pipeline a scheduler, and the part of it that draws, where it is of several."""
    for part in (pipeline, getattr(pipeline, "decoder_pipe", None)):  # Kandinsky's is prior and decoder
        if part is not None:
            part.scheduler = scheduler


def _guide(pipeline: Any, request: Request, pictures: NamedPictures) -> LatentGuide | None:
    """What guides by the picture that a request names; None where it names none. Raises RequestError."""
    weight = read_weight(request)
    return LatentGuide(find_coder(pipeline), pictures[request.image], weight) if request.image and weight else None


def _asked(entry: "Diffusers", pipeline: Any) -> dict[str, Any]:
    """What the pipeline is called with beside prompt and generator. Raises HubError for what it does not know."""
    asked = {"num_inference_steps": entry.steps, "guidance_scale": entry.guidance_scale, **entry.sampling.parameters}
    unknown = asked.keys() - inspect.signature(pipeline.__call__).parameters.keys()
    if unknown:
        raise HubError(
            Sentence(
                "{pipeline} knows no {names}: leave it out of the entry.",
                pipeline=type(pipeline).__name__,
                names=", ".join(sorted(unknown)),
            )
        )
    return asked


def _bring(pipeline: Any, device: torch.device, place: Placement) -> None:
    """To its device, whole or part by part, and compiled where asked."""
    if place.offload and device.type == "cuda":
        pipeline.enable_model_cpu_offload(device=device)
    else:
        pipeline.to(device)
    if place.compile:
        (getattr(pipeline, "unet", None) or pipeline.transformer).compile()


def _watch(
    pipeline: Any, on_progress: OnProgress, steps: int, guide: LatentGuide | None
) -> dict[str, Callable[..., Any] | None]:
    """The argument by which this pipeline tells of its steps and is guided; what is raised there ends the drawing.

    There is no preview: the linear maps from latents to colours that go about are of single models, and a decoder's
    whole pass is none of a step's cost.
    """
    known = inspect.signature(pipeline.__call__).parameters

    def share(step: int) -> float:
        return min(1.0, (step + 1) / (getattr(pipeline, "num_timesteps", 0) or steps))

    def at_end(part: Any, step: int, time: Any, values: dict[str, Any]) -> dict[str, Any]:
        on_progress(share(step))
        return guide(part, step, time, values) if guide else values

    if "callback_on_step_end" in known:
        older = {"callback_steps": None} if "callback_steps" in known else {}  # Kandinsky's hands it on and warns
        return {"callback_on_step_end": at_end, **older}
    if "callback" in known:  # PixArt's
        return {"callback": lambda step, time, latents: on_progress(share(step))}
    return {}
