"""Pictures of an inference provider or endpoint; imported only when one is loaded."""

from functools import partial
from typing import TYPE_CHECKING, Any

import httpx2
from huggingface_hub import InferenceClient
from huggingface_hub.errors import HfHubHTTPError, InferenceTimeoutError
from PIL import Image

from hub.errors import GenerationError
from hub.generators.contract import Draw, NamedPictures, OnProgress
from hub.generators.remote_calls import Busy, cleaned, decoded, patiently, waited
from hub.huggingface.retry import parse_retry_after
from hub.language.sentence import Sentence
from hub.schema import Request

if TYPE_CHECKING:
    from hub.generators.kinds.inference import Inference

BUSY = (429, 503)
FAILURES = (InferenceTimeoutError, HfHubHTTPError, httpx2.HTTPError, ValueError, KeyError, TypeError)


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
        except FAILURES as error:
            raise _explained(error, entry, token) from error

    def draw(request: Request, pictures: NamedPictures, on_progress: OnProgress) -> Image.Image:
        image = patiently(lambda: waited(partial(once, request), on_progress), on_progress)
        on_progress(1.0)
        return image

    return draw


def _explained(error: Exception, entry: "Inference", token: str | None) -> Exception:
    endpoint = entry.endpoint
    if isinstance(error, InferenceTimeoutError):
        said = Sentence("{endpoint} gave no picture within {timeout:g} s.", endpoint=endpoint, timeout=entry.timeout)
    elif isinstance(error, HfHubHTTPError):
        return _explained_status(error, entry)
    elif isinstance(error, httpx2.HTTPError):
        reason = type(error).__name__
        said = Sentence("{endpoint} could not be reached ({reason}).", endpoint=endpoint, reason=reason)
    else:  # a model the provider lacks, an answer that makes no sense
        told = cleaned(error, entry.url, token)
        said = Sentence("{endpoint} did not draw: {said}.", endpoint=endpoint, said=told)
    return GenerationError(said)


def _explained_status(error: HfHubHTTPError, entry: "Inference") -> Exception:
    code = error.response.status_code
    if code in BUSY:
        return Busy(
            Sentence("{endpoint} is busy (HTTP {code}).", endpoint=entry.endpoint, code=code),
            parse_retry_after(error.response.headers),
        )
    if code in (401, 403):
        return GenerationError(
            Sentence(
                "{endpoint} refused the token (HTTP {code}): set {token}.",
                endpoint=entry.endpoint,
                code=code,
                token=entry.token or "HF_TOKEN",
            )
        )
    if code == 402:
        return GenerationError(
            Sentence(
                "{endpoint} wants to be paid (HTTP 402): the account's credit is used up.", endpoint=entry.endpoint
            )
        )
    if code == 404:
        return GenerationError(
            Sentence("{endpoint} does not exist (HTTP 404): check the entry.", endpoint=entry.endpoint)
        )
    return GenerationError(
        Sentence(
            "{endpoint} could not draw this (HTTP {code}); try again, or another prompt.",
            endpoint=entry.endpoint,
            code=code,
        )
    )
