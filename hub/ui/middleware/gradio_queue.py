"""What the line knows of Gradio's queue: the only place that looks into it."""

from typing import Protocol

import gradio as gr

SIZE = 256  # events that may wait in it; no one network gets near
DRAW = "draw"  # what the events that draw pictures are queued as


class Queue(Protocol):
    """What the line must know of Gradio's queue."""

    def draws(self, function: int) -> bool | None:
        """Return whether this function draws pictures; None where there is no such function."""
        ...

    def holds(self, event: str) -> bool:
        """Return whether an event waits or goes on."""
        ...

    def knows(self, session: str) -> bool:
        """Return whether a page asked for anything that it did not hear the end of."""
        ...

    def full(self) -> bool:
        """Return whether no more events are taken."""
        ...

    async def cancel(self, session: str) -> None:
        """Let nothing that a page asked for wait or go on."""
        ...


class GradioQueue:
    """Implements :class:`Queue` for a page."""

    def __init__(self, blocks: gr.Blocks) -> None:
        self._blocks = blocks

    def draws(self, function: int) -> bool | None:
        """See the protocol."""
        known = self._blocks.fns.get(function)
        return None if known is None else known.concurrency_id == DRAW

    def holds(self, event: str) -> bool:
        """See the protocol."""
        return event in self._blocks._queue.event_ids_to_events

    def knows(self, session: str) -> bool:
        """See the protocol. To a page that it does not know, Gradio begins an answer and then breaks it off."""
        return session in self._blocks._queue.pending_messages_per_session

    def full(self) -> bool:
        """See the protocol."""
        return len(self._blocks._queue) >= SIZE

    async def cancel(self, session: str) -> None:
        """See the protocol. What goes on ends at its next message."""
        queue = self._blocks._queue
        await queue.clean_events(session_hash=session)
        queue.pending_event_ids_session.pop(session, None)
        if session in queue.pending_messages_per_session:
            del queue.pending_messages_per_session[session]
