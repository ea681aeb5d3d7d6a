"""A visitor's own pictures, in memory while their page is open, with what is known of how they were drawn."""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

from hub.errors import PictureError
from hub.language.sentence import Sentence
from hub.ui.compare import MOST_PICTURES
from hub.ui.compare.picture_archive import LeftOutFile
from hub.ui.studio.held_pictures import OFFERED, UNCLAIMED

MOST = 256 << 20  # bytes of all visitors' pictures; the oldest are gone first
MOST_OF_PAGE = 48 << 20  # of one page's
MOST_BATCHES = 8  # that a page adds
GONE = Sentence("Your pictures are no longer here: add them again.")
FULL = Sentence("No more pictures fit beside those that you added: remove them first.")


@dataclass(frozen=True)
class OwnPicture:
    """A picture as it was given: its path, its PNG, and what is known of it.

    ``generator`` is empty where nobody names it, ``lack`` says why no prompt is known.
    """

    name: str
    png: bytes = field(repr=False)
    prompt: str | None = None
    seed: int | None = None
    generator: str = ""
    lack: str = ""

    def fill(self, prompt: str, seed: int | None, generator: str | None) -> "OwnPicture":
        """Return the picture with a prompt and a seed; a generator is believed where none is named."""
        return replace(self, prompt=" ".join(prompt.split()), seed=seed, generator=self.generator or generator or "")


@dataclass(frozen=True)
class OwnBatch:
    """Pictures that were added at once.

    ``said``: what was read of all that were given. ``differences`` are sentences on sources that disagree. ``lost`` are
    names that no picture has, ``over`` those of pictures that did not fit; ``unsent`` is how many the browser did not
    send. ``title`` is that of the column of those whose generator is not named.
    """

    pictures: tuple[OwnPicture, ...]
    said: Sentence
    differences: tuple[str, ...] = ()
    left_out: tuple[LeftOutFile, ...] = ()
    lost: tuple[LeftOutFile, ...] = ()
    over: tuple[str, ...] = ()
    unsent: int = 0
    title: str = ""

    @property
    def unnamed(self) -> bool:
        """Whether it has pictures whose generator is not named."""
        return any(not one.generator for one in self.pictures)

    def fit(self, pictures: int, most: int) -> "OwnBatch":
        """Return as many of its first pictures as fit into so many and so many bytes."""
        kept: list[OwnPicture] = []
        for one in self.pictures[:pictures]:
            most -= len(one.png)
            if most < 0:
                break
            kept.append(one)
        over = (*self.over, *(one.name for one in self.pictures[len(kept) :]))
        return replace(self, pictures=tuple(kept), over=over)


@dataclass(frozen=True)
class OwnSet:
    """All that one page added, batch by batch."""

    batches: tuple[OwnBatch, ...] = ()

    @cached_property
    def pictures(self) -> tuple[OwnPicture, ...]:
        """The pictures of every batch."""
        return tuple(one for batch in self.batches for one in batch.pictures)

    @property
    def unprompted(self) -> tuple[OwnPicture, ...]:
        """The pictures whose prompt is not known, in their order."""
        return tuple(one for one in self.pictures if one.prompt is None)

    @cached_property
    def bytes(self) -> int:
        """The memory that the pictures take."""
        return sum(len(one.png) for one in self.pictures)

    def add(self, batch: OwnBatch, title: str) -> "OwnSet":
        """Return a set with one batch more, as far as it fits, whose column has a name that none has yet.

        Raises: PictureError where nothing of it fits.
        """
        fitted = batch.fit(MOST_PICTURES - len(self.pictures), MOST_OF_PAGE - self.bytes)
        if len(self.batches) >= MOST_BATCHES or (batch.pictures and not fitted.pictures):
            raise PictureError(FULL)
        taken, free, number = {one.title for one in self.batches}, title, 1
        while free in taken:
            number += 1
            free = f"{title} {number}"
        return OwnSet((*self.batches, replace(fitted, title=free)))

    def rename(self, title: str) -> "OwnSet":
        """Return the set with another title of the batch that was added last of those that have unnamed pictures."""
        if not title:
            return self
        last = max((at for at, batch in enumerate(self.batches) if batch.unnamed), default=-1)
        return OwnSet(
            tuple(replace(batch, title=title) if at == last else batch for at, batch in enumerate(self.batches))
        )

    def change(self, make: Callable[[OwnPicture], OwnPicture]) -> "OwnSet":
        """Return the set with every picture made anew."""
        return OwnSet(tuple(replace(batch, pictures=tuple(map(make, batch.pictures))) for batch in self.batches))


class HeldOwnSets:
    """The sets by page, each for ``seconds`` at most. Safe to call from several threads."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._held: OrderedDict[str, tuple[OwnSet, float]] = OrderedDict()  # oldest first, with their end
        self._lock = threading.RLock()

    def offer(self, batch: OwnBatch) -> str:
        """Hold a batch that no page has claimed yet, and return the name to claim it by, which can't be guessed."""
        name = secrets.token_urlsafe(24)
        self._put(f"{OFFERED}{name}", OwnSet((batch,)), UNCLAIMED)
        return name

    def claim(self, page: str, name: str, title: str, unsent: int = 0, others: tuple[LeftOutFile, ...] = ()) -> OwnSet:
        """Add a batch that was offered to a page's set, and return that.

        The browser did not send so many pictures of it, ``unsent``, and these ``others``, of other kinds.

        Raises: PictureError for a name that stands for none, or none any more, and where it does not fit.
        """
        with self._lock:
            offered, until = self._held.pop(f"{OFFERED}{name}", (OwnSet(), 0.0))
        if until <= time.monotonic():
            raise PictureError(GONE)
        batch = offered.batches[0]
        batch = replace(batch, unsent=unsent, left_out=(*batch.left_out, *others))
        return self.change(page, lambda found: found.add(batch, title))

    def of(self, page: str) -> OwnSet:
        """Return a page's set, an empty one where it has none, or none any more."""
        with self._lock:
            found, until = self._held.get(page, (OwnSet(), 0.0))
        return found if until > time.monotonic() else OwnSet()

    def change(self, page: str, make: Callable[[OwnSet], OwnSet]) -> OwnSet:
        """Hold what ``make`` makes of a page's set, as it is just then, in its place; return that."""
        with self._lock:
            found = make(self.of(page))
            self._put(page, found, self.seconds)
        return found

    def clear(self, page: str) -> None:
        """Forget what a page added."""
        with self._lock:
            self._held.pop(page, None)

    def __len__(self) -> int:
        """Return how many sets are held."""
        return len(self._held)

    def _put(self, owner: str, found: OwnSet, seconds: float) -> None:
        now = time.monotonic()
        with self._lock:
            self._held.pop(owner, None)
            self._held[owner] = found, now + seconds
            for key in [key for key, (_, until) in self._held.items() if until <= now]:
                del self._held[key]
            left = sum(one.bytes for one, _ in self._held.values())
            while left > MOST:
                left -= self._held.popitem(last=False)[1][0].bytes
