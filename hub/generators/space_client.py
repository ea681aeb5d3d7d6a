"""Pictures of a Gradio app; imported only when one is loaded."""

import os
import threading
import time
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import httpx
from gradio_client import Client, utils
from gradio_client.exceptions import AppError
from huggingface_hub import get_token
from PIL import Image

from hub.errors import GenerationError, HubError, RemoteError
from hub.generators.contract import NamedPictures, OnProgress
from hub.generators.remote_calls import LOOK, MAX_BYTES, Busy, cleaned, opened, patiently
from hub.language.sentence import Sentence
from hub.schema import Request

if TYPE_CHECKING:
    from gradio_client.client import Job

    from hub.generators.kinds.space import SpaceEntry

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # the client's own switch does not keep it from calling home
# ValueError and KeyError: what the client makes of an answer that makes no sense
FAILURES = (httpx.HTTPError, OSError, ValueError, KeyError, TypeError, RuntimeError, utils.QueueError, CancelledError)
SILENCE = 60.0  # seconds without a sign of life; a Gradio app gives one every 15


class SpaceDraw:
    """Draws by asking a Space; may be called from several threads.

    Raises HubError when made for one that can't be reached, or takes something else.
    """

    def __init__(self, entry: "SpaceEntry") -> None:
        self.entry = entry
        self._token: Any = False if entry.url else get_token() or False  # False: not the one of a login either
        self._connecting = threading.Lock()
        self._client: Client | None = self._connected()

    def _connected(self) -> Client:
        try:
            client = Client(
                self.entry.space,
                token=self._token,
                verbose=False,
                download_files=False,
                analytics_enabled=False,
                httpx_kwargs={"timeout": SILENCE},
            )
            functions = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
        except FAILURES as error:
            raise RemoteError(
                Sentence(
                    "{address} can't be used as a Space: {said}.", address=self.entry.address, said=self._clean(error)
                )
            ) from error
        self._check(functions)
        return client

    def _clean(self, error: Exception) -> str:
        return cleaned(error, self.entry.space if self.entry.url else None, self._token or None)

    def _check(self, functions: dict[str, Any]) -> None:
        """Raise HubError where the Space's function is another than the entry says."""
        entry = self.entry
        if entry.api_name not in functions:
            there = ", ".join(functions) or Sentence("none")
            raise HubError(
                Sentence(
                    "{address} has no function {api_name}; it has {there}.",
                    address=entry.address,
                    api_name=entry.api_name,
                    there=there,
                )
            )
        takes = {one["parameter_name"]: one for one in functions[entry.api_name]["parameters"]}
        given = {entry.prompt, entry.seed, *entry.inputs}
        if unknown := sorted(given - takes.keys()):
            raise HubError(
                Sentence(
                    "{endpoint} takes no {unknown}; it takes {known}.",
                    endpoint=entry.endpoint,
                    unknown=", ".join(unknown),
                    known=", ".join(takes),
                )
            )
        needed = {name for name, one in takes.items() if not one["parameter_has_default"]}
        if missing := sorted(needed - given):
            raise HubError(
                Sentence(
                    "{endpoint} needs {missing} too: add them to the entry's inputs.",
                    endpoint=entry.endpoint,
                    missing=", ".join(missing),
                )
            )

    def __call__(self, request: Request, pictures: NamedPictures, on_progress: OnProgress) -> Image.Image:
        """One picture; a drawing that nobody waits for any more is taken back from the Space's queue."""
        image = patiently(lambda: self._once(request, on_progress), on_progress)
        on_progress(1.0)
        return image

    def _once(self, request: Request, on_progress: OnProgress) -> Image.Image:
        entry = self.entry
        with self._connecting:
            client = self._client = self._client or self._connected()
        asked = {**entry.inputs, entry.prompt: request.prompt, entry.seed: request.seed}
        try:
            result = _waited(client.submit(api_name=entry.api_name, **asked), on_progress, entry.timeout)
            return opened(self._fetched(client, _picture(result, entry)), entry.endpoint)
        except (utils.QueueError, utils.TooManyRequestsError) as error:
            raise Busy(Sentence("{endpoint} is busy.", endpoint=entry.endpoint)) from error
        except AppError as error:
            raise GenerationError(
                Sentence("{endpoint} did not draw: {said}.", endpoint=entry.endpoint, said=self._clean(error))
            ) from error
        except httpx.HTTPStatusError as error:
            if error.response.status_code in (429, 503):
                raise Busy(
                    Sentence(
                        "{endpoint} is busy (HTTP {code}).",
                        endpoint=entry.endpoint,
                        code=error.response.status_code,
                    )
                ) from error
            raise GenerationError(
                Sentence(
                    "{endpoint} failed (HTTP {code}).",
                    endpoint=entry.endpoint,
                    code=error.response.status_code,
                )
            ) from error
        except FAILURES as error:
            self._client = None  # it may have been restarted: connect anew the next time
            raise GenerationError(
                Sentence(
                    "{endpoint} could not draw: {said}; try again.", endpoint=entry.endpoint, said=self._clean(error)
                )
            ) from error

    def _fetched(self, client: Client, file: dict[str, Any]) -> bytes:
        """The file of a picture, from the Space itself only. Raises GenerationError for one elsewhere, or too large."""
        url = str(file.get("url") or f"{client.src_prefixed}file={quote(str(file.get('path')))}")
        if urlsplit(url)[:2] != urlsplit(client.src)[:2]:
            raise GenerationError(
                Sentence(
                    "{endpoint} gave a picture that lies elsewhere; it is not fetched.", endpoint=self.entry.endpoint
                )
            )
        data = bytearray()
        headers, cookies = client.headers, client.cookies
        with httpx.stream("GET", url, headers=headers, cookies=cookies, timeout=SILENCE) as answer:
            answer.raise_for_status()
            for chunk in answer.iter_bytes():
                data += chunk
                if len(data) > MAX_BYTES:
                    break
        return bytes(data)


def _waited(job: "Job", on_progress: OnProgress, seconds: float) -> Any:
    """What a job gives; progress is the Space's own where it tells of any."""
    end = time.monotonic() + seconds
    try:
        while not job.done():
            on_progress(_share(job))
            if time.monotonic() > end:
                raise GenerationError(Sentence("The Space gave no picture within {seconds:g} s.", seconds=seconds))
            try:
                job.exception(timeout=LOOK)
            except TimeoutError:
                continue
    except BaseException:
        job.cancel()
        raise
    return job.result()


def _share(job: "Job") -> float:
    told = job.status().progress_data or []
    last = told[-1] if told else None
    if last is None:
        return 0.0
    share = last.progress if last.progress is not None else (last.index or 0) / (last.length or 1)
    return min(max(float(share), 0.0), 1.0)


def _picture(result: Any, entry: "SpaceEntry") -> dict[str, Any]:
    """The picture's file among what the Space gave. Raises GenerationError where there is none."""
    outputs = result if isinstance(result, tuple) else (result,)
    found = outputs[entry.output] if entry.output < len(outputs) else None
    if isinstance(found, list) and found:
        found = found[0]
    if isinstance(found, dict) and "image" in found:
        found = found["image"]
    if not isinstance(found, dict) or not (found.get("url") or found.get("path")):
        raise GenerationError(
            Sentence(
                "Output {output} of {endpoint} is no picture: name another in the entry.",
                output=entry.output,
                endpoint=entry.endpoint,
            )
        )
    return found
