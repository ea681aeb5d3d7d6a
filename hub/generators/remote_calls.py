"""What remote generators share: waiting that can be cancelled, patience with a busy server, pictures not trusted."""

import io
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Thread
from typing import TypeVar
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from PIL import Image, UnidentifiedImageError
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from hub.errors import GenerationError
from hub.generators.contract import OnProgress
from hub.language.sentence import Sentence

T = TypeVar("T")
FORMATS = ("PNG", "JPEG", "WEBP")
MAX_BYTES, MAX_PIXELS = 64 * 2**20, 4096 * 4096
ATTEMPTS, LONGEST = 4, 60.0  # tries of a picture; seconds that are waited between two at most
LOOK = 0.2  # seconds between two looks at whether somebody still waits


class Busy(Exception):
    """A server that has too much to do; ``after`` are the seconds it asked to be left alone for."""

    def __init__(self, said: str, after: float = 0.0) -> None:
        super().__init__(said)
        self.said = said
        self.after = after


def shown(url: str) -> str:
    """An address without what may be secret in it: user, password and query. Raises ValueError for one that is none."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit((parts.scheme, f"{parts.hostname or ''}{port}", parts.path, "", ""))


def cleaned(said: object, url: str | None, token: str | None) -> str:
    """What a client or server said, as one short line without the token, and without what ``shown`` leaves out."""
    parts, line = urlsplit(url or ""), " ".join(str(said).split()).rstrip(".")
    values = [value for _, value in parse_qsl(parts.query)]
    for secret in (token, parts.query, parts.netloc.rpartition("@")[0], parts.password, *values):
        line = line.replace(secret, "***") if secret else line
    return line[:300] or type(said).__name__


def waited(call: Callable[[], T], on_progress: OnProgress) -> T:
    """What a blocking call gives. ``on_progress`` is asked meanwhile, and may raise: then the call is left alone."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # handed on to whoever waits
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
    while not wait([future], LOOK).done:
        on_progress(0.0)
    return future.result()


def patiently(call: Callable[[], T], on_progress: OnProgress) -> T:
    """What a call gives, tried again while the server is busy. Raises GenerationError when it stays busy."""

    def pause(state: RetryCallState) -> float:
        grown: float = wait_exponential_jitter(initial=1, max=LONGEST / 2)(state)
        error = state.outcome.exception() if state.outcome else None
        return min(max(grown, error.after), LONGEST) if isinstance(error, Busy) else grown

    def sleep(seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            on_progress(0.0)
            time.sleep(min(left, LOOK))

    retrying = Retrying(
        retry=retry_if_exception_type(Busy), stop=stop_after_attempt(ATTEMPTS), wait=pause, sleep=sleep, reraise=True
    )
    try:
        return retrying(call)
    except Busy as error:
        raise GenerationError(Sentence("{said} Try again later.", said=error.said)) from error


def checked(image: Image.Image, source: str) -> Image.Image:
    """A picture of somebody else's, decoded, as RGB. Raises GenerationError for another format or one too large."""
    if image.format not in FORMATS:
        raise GenerationError(
            Sentence(
                "{source} gave a picture in the format {format}; {formats} are read.",
                source=source,
                format=image.format,
                formats=", ".join(FORMATS),
            )
        )
    if image.width * image.height > MAX_PIXELS:
        raise GenerationError(
            Sentence(
                "{source} gave a picture of {width}x{height} pixels, which is too large.",
                source=source,
                width=image.width,
                height=image.height,
            )
        )
    try:
        return image.convert("RGB")
    except (OSError, ValueError, SyntaxError) as error:
        raise GenerationError(Sentence("{source} gave a damaged picture; try again.", source=source)) from error


def opened(data: bytes, source: str) -> Image.Image:
    """The picture in these bytes, checked. Raises GenerationError."""
    if len(data) > MAX_BYTES:
        raise GenerationError(
            Sentence(
                "{source} gave a picture of more than {most} MiB, which is too large.",
                source=source,
                most=MAX_BYTES // 2**20,
            )
        )
    return decoded(lambda: Image.open(io.BytesIO(data), formats=FORMATS), source)


def decoded(read: Callable[[], Image.Image], source: str) -> Image.Image:
    """The picture that ``read`` opens, checked. Raises GenerationError for what is none, or a bomb."""
    try:
        image = read()
    except UnidentifiedImageError as error:
        raise GenerationError(
            Sentence(
                "{source} gave something that is no picture ({formats} are read).",
                source=source,
                formats=", ".join(FORMATS),
            )
        ) from error
    except Image.DecompressionBombError as error:
        raise GenerationError(Sentence("{source} gave a picture that is too large.", source=source)) from error
    return checked(image, source)
