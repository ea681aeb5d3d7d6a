"""Pictures of an inference provider or endpoint; imported only when one is loaded."""

from functools import partial
from typing import TYPE_CHECKING, Any

import httpx2
from huggingface_hub import InferenceClient
from huggingface_hub.errors import HfHubHTTPError, InferenceTimeoutError
from PIL import Image

from hub.errors import GenerationError
from hub.generators.contract import Draw, OnProgress
from hub.generators.remote_calls import Busy, cleaned, decoded, patiently, waited
from hub.huggingface.retry import parse_retry_after
from hub.schema import Request

if TYPE_CHECKING:
    from hub.generators.kinds.inference import Inference

BUSY = (429, 503)


def asker(entry: "Inference", token: str | None) -> Draw:
    """What draws by asking the entry's provider."""
    no_token: Any = {"authorization": None}  # else the client would send the Hub's token to anybody's url
    client = InferenceClient(
        model=entry.url or entry.model,
        provider=entry.provider,
        token=token,
        timeout=entry.timeout,
        headers=None if token else no_token,
    )
    size = {"width": entry.width, "height": entry.height}
    asked: dict[str, Any] = {"num_inference_steps": entry.steps, "guidance_scale": entry.guidance_scale, **size}

    def once(request: Request) -> Image.Image:
        try:
            return decoded(lambda: client.text_to_image(request.prompt, seed=request.seed, **asked), entry.endpoint)
        except InferenceTimeoutError as error:
            raise GenerationError(f"{entry.endpoint} gave no picture within {entry.timeout:g} s.") from error
        except HfHubHTTPError as error:
            raise _explained(error, entry) from error
        except httpx2.HTTPError as error:
            raise GenerationError(f"{entry.endpoint} could not be reached ({type(error).__name__}).") from error
        except (ValueError, KeyError, TypeError) as error:  # a model the provider lacks, an answer that makes no sense
            said = cleaned(error, entry.url, token)
            raise GenerationError(f"{entry.endpoint} did not draw: {said}.") from error

    def draw(request: Request, picture: Image.Image | None, on_progress: OnProgress) -> Image.Image:
        image = patiently(lambda: waited(partial(once, request), on_progress), on_progress)
        on_progress(1.0)
        return image

    return draw


def _explained(error: HfHubHTTPError, entry: "Inference") -> Exception:
    code = error.response.status_code
    if code in BUSY:
        return Busy(f"{entry.endpoint} is busy (HTTP {code}).", parse_retry_after(error.response.headers))
    if code in (401, 403):
        return GenerationError(f"{entry.endpoint} refused the token (HTTP {code}): set {entry.token or 'HF_TOKEN'}.")
    if code == 402:
        return GenerationError(f"{entry.endpoint} wants to be paid (HTTP 402): the account's credit is used up.")
    if code == 404:
        return GenerationError(f"{entry.endpoint} does not exist (HTTP 404): check the entry.")
    return GenerationError(f"{entry.endpoint} could not draw this (HTTP {code}); try again, or another prompt.")
