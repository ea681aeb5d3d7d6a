"""Which model goes to which device, and what leaves for it. Numbers only: no torch, no thread, no clock."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Device:
    """A place for models. ``capacity`` in bytes is what models may take; ``at_once`` drawings go on side by side.

    ``offloads``: a model that is larger than the device can still draw there, its parts brought in one by one.
    """

    name: str
    capacity: int
    at_once: int = 1
    offloads: bool = False


@dataclass(frozen=True)
class Size:
    """Bytes of a model: its ``weights`` while it is loaded, and what a drawing needs beside them."""

    weights: int
    working: int = 0


@dataclass(frozen=True)
class Seat:
    """A model may draw at ``device``: load it first where ``load`` says so, when ``evict`` have left."""

    device: str
    load: bool = False
    evict: tuple[str, ...] = ()
    offload: bool = False


@dataclass(frozen=True)
class Wait:
    """Nothing can be done before something is done drawing at ``device``.

    ``kept``: what draws there holds the memory, so that nothing else may start there before this model.
    """

    device: str
    kept: bool = False


@dataclass(frozen=True)
class NoRoom:
    """The model fits nowhere, even alone."""


@dataclass
class _Guest:
    """A model that is loaded to a device; ``used`` orders them by their last use."""

    size: Size
    used: int
    users: int = 0
    offload: bool = False


class PlacementTable:
    """Book-keeping of what is loaded where. Not safe to call from several threads.

    A model draws one picture at a time on each device it is loaded to. What leaves is what was used least recently, and
    never a model that draws. A model is loaded a second time, to another device, only where it displaces nothing.
    """

    def __init__(self, devices: Sequence[Device]) -> None:
        if not devices:
            raise ValueError("there is no device to place models on")
        self.devices = {device.name: device for device in devices}
        self._guests: dict[str, dict[str, _Guest]] = {device.name: {} for device in devices}
        self._clock = 0

    def held(self, device: str) -> tuple[str, ...]:
        """Names of the models that are loaded to a device, the least recently used first."""
        guests = self._guests[device]
        return tuple(sorted(guests, key=lambda name: guests[name].used))

    def taken(self, device: str) -> int:
        """Bytes of a device that its models take: all weights, and the working memory of as many as draw at once."""
        return self._needed(device, [guest.size for guest in self._guests[device].values()])

    def decide(self, model: str, size: Size, alone: bool = False) -> Seat | Wait | NoRoom:
        """Where this model may draw now; ``alone``: where nothing else is loaded.

        The best there is: where it is loaded and free; where it fits beside the others; where it is loaded and draws
        (wait); where what leaves was unused for longest; where something that draws is in its way (wait).
        """
        whole = [d for d in self.devices.values() if self._needed(d.name, [size]) <= d.capacity]
        devices = whole or [d for d in self.devices.values() if d.offloads]
        if not devices:
            return NoRoom()
        options = [self._option(device, model, size, alone, not whole) for device in devices]
        return min(options, key=lambda option: self._rank(option, model))

    def take(self, model: str, size: Size, seat: Seat) -> None:
        """The model draws there from now on; what ``seat`` evicts is gone."""
        guests = self._guests[seat.device]
        for name in seat.evict:
            del guests[name]
        if seat.load:
            size = Size(self.devices[seat.device].capacity) if seat.offload else size
            guests[model] = _Guest(size, self._clock, offload=seat.offload)
        guests[model].users += 1
        self._touch(guests[model])

    def leave(self, model: str, device: str) -> None:
        """The model has drawn there, and stays loaded."""
        guest = self._guests[device][model]
        guest.users -= 1
        self._touch(guest)

    def drop(self, model: str, device: str) -> None:
        """The model could not be loaded there, or was taken away."""
        del self._guests[device][model]

    def draws(self, model: str, device: str) -> bool:
        """Whether the model draws there now, or is being loaded for that."""
        return model in self._guests[device] and self._guests[device][model].users > 0

    def measured(self, model: str, device: str, size: Size) -> tuple[str, ...]:
        """Take a loaded model's true size; returns the idle models that must leave because of it, and are gone."""
        guest = self._guests[device][model]
        if guest.offload:
            return ()
        guest.size = size
        gone = self._leavers(device, [], self.devices[device].capacity, keep=model) or ()
        for name in gone:
            del self._guests[device][name]
        return gone

    def _touch(self, guest: _Guest) -> None:
        self._clock += 1
        guest.used = self._clock

    def _needed(self, device: str, sizes: Sequence[Size]) -> int:
        working = sorted(size.working for size in sizes)[-self.devices[device].at_once :]
        return sum(size.weights for size in sizes) + sum(working)

    def _option(self, device: Device, model: str, size: Size, alone: bool, offload: bool) -> Seat | Wait:
        guests = self._guests[device.name]
        guest, drawing = guests.get(model), sum(guest.users for guest in guests.values())
        if drawing >= device.at_once or (guest and guest.users) or (alone and drawing):
            return Wait(device.name, kept=alone)
        others = tuple(name for name in self.held(device.name) if name != model)
        if guest and guest.offload >= offload:
            return Seat(device.name, evict=others if alone else (), offload=guest.offload)
        again = (model,) if guest else ()  # it is loaded whole, and must be brought in parts
        if alone:
            return Seat(device.name, True, again + others, offload)
        size = Size(device.capacity) if offload else size
        leavers = self._leavers(device.name, [size], device.capacity, keep=model)
        return Wait(device.name, kept=True) if leavers is None else Seat(device.name, True, again + leavers, offload)

    def _leavers(self, device: str, more: Sequence[Size], room: int, keep: str) -> tuple[str, ...] | None:
        """The models that leave, least recently used first, until ``more`` fits; None where those that draw forbid."""
        staying = dict(self._guests[device])
        if more:
            staying.pop(keep, None)
        gone: list[str] = []
        for name in (name for name in self.held(device) if name != keep and not self._guests[device][name].users):
            if self._needed(device, [*more, *(guest.size for guest in staying.values())]) <= room:
                break
            del staying[name]
            gone.append(name)
        fits = self._needed(device, [*more, *(guest.size for guest in staying.values())]) <= room
        return tuple(gone) if fits or not more else None

    def _rank(self, option: Seat | Wait, model: str) -> tuple[int, int]:
        guests = self._guests[option.device]
        if isinstance(option, Wait):
            return (2 if model in guests else 4), sum(guest.users for guest in guests.values())
        if not option.load:
            return 0, 0
        if not option.evict:
            return 1, self.taken(option.device) - self.devices[option.device].capacity
        return 3, max(guests[name].used for name in option.evict)
