"""Where the local engine's drawings go on: models on devices, and lanes for what needs no device."""

from collections import Counter
from collections.abc import Callable, Iterable

from hub.engine.dispatch import Admitted
from hub.engine.fair_queue import Attempt, Ticket
from hub.engine.placement import NoRoom, PlacementTable, Seat, Size, Wait
from hub.errors import GenerationError
from hub.generators import ignore_progress
from hub.language.sentence import Sentence
from hub.schema import Request

LANE = Seat("")  # of a generator that needs no device
OVERTAKE = 8  # drawings of loaded models that go before one at whose cost they would leave, lest models take turns
GIB = 2**30


class LocalRooms:
    """Admits tickets in their order.

    ``lanes`` tells by name how many drawings of a generator go on at a time where it needs no device, and 0 for one
    that needs one; ``size`` tells a model's bytes by its name; ``evict`` hears of each (name, device) that leaves.
    """

    def __init__(
        self, lanes: Callable[[str], int], size: Callable[[str], Size], evict: Callable[[str, str], None]
    ) -> None:
        self._lanes, self._size, self._evict = lanes, size, evict
        self._lost: set[tuple[str, str]] = set()
        self._placement: PlacementTable | None = None
        self._drawing: Counter[str] = Counter()

    @property
    def placement(self) -> PlacementTable:
        """Return the table of what is placed on which device.

        Raises: ValueError before the devices are known.
        """
        if self._placement is None:
            raise ValueError("the devices are not known yet")
        return self._placement

    @placement.setter
    def placement(self, placement: PlacementTable) -> None:
        self._placement = placement

    def admit(self, waiting: Iterable[Ticket]) -> Admitted[Seat] | None:
        """Return the first waiting ticket that can start, on a seat of a device, or the one that never can."""
        kept: set[str] = set()  # devices that an earlier ticket waits for
        costly: dict[str, tuple[Ticket, Seat]] = {}  # by device the first ticket that makes others leave
        for ticket in waiting:
            option = self._option(ticket)
            if isinstance(option, NoRoom):
                return Admitted(ticket, None, self._refusal(ticket))
            if isinstance(option, Wait):
                kept |= {option.device} if option.kept else set()
            elif option.device not in kept:
                if not option.evict or ticket.attempt or ticket.overtaken >= OVERTAKE:
                    if option.device in costly:
                        costly[option.device][0].overtaken += 1
                    return self._seated(ticket, option)
                costly.setdefault(option.device, (ticket, option))
        return self._seated(*next(iter(costly.values()))) if costly else None

    def leave(self, ticket: Ticket, seat: Seat) -> None:
        """Free the seat of a drawing that is done."""
        if seat is LANE:
            self._drawing[ticket.name] -= 1
        elif (ticket.name, seat.device) in self._lost:
            self._lost.discard((ticket.name, seat.device))
            self.placement.drop(ticket.name, seat.device)
        else:
            self.placement.leave(ticket.name, seat.device)

    def lose(self, name: str, device: str) -> None:
        """A model that has a seat there could not be loaded, or can't stay: it is gone when the seat is left."""
        if device:
            self._lost.add((name, device))

    def forget(self, name: str, device: str) -> bool:
        """A model that is loaded is wanted no more: it leaves its device now (True), or when its seat is left."""
        if not device or self.placement.draws(name, device):
            self.lose(name, device)
            return False
        self.placement.drop(name, device)
        return True

    def measured(self, name: str, device: str, size: Size) -> None:
        """Take a loaded model's true size; others may have to leave because of it."""
        for gone in self.placement.measured(name, device, size):
            self._evict(gone, device)

    def fits(self, name: str) -> bool:
        """Whether a generator can be loaded, or is, without that another leaves or draws."""
        option = self._option(Ticket(name, Request(prompt="", seed=0), ignore_progress))
        return isinstance(option, Seat) and not option.evict and not option.offload

    def _option(self, ticket: Ticket) -> Seat | Wait | NoRoom:
        if lanes := self._lanes(ticket.name):
            return LANE if self._drawing[ticket.name] < lanes else Wait(LANE.device)
        return self.placement.decide(ticket.name, self._size(ticket.name), ticket.attempt >= Attempt.alone)

    def _seated(self, ticket: Ticket, seat: Seat) -> Admitted[Seat]:
        if seat is LANE:
            self._drawing[ticket.name] += 1
        else:
            for gone in seat.evict:
                self._evict(gone, seat.device)
            self.placement.take(ticket.name, self._size(ticket.name), seat)
        return Admitted(ticket, seat)

    def _refusal(self, ticket: Ticket) -> GenerationError:
        size = self._size(ticket.name)
        need, most = size.weights + size.working, max(d.capacity for d in self.placement.devices.values())
        return GenerationError(
            Sentence(
                "This generator needs {need:.1f} GiB and fits no device here (the largest holds {most:.1f} GiB): name "
                "a larger one in HUB_DEVICES.",
                need=need / GIB,
                most=most / GIB,
            )
        )
