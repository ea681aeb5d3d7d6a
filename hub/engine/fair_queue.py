"""Drawings that were asked for, and whose turn it is."""

import bisect
import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from enum import IntEnum

from hub.engine import DrawnSample
from hub.engine.packing import ReadPicture, read_nothing
from hub.errors import Cancelled
from hub.generators import OnProgress
from hub.generators.contract import MakePreview
from hub.language.sentence import Sentence
from hub.schema import Request

WITHDRAWN = Sentence("The drawing was cancelled: nobody waits for it any more.")


class Attempt(IntEnum):
    """How a drawing is tried; the next one is for a model that ran out of memory."""

    normal = 0
    alone = 1  # nothing else is loaded to the device
    last = 2  # and on a larger device, or the model is brought there in parts


@dataclass(eq=False)
class Ticket:
    """One drawing that was asked for. ``owner`` is whoever asks, for the turns; ``party`` is what it belongs to.

    ``read`` gives the pictures that the request names. ``result`` gets the drawing, or the HubError that says why there
    is none.
    """

    name: str
    request: Request
    on_progress: OnProgress
    owner: str = ""
    party: str = ""
    read: ReadPicture = read_nothing
    result: Future[DrawnSample] = field(default_factory=Future)
    attempt: Attempt = Attempt.normal
    context: Context = field(default_factory=copy_context)  # the asker's, as ZeroGPU takes from it whose quota this is
    turn: tuple[int, int] = (0, 0)  # its place in the order, given by the queue
    overtaken: int = 0
    loading: bool = False  # its model is being loaded, or the devices are being looked at for the first time
    withdraw: Callable[["Ticket"], None] = lambda _: None
    _cancelled: threading.Event = field(default_factory=threading.Event)

    def cancel(self) -> None:
        """Nobody waits for it: it leaves the queue, or stops at its next step. Harmless when it is done."""
        self._cancelled.set()
        self.withdraw(self)

    @property
    def cancelled(self) -> bool:
        """Whether nobody waits for it."""
        return self._cancelled.is_set()

    def check(self) -> None:
        """Raises Cancelled where nobody waits for it."""
        if self.cancelled:
            raise Cancelled(WITHDRAWN)

    def progress(self, share: float, preview: MakePreview | None = None) -> None:
        """What the generator calls at each step. Raises Cancelled where nobody waits for it."""
        self.check()
        self.on_progress(share, preview)


class FairQueue:
    """Waiting tickets in their order: owners in turn, each owner's in the order in which they came.

    Start-time fair queueing (Goyal, Vin and Cheng, 1996) with drawings of equal length: a ticket's round is the one
    after its owner's last, but no earlier than the round that is drawn now. Not safe to call from several threads.
    """

    def __init__(self) -> None:
        self._waiting: list[Ticket] = []
        self._numbers = itertools.count()
        self._round = 0
        self._last: dict[str, int] = {}  # round of each owner's last ticket, where it is still to come

    def __iter__(self) -> Iterator[Ticket]:
        """Those that wait, the next one first."""
        return iter(self._waiting)

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, ticket: Ticket) -> bool:
        return any(ticket is one for one in self._waiting)

    def add(self, ticket: Ticket) -> None:
        """Give a new ticket its turn."""
        own = max(self._round, self._last.get(ticket.owner, -1) + 1)
        self._last[ticket.owner] = own
        ticket.turn = (own, next(self._numbers))
        self.put_back(ticket)

    def put_back(self, ticket: Ticket) -> None:
        """Let a ticket that was taken wait again, at the turn it had."""
        bisect.insort(self._waiting, ticket, key=lambda one: one.turn)

    def take(self, ticket: Ticket) -> None:
        """Its turn has come."""
        self.drop(ticket)
        self._round = max(self._round, ticket.turn[0])
        self._last = {owner: last for owner, last in self._last.items() if last >= self._round}

    def drop(self, ticket: Ticket) -> None:
        """It waits no longer."""
        self._waiting.remove(ticket)

    def place(self, party: str) -> int:
        """How many parties are drawn first, until one of this party's tickets has its turn: 1 for the next one.

        It tells nothing of who draws what: it is counted over all generators. 0 where none of the party's waits.
        """
        before: set[str] = set()
        for ticket in self._waiting:
            before.add(ticket.party)
            if ticket.party == party:
                return len(before)
        return 0
