"""Generators in this process: each loaded when it is asked for, kept while it fits, drawing one image at a time."""

import itertools
import logging
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence

from hub.engine import DrawnSample
from hub.engine.admission import LANE, LocalRooms
from hub.engine.dispatch import Again, Dispatcher
from hub.engine.fair_queue import Attempt, Ticket
from hub.engine.hardware import TOO_LARGE, WARM_UP, Hardware, Torch, estimated, is_out_of_memory
from hub.engine.known_models import KnownModels
from hub.engine.packing import ReadPicture, decode, pack, read_named, read_nothing, worded_for
from hub.engine.placement import NoRoom, PlacementTable, Seat, Size
from hub.engine.setups import setup_of
from hub.errors import GenerationError, HubError, UnknownName
from hub.generators import GENERATORS, Draw, Generator, OnProgress, Placement, generator_for, ignore_progress
from hub.schema import Request

log = logging.getLogger(__name__)


class LocalEngine:
    """Runs generators in this process, on the named devices, or on every CUDA device there is and else the CPU.

    ``read`` gives the pictures that requests name.
    """

    here = True

    def __init__(
        self,
        devices: str | Sequence[str] = (),
        *,
        compile: bool = False,
        hardware: Hardware | None = None,
        read: ReadPicture = read_nothing,
    ) -> None:
        self._names = ((devices,) if devices else ()) if isinstance(devices, str) else tuple(devices)
        self._compile, self._hardware, self._read = compile, hardware or Torch(), read
        self._known = KnownModels()
        self._lanes, self._sizes = self._known.lanes, self._known.sizes
        self._loaded: dict[tuple[str, str], Draw] = {}  # by name and device
        self._loading: dict[str, threading.Lock] = defaultdict(threading.Lock)
        self._opening, self._opened = threading.Lock(), False
        self._rooms = LocalRooms(self._lanes.__getitem__, self._sizes.__getitem__, self._let_go)
        self._clerk = Dispatcher(self._rooms, self._draw)

    def ask(self, name: str, request: Request, on_progress: OnProgress, owner: str, party: str) -> Ticket:
        """Ask for a drawing and return at once. Raises HubError also for a device that can't be used."""
        return self._submit(Ticket(name, request, on_progress, owner, party, self._read))

    def _submit(self, ticket: Ticket) -> Ticket:
        generator = generator_for(ticket.name, ticket.request)
        if self._opening.locked():  # another thread imports torch: whoever asks meanwhile hears that it is loading
            return self._clerk.submit_after(ticket, lambda: self._known.know(generator, self._open))
        self._known.know(generator, self._open)
        return self._clerk.submit(ticket)

    def draw(self, name: str, request: Request, on_progress: OnProgress) -> DrawnSample:
        """Draw one image, blocking; ``seconds`` leaves out waiting and loading."""
        return self.draw_from(name, request, on_progress, self._read)

    def draw_from(self, name: str, request: Request, on_progress: OnProgress, read: ReadPicture) -> DrawnSample:
        """Draw one image as ``draw`` does, where ``read`` gives the picture that the request names."""
        return self._submit(Ticket(name, request, on_progress, read=read)).result.result()

    def draw_all(self, name: str, requests: Sequence[Request]) -> Iterator[DrawnSample]:
        """Yield the drawings of all requests in their order, as many at once as there are places."""
        generator_for(name, *requests)
        ahead, left = deque[Ticket](), iter(requests)
        try:
            ahead.extend(self._asked(name, itertools.islice(left, 1)))
            while ahead:
                ahead.extend(self._asked(name, itertools.islice(left, self._width(name) - len(ahead) + 1)))
                yield ahead[0].result.result()
                ahead.popleft()
        finally:
            for ticket in ahead:
                ticket.cancel()

    def _asked(self, name: str, requests: Iterator[Request]) -> list[Ticket]:
        return [self.ask(name, request, ignore_progress, "", "") for request in requests]

    def _width(self, name: str) -> int:
        """How many drawings of one generator can go on at a time."""
        return self._lanes[name] or len(self._rooms.placement.devices)

    def place(self, party: str) -> int:
        """Return the number of parties drawn first until this one has its turn; 0 where it waits for none."""
        return self._clerk.place(party)

    def loading(self, party: str) -> bool:
        """Return whether one of this party's drawings waits for its model to be loaded."""
        return self._clerk.loading(party)

    def waiting(self) -> Mapping[str, int]:
        """Return how many drawings wait for their turn, by generator."""
        return self._clerk.waiting()

    def prepare(self, names: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Load generators and draw one picture with each that runs here; yield its name and why it failed."""
        for name in names:
            try:
                generator = GENERATORS[name]
                self._known.know(generator, self._open)
                if generator.remote:
                    self._load(generator, LANE)
                elif self._fits(name):
                    self.draw(generator.name, WARM_UP, ignore_progress)
                else:
                    continue
            except HubError as error:
                yield name, error.sentence
            else:
                yield name, ""

    def _fits(self, name: str) -> bool:
        with self._clerk.lock:
            return bool(self._lanes[name]) or self._rooms.fits(name)

    def forget(self, name: str) -> None:
        """Free what is held of a generator that is no entry any more, or became another."""
        with self._clerk.lock:
            self._known.forget(name)
            for device in [device for loaded, device in self._loaded if loaded == name]:
                del self._loaded[name, device]
                if self._rooms.forget(name, device):
                    self._hardware.free(device)

    def close(self) -> None:
        """Cancel what waits and what is drawn."""
        self._clerk.cancel_all()

    def _open(self) -> None:
        """Look at the devices, once."""
        with self._opening:
            if not self._opened:
                self._rooms.placement = PlacementTable(self._hardware.devices(self._names))
                self._opened = True

    def _draw(self, ticket: Ticket, seat: Seat) -> DrawnSample:
        """Load what is not loaded, and draw; called by the clerk's threads."""
        try:
            return self._drawn(ticket, seat)
        except UnknownName:  # it was removed while this waited
            self._lose(ticket.name, seat.device)
            raise
        except Exception as error:
            if seat is LANE or not is_out_of_memory(error):
                raise
        # past the handler, so that the frames that hold the memory are gone
        log.warning("%s ran out of memory on %s (%s)", ticket.name, seat.device, ticket.attempt.name)
        self._hardware.free(seat.device)
        self._after_out_of_memory(ticket, seat)
        raise Again

    def _after_out_of_memory(self, ticket: Ticket, seat: Seat) -> None:
        """Let the ticket try once more: alone, then on a larger device or in parts. Raises GenerationError after that.

        One that ran out of memory alone needs more than its device has.
        """
        with self._clerk.lock:
            if ticket.attempt is not Attempt.normal:
                weights = self._sizes[ticket.name].weights
                size = Size(weights, max(self._rooms.placement.devices[seat.device].capacity - weights, 0) + 1)
                hopeless = isinstance(self._rooms.placement.decide(ticket.name, size, True), NoRoom)
                if hopeless or ticket.attempt is Attempt.last:
                    self._lose(ticket.name, seat.device)
                    raise GenerationError(TOO_LARGE)
                self._sizes[ticket.name] = size
            ticket.attempt = Attempt(ticket.attempt + 1)

    def _drawn(self, ticket: Ticket, seat: Seat) -> DrawnSample:
        generator, device = GENERATORS[ticket.name], seat.device
        pictures = decode(read_named(ticket.request, ticket.read))
        ticket.loading = (ticket.name, device) not in self._loaded
        drawing = self._load(generator, seat)
        ticket.loading = False
        setup = setup_of(generator, self._where(seat), self._hardware.describe)
        before = None if seat is LANE else self._watch(device)
        start = time.perf_counter()
        image = ticket.context.run(drawing, worded_for(generator, ticket.request), pictures, ticket.progress)
        seconds = time.perf_counter() - start
        if before is not None and not seat.offload:
            self._note_working(ticket.name, device, (self._hardware.peak(device) or 0) - before)
        return pack(image, ticket.name, ticket.request, setup, seconds)

    def _load(self, generator: Generator, seat: Seat) -> Draw:
        """Return the loaded model, loading it if needed; free the memory of models evicted for it."""
        name, key = generator.name, (generator.name, seat.device)
        if seat.evict:
            self._hardware.free(seat.device)
        with self._loading[name]:
            if key in self._loaded:
                return self._loaded[key]
            before = None if seat is LANE or seat.offload else self._hardware.held(seat.device)
            try:
                drawing = generator.load(self._where(seat))
            except BaseException:
                self._lose(name, seat.device)
                raise
            with self._clerk.lock:
                if not self._known.knows(generator):
                    self._lose(name, seat.device)  # it was removed meanwhile, and draws this one picture
                else:
                    self._loaded[key] = drawing
                    if seat is not LANE and not seat.offload:
                        self._note_weights(generator, seat.device, before)
        return drawing

    def _note_weights(self, generator: Generator, device: str, before: int | None) -> None:
        """Record the model's measured size; estimate it from its files where the device cannot report memory.

        The files may have come by loading it.
        """
        size = self._sizes[generator.name]
        held = estimated(generator).weights if before is None else (self._hardware.held(device) or 0) - before
        if held > 0 and held != size.weights:
            self._measured(generator.name, device, Size(held, size.working))

    def _where(self, seat: Seat) -> Placement:
        return Placement(seat.device or next(iter(self._names), ""), seat.offload, self._compile)

    def _watch(self, device: str) -> int | None:
        self._hardware.watch(device)
        return self._hardware.held(device)

    def _note_working(self, name: str, device: str, working: int) -> None:
        with self._clerk.lock:
            if working > self._sizes[name].working:
                self._measured(name, device, Size(self._sizes[name].weights, working))

    def _measured(self, name: str, device: str, size: Size) -> None:
        self._sizes[name] = size
        self._rooms.measured(name, device, size)

    def _let_go(self, name: str, device: str) -> None:
        self._loaded.pop((name, device), None)

    def _lose(self, name: str, device: str) -> None:
        """A model that could not be loaded, or can't stay."""
        with self._clerk.lock:
            self._loaded.pop((name, device), None)
            if device:
                self._rooms.lose(name, device)
