"""Patience with a Hub that is away, and one clear sentence about a Hub that refuses."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from json import JSONDecodeError
from typing import TypeVar

import httpx2
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils._http import parse_ratelimit_headers
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    sleep_using_event,
    stop_after_attempt,
    stop_when_event_set,
    wait_exponential_jitter,
)

from hub.errors import HubError, RemoteError, StorageError

T = TypeVar("T")
log = logging.getLogger(__name__)

FAILURES = (httpx2.HTTPError, OSError, RuntimeError, ValueError, KeyError, TypeError)  # what the client raises
REFUSED = (401, 403)
MOVED_ON = (409, 412)  # someone else committed meanwhile: list again
ASKED_AT_MOST = 600.0  # seconds of a Retry-After that are waited


@dataclass(frozen=True)
class Patience:
    """How often a step is tried, and the seconds between: ``first``, then twice as long each time, with jitter."""

    attempts: int = 5
    first: float = 1.0
    longest: float = 60.0
    stopping: threading.Event = field(default_factory=threading.Event)  # set: no more waiting, no other attempt


def retry_step(step: Callable[[], T], patience: Patience, explain: Callable[[BaseException], HubError]) -> T:
    """Return the result of ``step``, retried while its errors are passing ones.

    Raises: what ``explain`` makes of the last error; the client's own text and traceback go no further.
    """
    failed: HubError

    def told(state: RetryCallState) -> None:
        if state.outcome is not None and (error := state.outcome.exception()) is not None:
            log.info("%s Trying again in %.0f s.", explain(error), state.upcoming_sleep)

    retrying = Retrying(
        retry=retry_if_exception(is_passing),
        stop=stop_after_attempt(patience.attempts) | stop_when_event_set(patience.stopping),
        wait=lambda state: _compute_pause(state, patience),
        sleep=sleep_using_event(patience.stopping),
        before_sleep=told,
        reraise=True,
    )
    try:
        return retrying(step)
    except HubError:
        raise
    except FAILURES as error:
        failed = explain(error)
    raise failed


def iterate_causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those that caused it; the client wraps some errors in others."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def find_http_status(error: BaseException) -> int | None:
    """Return the HTTP status behind an error, None if there is none."""
    return next((int(e.response.status_code) for e in iterate_causes(error) if isinstance(e, HfHubHTTPError)), None)


def is_passing(error: BaseException) -> bool:
    """Return whether a step that failed with this error may succeed a little later."""
    code = find_http_status(error)
    if code is not None:
        return code >= 500 or code in (408, 425, 429, *MOVED_ON)
    return any(isinstance(e, httpx2.TransportError | JSONDecodeError) for e in iterate_causes(error))


def _compute_pause(state: RetryCallState, patience: Patience) -> float:
    """Return the seconds until the next try: the growing pause, or what the Hub asked for where that is longer."""
    grown = wait_exponential_jitter(multiplier=patience.first, max=patience.longest, jitter=patience.first)(state)
    error = state.outcome.exception() if state.outcome is not None else None
    return max(grown, min(_read_requested_pause(error), ASKED_AT_MOST)) if error is not None else grown


def _read_requested_pause(error: BaseException) -> float:
    """Return the seconds that the Hub asked to wait; 0 if it did not."""
    answer = next((e.response for e in iterate_causes(error) if isinstance(e, HfHubHTTPError)), None)
    if answer is None:
        return 0.0
    limit = parse_ratelimit_headers(answer.headers)
    if limit is not None and limit.remaining == 0:
        return float(limit.reset_in_seconds)
    return parse_retry_after(answer.headers)


@dataclass(frozen=True)
class ServiceNames:
    """Names used in error messages; ``check`` is the setting to look at."""

    name: str
    endpoint: str
    token: str | None
    kind: str = "data set"
    check: str = "HUB_DATASET"


def explain_error(error: BaseException, asked: ServiceNames) -> HubError:
    """Return the hub's error for one of the client: what is wrong and how to mend it, without the token."""
    name, endpoint, token = asked.name, asked.endpoint, asked.token
    code = find_http_status(error)
    if code in REFUSED:
        return RemoteError(_explain_refusal(code, asked))
    if code == 404:
        return RemoteError(f"{endpoint} has no {asked.kind} {name}, or not the file asked for: check {asked.check}.")
    if code is not None and is_passing(error):
        return RemoteError(f"{endpoint} could not serve {name} (HTTP {code}). Nothing is lost; try again later.")
    if is_passing(error):
        silent = any(isinstance(e, httpx2.TimeoutException) for e in iterate_causes(error))
        reason = "no answer in time" if silent else type(list(iterate_causes(error))[-1]).__name__
        return RemoteError(f"{endpoint} could not be reached ({reason}). Nothing is lost; try again later.")
    if isinstance(error, OSError) and not isinstance(error, httpx2.HTTPError) and error.errno is not None:
        return StorageError(f"A file of {name} can't be read or written here: {error.strerror}; mend that.")
    causes = list(iterate_causes(error))
    said = " ".join(str(next((e for e in causes if isinstance(e, HfHubHTTPError)), causes[-1])).split())
    said = said.replace(token, "***") if token else said
    return RemoteError(f"{endpoint} did not take what was asked of {name}: {said[:500] or type(error).__name__}")


def _explain_refusal(code: int | None, asked: ServiceNames) -> str:
    name, endpoint = asked.name, asked.endpoint
    if asked.token is None:
        return f"{endpoint} shows no {name} without a token (HTTP {code}): set HF_TOKEN, or check {asked.check}."
    return (
        f"{endpoint} refused the token for {name} (HTTP {code}). Set HF_TOKEN to a valid token with write access to"
        f" that {asked.kind} (Settings, Access Tokens on the Hub), then try again."
    )


def parse_retry_after(headers: Mapping[str, str]) -> float:
    """Return the seconds of a Retry-After header (RFC 9110, 10.2.3), a number or a date; 0 without a valid one."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return parsedate_to_datetime(text).timestamp() - time.time()
    except (ValueError, TypeError):
        return 0.0
