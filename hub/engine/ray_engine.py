"""Generators as actors of a Ray cluster, each in a worker process: the same Protocol, and the same bytes.

A worker that dies is started again by Ray, and what it was drawing is drawn again.
"""

import logging
import secrets
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import wait
from functools import partial
from typing import Any

from hub.engine import DrawnSample
from hub.engine.dispatch import FAILED, Admitted, Dispatcher
from hub.engine.fair_queue import WITHDRAWN, Ticket
from hub.engine.hardware import CALLS, WARM_UP
from hub.engine.model_files import SentModel, pack_model
from hub.engine.packing import ReadPicture, read_nothing
from hub.engine.ray_cluster import gpus, load_data, load_ray, nodes, share_gpus
from hub.engine.ray_worker import DIED, Painter, RowSampler, fetch_preview, pack_request, unpack, workplace
from hub.errors import Cancelled, GenerationError, HubError, UnknownName
from hub.generators import GENERATORS, OnProgress, generator_for, ignore_progress, roster
from hub.schema import Request
from hub.settings import Settings

log = logging.getLogger(__name__)
POLL = 0.1  # seconds between looks at how far a drawing is
BLOCKS = 256  # of rows, so many that are drawn again where a worker of Ray Data dies
TRIES = 3  # of a drawing whose worker dies
RESTART = 120.0  # seconds that a worker may take to start again


class RayEngine:
    """Runs generators in the workers of the settings' cluster, which is looked for when it is made.

    ``read`` gives the pictures that requests name, which travel with them. Each generator, but for those that run
    elsewhere, takes a share of a GPU (HUB_RAY_GPUS; by itself: all get the same, at most one), and has as many workers
    as there is room for; where the cluster has no GPU, it has one. Models made at run time are sent to them; one that
    comes later draws on a GPU where the others leave a share, else on a CPU.

    Raises: HubError without the cluster, or where it has too few GPUs.
    """

    here = False

    def __init__(self, settings: Settings, read: ReadPicture = read_nothing) -> None:
        self._settings, self._ray, self._read = settings, load_ray(settings), read
        self._there = gpus(settings)
        self._first = {one.name for one in roster(settings.generators, settings.data) if not one.remote}
        count = max(1, len(self._first))
        self._share = share = share_gpus(self._there, settings.ray_gpus, count)
        self._workers = max(1, int(self._there / (share * count))) if share else 1
        self._painters: dict[tuple[str, int], Any] = {}
        self._sent: dict[str, tuple[SentModel, list[Any]]] = {}  # by name, with what Ray has of its files
        self._shares: dict[tuple[str, int], float] = {}  # of a GPU, that workers of models made since the start have
        self._reserved = share * self._workers * count
        self._taken: dict[str, set[int]] = defaultdict(set)
        self._sending = threading.Lock()
        self._clerk: Dispatcher[int] = Dispatcher(self, self._draw)

    def ask(self, name: str, request: Request, on_progress: OnProgress, owner: str, party: str) -> Ticket:
        """Ask for a drawing and return at once."""
        name = generator_for(name, request).name
        return self._clerk.submit(Ticket(name, request, on_progress, owner, party, self._read))

    def draw(self, name: str, request: Request, on_progress: OnProgress) -> DrawnSample:
        """Draw one image, blocking."""
        return self.ask(name, request, on_progress, "", "").result.result()

    def draw_all(self, name: str, requests: Sequence[Request]) -> Iterator[DrawnSample]:
        """Yield the drawings of all requests in their order, by Ray Data over the whole cluster."""
        if not requests:
            return
        remote, data = generator_for(name, *requests).remote, load_data(self._settings)
        share = 0.0 if remote else self._share
        sent, files = self._send(name)
        size = int(self._there / share) if share else nodes(self._settings) * (CALLS if remote else 1)
        rows = data.from_items(
            [pack_request(request, self._read) for request in requests],
            override_num_blocks=min(len(requests), BLOCKS),
        )
        drawn = rows.map(
            RowSampler,
            fn_constructor_args=(name, workplace(self._settings, share, sent), *files),
            compute=data.ActorPoolStrategy(min_size=1, max_size=size),
            num_gpus=share,
            num_cpus=0 if share else 1,
            max_task_retries=TRIES - 1,  # else Ray draws what kills its worker again for ever
        )
        try:
            yield from map(unpack, drawn.iter_rows())
        except self._ray.exceptions.RayError as error:
            log.warning("drawing with %s ended: %s", name, str(error).partition(". ")[0])
            raise GenerationError(DIED) from None

    def place(self, party: str) -> int:
        """Return the number of parties drawn first until this one has its turn; 0 where it waits for none."""
        return self._clerk.place(party)

    def loading(self, party: str) -> bool:
        """Return whether one of this party's drawings waits for a worker that starts, or loads its model."""
        return self._clerk.loading(party)

    def waiting(self) -> Mapping[str, int]:
        """Return how many drawings wait for their turn, by generator."""
        return self._clerk.waiting()

    def prepare(self, names: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Warm every worker up, all at once, and yield each generator with why it failed."""
        names = [name for name in names if name in {one.name for one in GENERATORS}]  # one may be removed meanwhile
        connecting = {name: self._painter(name, 0).prepare.remote() for name in names if GENERATORS[name].remote}
        asked = [
            self.ask(name, WARM_UP, ignore_progress, "", "")
            for name in names
            if not GENERATORS[name].remote
            for _ in range(self._workers)
        ]
        wait([ticket.result for ticket in asked])
        errors = [(one.name, error) for one in asked if (error := one.result.exception())]
        failed = {name: error.sentence if isinstance(error, HubError) else str(error) for name, error in errors}
        yield from (dict.fromkeys((one.name for one in asked), "") | failed).items()
        for name, why in connecting.items():
            try:
                yield name, self._ray.get(why)
            except self._ray.exceptions.RayError as error:
                log.warning("the worker of %s died: %s", name, str(error).partition(". ")[0])
                yield name, DIED

    def forget(self, name: str) -> None:
        """Forget a generator; its workers end when they have drawn what they draw."""
        with self._clerk.lock:
            for key in [key for key in self._painters if key[0] == name]:
                del self._painters[key]
                self._shares.pop(key, None)
            self._sent.pop(name, None)

    def close(self) -> None:
        """Cancel what waits and what is drawn, and leave the cluster."""
        self._clerk.cancel_all()
        self._ray.shutdown()

    def admit(self, waiting: Iterable[Ticket]) -> Admitted[int] | None:
        """Return the first waiting ticket that can start. A seat is a number: of a worker, or of a call elsewhere."""
        for ticket in waiting:
            try:
                seats = CALLS if GENERATORS[ticket.name].remote else self._workers
            except UnknownName as error:  # it was removed while this waited
                return Admitted(ticket, None, error)
            if free := set(range(seats)) - self._taken[ticket.name]:
                self._taken[ticket.name].add(seat := min(free))
                return Admitted(ticket, seat)
        return None

    def leave(self, ticket: Ticket, seat: int) -> None:
        """Free the seat of a drawing that is done."""
        self._taken[ticket.name].discard(seat)

    def _painter(self, name: str, seat: int) -> Any:
        """The actor of a seat; one that runs elsewhere has one actor for all its calls."""
        remote = GENERATORS[name].remote
        key = (name, 0 if remote else seat)
        sent, files = self._send(name)
        with self._clerk.lock:
            if key not in self._painters:
                share = 0.0 if remote else self._free_share(key)
                options = {
                    "num_gpus": share,
                    "num_cpus": 0,
                    "max_restarts": -1,
                    "max_concurrency": 2 * CALLS,  # drawings, and looks at them
                    "scheduling_strategy": "SPREAD",
                }
                actor = self._ray.remote(**options)(Painter)
                self._painters[key] = actor.remote(name, workplace(self._settings, share, sent), *files)
            return self._painters[key]

    def _free_share(self, key: tuple[str, int]) -> float:
        """The share of a GPU that a worker gets; noted for one that came after the start."""
        if key[0] in self._first:
            return self._share
        fits = self._reserved + sum(self._shares.values()) + self._share <= self._there
        self._shares[key] = self._share if fits else 0.0
        return self._shares[key]

    def _send(self, name: str) -> tuple[SentModel | None, list[Any]]:
        """A model made at run time and its files, in Ray's keeping. This machine's own cluster reads the folder."""
        entry = GENERATORS[name]
        if not self._settings.ray_address or not getattr(entry, "stored", False):
            return None, []
        with self._sending:
            if name not in self._sent:
                sent, contents = pack_model(entry)
                self._sent[name] = sent, [self._ray.put(content) for content in contents]
            return self._sent[name]

    def _draw(self, ticket: Ticket, seat: int) -> DrawnSample:
        """Draw on a worker, again where it dies; called by the clerk's threads."""
        painter = self._painter(ticket.name, seat)
        for _ in range(TRIES):
            try:
                return self._drawn(painter, ticket)
            except self._ray.exceptions.RayTaskError as error:
                if isinstance(error.cause, HubError):
                    raise type(error.cause)(error.cause.sentence) from None
                log.exception("generator %s failed on a worker", ticket.name)
                raise GenerationError(FAILED) from None
            except self._ray.exceptions.RayError as error:
                log.warning("the worker of %s died: %s", ticket.name, str(error).partition(". ")[0])
                self._await(painter, ticket)
        raise GenerationError(DIED)

    def _drawn(self, painter: Any, ticket: Ticket) -> DrawnSample:
        """Draw, and tell how far it is."""
        id = secrets.token_hex(8)
        drawn = painter.draw.remote(id, pack_request(ticket.request, ticket.read))
        while not self._ray.wait([drawn], timeout=POLL)[0]:
            self._look(painter, id, ticket)
        return unpack(self._ray.get(drawn))

    def _await(self, painter: Any, ticket: Ticket) -> None:
        """Until Ray has started the worker again. Raises GenerationError after a while, and Cancelled."""
        end, ticket.loading = time.monotonic() + RESTART, True
        while time.monotonic() < end:
            ticket.check()
            try:
                self._ray.get(painter.look.remote("", False), timeout=1.0)
            except (self._ray.exceptions.RayActorError, self._ray.exceptions.GetTimeoutError):
                time.sleep(POLL)
            else:
                return
        raise GenerationError(DIED)

    def _look(self, painter: Any, id: str, ticket: Ticket) -> None:
        """Pass on how far it is, and that nobody waits for it. Raises Cancelled where a worker can't be told."""
        try:
            share, seen = self._ray.get(painter.look.remote(id, ticket.cancelled), timeout=1.0)
        except (self._ray.exceptions.RayActorError, self._ray.exceptions.GetTimeoutError):  # it starts, again
            ticket.loading = True
            if ticket.cancelled:
                raise Cancelled(WITHDRAWN) from None
        else:
            ticket.loading = share is None
            if share:
                ticket.on_progress(share, partial(fetch_preview, self._ray.get, painter, id) if seen else None)
