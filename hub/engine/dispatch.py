"""The engine's clerk: tickets wait in fair order, and are drawn by threads as soon as there is a place for them."""

import logging
import queue
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from hub.engine import DrawnSample
from hub.engine.fair_queue import WITHDRAWN, FairQueue, Ticket
from hub.errors import Cancelled, GenerationError, HubError
from hub.language.sentence import Sentence

log = logging.getLogger(__name__)
S = TypeVar("S")
FAILED = Sentence("The generator failed on this prompt; try again or re-roll.")


class Again(Exception):
    """Raised by what draws: the ticket must wait for its turn again, as its changed ``attempt`` says."""


@dataclass(frozen=True)
class Admitted(Generic[S]):
    """A ticket that can be drawn now, and where; or, without a seat, the error that says why it never can."""

    ticket: Ticket
    seat: S | None
    error: HubError | None = None


class Rooms(Protocol[S]):
    """Where drawings can go on. Its methods are called by one thread at a time."""

    def admit(self, waiting: Iterable[Ticket]) -> Admitted[S] | None:
        """The first of those that wait, in their order, that can start; its seat is taken. None where none can."""
        ...

    def leave(self, ticket: Ticket, seat: S) -> None:
        """What was drawn on this seat is done."""
        ...


class _Workers:
    """Threads that live as long as the process, as many as ever worked at once; a daemon's end waits for none."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._idle = 0
        self._lock = threading.Lock()

    def run(self, job: Callable[[], None]) -> None:
        """Run it soon, beside all others."""
        with self._lock:
            self._idle -= 1
            if self._idle < 0:
                self._idle = 0
                threading.Thread(target=self._work, daemon=True).start()
        self._jobs.put(job)

    def _work(self) -> None:
        while True:
            self._jobs.get()()
            with self._lock:
                self._idle += 1


class Dispatcher(Generic[S]):
    """Hands tickets to ``draw`` as ``rooms`` admits them. Safe to call from several threads."""

    def __init__(self, rooms: Rooms[S], draw: Callable[[Ticket, S], DrawnSample]) -> None:
        self._rooms, self._draw = rooms, draw
        self._queue, self._workers = FairQueue(), _Workers()
        self._running: set[Ticket] = set()
        self._early: set[Ticket] = set()
        self.lock = threading.RLock()

    def submit(self, ticket: Ticket) -> Ticket:
        """Let it wait for its turn."""
        ticket.withdraw = self._withdraw
        with self.lock:
            self._queue.add(ticket)
            self._start()
        return ticket

    def submit_after(self, ticket: Ticket, ready: Callable[[], None]) -> Ticket:
        """Let it wait for its turn once ``ready``, which takes long, has returned; its HubError is the ticket's."""
        ticket.loading = True
        with self.lock:
            self._early.add(ticket)
        self._workers.run(lambda: self._submit_late(ticket, ready))
        return ticket

    def _submit_late(self, ticket: Ticket, ready: Callable[[], None]) -> None:
        try:
            ready()
        except HubError as error:
            with self.lock:
                self._early.discard(ticket)
            ticket.result.set_exception(type(error)(error.sentence))
            return
        with self.lock:
            self._early.discard(ticket)
            ticket.loading = False
            self.submit(ticket)

    def loading(self, party: str) -> bool:
        """Return whether one of a party's drawings has its turn and waits for its model."""
        with self.lock:
            return any(ticket.loading and ticket.party == party for ticket in (*self._early, *self._running))

    def place(self, party: str) -> int:
        """Return the number of parties drawn first until this one has its turn; 0 where it waits for none."""
        with self.lock:
            return self._queue.place(party)

    def waiting(self) -> Counter[str]:
        """How many tickets wait, by generator."""
        with self.lock:
            return Counter(ticket.name for ticket in self._queue)

    def cancel_all(self) -> None:
        """Nobody waits for anything any more."""
        with self.lock:
            tickets = [*self._early, *self._queue, *self._running]
        for ticket in tickets:
            ticket.cancel()

    def _withdraw(self, ticket: Ticket) -> None:
        with self.lock:
            waits = ticket in self._queue
            if waits:
                self._queue.drop(ticket)
                self._start()  # it may have been what others waited for
        if waits:
            ticket.result.set_exception(Cancelled(WITHDRAWN))

    def _start(self) -> None:
        while (found := self._rooms.admit(self._queue)) is not None:
            self._queue.take(found.ticket)
            self._running.add(found.ticket)
            self._workers.run(lambda found=found: self._serve(found))  # type: ignore[misc]

    def _serve(self, admitted: Admitted[S]) -> None:
        """Draw a ticket, then tell whoever waits. Its seat is free before anyone hears of it."""
        ticket, seat = admitted.ticket, admitted.seat
        result: DrawnSample | HubError | None = admitted.error
        if seat is not None:
            result = self._result(ticket, seat)
        try:
            with self.lock:
                self._running.discard(ticket)
                if seat is not None:
                    self._rooms.leave(ticket, seat)
                if result is None:
                    self._queue.put_back(ticket)
                self._start()
        finally:
            if isinstance(result, HubError):
                ticket.result.set_exception(result)
            elif result is not None:
                ticket.result.set_result(result)

    def _result(self, ticket: Ticket, seat: S) -> DrawnSample | HubError | None:
        """What was drawn, or why not; None where it is to be tried again."""
        try:
            ticket.check()
            return self._draw(ticket, seat)
        except Again:
            return None
        except HubError as told:
            return type(told)(told.sentence)  # without the frames of the original, which hold a model's memory
        except BaseException:  # whatever a model's code raises, a panic of Rust's or an exit too, becomes one sentence
            log.exception("generator %s failed", ticket.name)
            return GenerationError(FAILED)
