"""A client of an OpenAI-compatible endpoint: chat completions, tried again where a failure is passing.

The key goes to the endpoint alone, in the header of a request; no message, log or file has it.
"""

import ipaddress
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx2
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from hub.errors import DataError, RemoteError
from hub.huggingface.retry import ASKED_AT_MOST, Patience, parse_retry_after

PASSING = frozenset((408, 409, 425, 429, 500, 502, 503, 504, 529))  # HTTP statuses
OF_QUESTION = frozenset((400, 422))  # HTTP statuses: it takes no such question, as its pictures are refused or too many
TIMEOUT = 120.0  # seconds of an answer
TOLD = 200  # letters of what a server says
MOST_TOKENS = 200  # of an answer
Content = list[dict[str, Any]]


def check_endpoint(url: str, key: str) -> str:
    """Return the address of an endpoint's chat completions.

    Raises: DataError for no http address, and for a key that is none, or would go over a network in the clear.
    """
    parts = _split_url(url)
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
        raise DataError(f"{url!r} is no endpoint: give its base, such as https://api.example.org/v1.")
    if not (key.isascii() and key.isprintable()):
        raise DataError("The key has letters that no key has: copy it anew.")
    if key and parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise DataError(f"A key would go to {parts.hostname} in the clear: give an https address.")
    return f"{url.rstrip('/')}/chat/completions"


def _split_url(url: str) -> SplitResult | None:
    """Return the parts of an address; None for one that nothing can be asked at."""
    try:
        parts = urlsplit(url)
        (parts.hostname or "").encode("idna")
        return parts if parts.port != 0 and httpx2.URL(url) else None
    except (ValueError, httpx2.InvalidURL):
        return None


def _is_loopback(host: str) -> bool:
    """Return whether a host is this machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass
class ChatEndpoint:
    """An endpoint and the model asked there; ``asked`` and ``tokens`` count what it was asked for and charged."""

    url: str
    model: str
    key: str = field(repr=False)
    patience: Patience = field(default_factory=Patience)
    asked: int = 0
    tokens: int = 0

    def __post_init__(self) -> None:
        self._address = check_endpoint(self.url, self.key)
        self._client = httpx2.Client(timeout=TIMEOUT, follow_redirects=False)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def ask(self, told: str, content: Content) -> str:
        """Return the model's answer to what it is told beforehand and the parts of a message.

        Raises: one sentence without the key; DataError where this question has no answer, RemoteError where none can be
        had after all tries.
        """
        messages = [{"role": "system", "content": told}, {"role": "user", "content": content}]
        body = {"model": self.model, "messages": messages, "temperature": 0, "max_tokens": MOST_TOKENS}
        retrying = Retrying(
            retry=retry_if_exception(_is_passing),
            stop=stop_after_attempt(self.patience.attempts),
            wait=self._pause,
            reraise=True,
        )
        try:
            return retrying(self._post, body)
        except httpx2.HTTPStatusError as error:
            kind = DataError if error.response.status_code in OF_QUESTION else RemoteError
            raise kind(self._explain(error.response)) from None
        except httpx2.HTTPError as error:
            raise RemoteError(f"{self.url} could not be reached ({type(error).__name__}): try again later.") from None

    def _post(self, body: dict[str, Any]) -> str:
        """Ask once."""
        self.asked += 1
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        answer = self._client.post(self._address, json=body, headers=headers)
        answer.raise_for_status()
        if answer.is_redirect:
            raise RemoteError(f"{self.url} sends elsewhere: give the address that answers.")
        try:
            content = answer.json()
            said = content["choices"][0]["message"]["content"]
            self.tokens += int((content.get("usage") or {}).get("total_tokens") or 0)
        except (json.JSONDecodeError, UnicodeDecodeError, LookupError, TypeError, ValueError, AttributeError):
            raise RemoteError(f"{self.url} gave no chat completion: is it an OpenAI-compatible endpoint?") from None
        if not isinstance(said, str):
            raise DataError(f"{self.model} gave no text.")
        return said

    def _pause(self, state: RetryCallState) -> float:
        """Return the seconds until the next try: the growing pause, or what was asked for where that is longer."""
        first, longest = self.patience.first, self.patience.longest
        grown = wait_exponential_jitter(multiplier=first, max=longest, jitter=first)(state)
        error = state.outcome.exception() if state.outcome else None
        asked = parse_retry_after(error.response.headers) if isinstance(error, httpx2.HTTPStatusError) else 0.0
        return max(grown, min(asked, ASKED_AT_MOST))

    def _explain(self, answer: httpx2.Response) -> str:
        """Return why an endpoint refused, in its own words cut short."""
        said = answer.text.replace(self.key, "***") if self.key else answer.text
        said = " ".join(said.split())[:TOLD]
        if answer.status_code in {401, 403}:
            return f"{self.url} refuses the key (HTTP {answer.status_code}): set another one."
        return f"{self.url} did not answer for {self.model} (HTTP {answer.status_code}): {said or 'nothing was said'}"


def _is_passing(error: BaseException) -> bool:
    """Return whether the same question may be answered a little later."""
    if isinstance(error, httpx2.HTTPStatusError):
        return error.response.status_code in PASSING
    return isinstance(error, httpx2.TransportError)
