"""The arena's only look into Gradio's queue and events, which are private to Gradio; written for Gradio 6.31."""

from collections.abc import Mapping
from typing import Any, Protocol

import gradio as gr

SIZE = 256  # events that may wait in it; no one network gets near
DRAW = "draw"  # what the events that draw pictures are queued as


def read_queue(blocks: gr.Blocks) -> Any:
    """Return the page's queue, an attribute that Gradio keeps private (as of 6.31)."""
    return blocks._queue


def read_event_data(event: gr.EventData) -> Mapping[str, Any]:
    """Return what a page sent with an event, empty where it sent no fields; private to Gradio (as of 6.31)."""
    return event._data if isinstance(event._data, dict) else {}


class Queue(Protocol):
    """The parts of Gradio's queue that the waiting line needs."""

    def draws(self, function: int) -> bool | None:
        """Return whether this function draws pictures; None where there is no such function."""
        ...

    def holds(self, event: str) -> bool:
        """Return whether an event waits or runs."""
        ...

    def knows(self, session: str) -> bool:
        """Return whether a page has events whose end it did not hear."""
        ...

    def full(self) -> bool:
        """Return whether no more events are taken."""
        ...

    async def cancel(self, session: str) -> None:
        """Cancel all that a page asked for, waiting or running."""
        ...


class GradioQueue:
    """The :class:`Queue` of a page, read from Gradio's."""

    def __init__(self, blocks: gr.Blocks) -> None:
        self._blocks = blocks

    def draws(self, function: int) -> bool | None:
        """Return whether a function is queued as one that draws; None where the page has none of that number."""
        known = self._blocks.fns.get(function)
        return None if known is None else known.concurrency_id == DRAW

    def holds(self, event: str) -> bool:
        """Return whether Gradio's queue has an event, waiting or running."""
        return event in read_queue(self._blocks).event_ids_to_events

    def knows(self, session: str) -> bool:
        """Return whether Gradio knows a page; to another one it begins an answer and then breaks it off."""
        return session in read_queue(self._blocks).pending_messages_per_session

    def full(self) -> bool:
        """Return whether as many events wait as Gradio's queue takes."""
        return len(read_queue(self._blocks)) >= SIZE

    async def cancel(self, session: str) -> None:
        """Cancel all that a page asked for; a running event ends at its next message."""
        queue = read_queue(self._blocks)
        await queue.clean_events(session_hash=session)
        queue.pending_event_ids_session.pop(session, None)
        if session in queue.pending_messages_per_session:
            del queue.pending_messages_per_session[session]
