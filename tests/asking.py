"""Requests to test with."""

from typing import Any

from hub.generators import OnProgress
from hub.schema import Request


def asking(prompt: str, seed: int, **more: Any) -> Request:
    """A request for this prompt and seed, and for what else is named."""
    return Request(prompt=prompt, seed=seed, **more)


def asking_each(jobs: list[tuple[str, int]]) -> list[Request]:
    """A request for each prompt and seed."""
    return [asking(prompt, seed) for prompt, seed in jobs]


def noting(shares: list[float]) -> OnProgress:
    """Progress that is noted: the shares that were told."""

    def note(share: float, preview: object = None) -> None:
        shares.append(share)

    return note
