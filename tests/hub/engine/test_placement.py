"""Placement on devices that are numbers: never over capacity, least recently used first, never what draws."""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hub.engine.placement import Device, NoRoom, PlacementTable, Seat, Size, Wait

SIZES = {"a": Size(3, 1), "b": Size(4, 2), "c": Size(6), "d": Size(2, 5), "huge": Size(30)}


def one(capacity: int = 10, **more: Any) -> PlacementTable:
    """The books of one device."""
    return PlacementTable([Device("gpu", capacity, **more)])


def draw(books: PlacementTable, *names: str) -> list[Seat]:
    """Draw with models one after another."""
    seats = []
    for name in names:
        seat = books.decide(name, SIZES[name])
        assert isinstance(seat, Seat)
        books.take(name, SIZES[name], seat)
        books.leave(name, seat.device)
        seats.append(seat)
    return seats


def test_what_fits_is_kept_and_not_loaded_again() -> None:
    assert draw(one(), "a", "b", "a", "b") == [
        Seat("gpu", load=True),
        Seat("gpu", load=True),
        Seat("gpu"),
        Seat("gpu"),
    ]


def test_the_least_recently_used_leaves_first_and_no_more_than_needed() -> None:
    assert draw(one(16), "a", "b", "d", "a", "c")[-1] == Seat("gpu", load=True, evict=("b",))


def test_working_memory_counts_once_for_those_that_draw_one_at_a_time() -> None:
    books = one(14)
    draw(books, "a", "b", "d")
    assert books.held("gpu") == ("a", "b", "d")
    assert books.taken("gpu") == 3 + 4 + 2 + 5
    assert PlacementTable([Device("gpu", 14, at_once=2)]).decide("d", Size(2, 5)) == Seat("gpu", load=True)


def test_a_model_that_draws_is_never_evicted() -> None:
    books = one(10, at_once=2)
    seat = books.decide("c", SIZES["c"])
    assert isinstance(seat, Seat)
    books.take("c", SIZES["c"], seat)
    assert books.decide("d", SIZES["d"]) == Wait("gpu", kept=True)
    books.leave("c", "gpu")
    assert books.decide("d", SIZES["d"]) == Seat("gpu", load=True, evict=("c",))


def test_one_that_fits_no_device_is_offloaded_or_refused() -> None:
    assert one().decide("huge", SIZES["huge"]) == NoRoom()
    books = one(10, offloads=True)
    draw(books, "a")
    assert draw(books, "huge") == [Seat("gpu", load=True, evict=("a",), offload=True)]
    assert books.taken("gpu") == 10
    assert draw(books, "huge") == [Seat("gpu", offload=True)]
    assert draw(books, "a") == [Seat("gpu", load=True, evict=("huge",))]


def test_the_larger_device_takes_what_the_smaller_can_not() -> None:
    books = PlacementTable([Device("small", 5, offloads=True), Device("large", 40, offloads=True)])
    assert draw(books, "huge", "a", "huge") == [Seat("large", load=True), Seat("large", load=True), Seat("large")]


def test_models_spread_over_devices_and_a_copy_displaces_nothing() -> None:
    books = PlacementTable([Device(f"gpu{number}", 10) for number in range(2)])
    for name, device in (("c", "gpu0"), ("a", "gpu1")):
        seat = books.decide(name, SIZES[name])
        assert seat == Seat(device, load=True)
        books.take(name, SIZES[name], seat)
    assert books.decide("c", SIZES["c"]) == Wait("gpu0")
    books.leave("a", "gpu1")
    assert books.decide("c", SIZES["c"]) == Seat("gpu1", load=True)  # beside a: 3 + 6 + 1 bytes
    books.take("b", SIZES["b"], books.decide("b", SIZES["b"]))  # type: ignore[arg-type]
    books.leave("b", "gpu1")
    assert books.decide("c", SIZES["c"]) == Wait("gpu0")  # now a copy would displace one


def test_alone_means_alone() -> None:
    books = one(30, at_once=2)
    draw(books, "a", "b")
    assert books.decide("a", SIZES["a"], alone=True) == Seat("gpu", evict=("b",))
    books.take("b", SIZES["b"], Seat("gpu"))
    assert books.decide("a", SIZES["a"], alone=True) == Wait("gpu", kept=True)


def test_what_is_measured_may_send_others_away() -> None:
    books = one(10)
    draw(books, "a", "b")
    books.take("b", SIZES["b"], Seat("gpu"))
    assert books.measured("b", "gpu", Size(8, 1)) == ("a",)
    assert books.taken("gpu") == 9
    assert books.measured("b", "gpu", Size(80)) == ()  # the truth, though it is too much


def test_no_device_is_an_error() -> None:
    with pytest.raises(ValueError, match="no device"):
        PlacementTable([])


class Books(RuleBasedStateMachine):
    """Any order of drawings on any devices, beside a plain model of what is used when."""

    def __init__(self) -> None:
        super().__init__()
        devices = [Device("x", 9, 1, offloads=True), Device("y", 14, 2), Device("z", 6, 1)]
        self.books = PlacementTable(devices)
        self.running: list[tuple[str, str]] = []
        self.used: dict[tuple[str, str], int] = {}
        self.clock = 0

    def touch(self, name: str, device: str) -> None:
        self.clock += 1
        self.used[name, device] = self.clock

    @rule(name=st.sampled_from(sorted(SIZES)), alone=st.booleans())
    def start(self, name: str, alone: bool) -> None:
        decision = self.books.decide(name, SIZES[name], alone)
        assert not isinstance(decision, NoRoom)  # x offloads
        if isinstance(decision, Wait):
            assert any(device == decision.device for _, device in self.running)
            return
        device = decision.device
        idle = [other for other in self.books.held(device) if (other, device) not in self.running and other != name]
        gone = [other for other in decision.evict if other != name]
        assert gone == sorted(idle, key=lambda other: self.used[other, device])[: len(gone)]
        assert not alone or len(gone) == len(idle)
        assert (name in self.books.held(device)) or decision.load
        self.books.take(name, SIZES[name], decision)
        self.running.append((name, device))
        self.touch(name, device)
        for other in gone:
            assert other not in self.books.held(device)

    @precondition(lambda self: self.running)
    @rule(data=st.data(), fails=st.booleans())
    def finish(self, data: st.DataObject, fails: bool) -> None:
        name, device = data.draw(st.sampled_from(self.running))
        self.running.remove((name, device))
        if fails:
            self.books.drop(name, device)
        else:
            self.books.leave(name, device)
            self.touch(name, device)

    @invariant()
    def never_over_capacity(self) -> None:
        for device in self.books.devices.values():
            assert self.books.taken(device.name) <= device.capacity
            drawing = [name for name, where in self.running if where == device.name]
            assert len(drawing) == len(set(drawing)) <= device.at_once
            assert set(drawing) <= set(self.books.held(device.name))


Books.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestBooks = Books.TestCase
