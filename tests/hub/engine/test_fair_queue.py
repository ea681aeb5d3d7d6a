"""Whose turn it is: owners in turn, whoever asks for how much, and a place that tells nothing of generators."""

import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.engine.fair_queue import FairQueue, Ticket
from hub.errors import Cancelled
from hub.generators import ignore_progress
from tests.asking import asking


def ticket(owner: str, name: str = "mock", party: str = "") -> Ticket:
    """A ticket of an owner."""
    return Ticket(name, asking("a cat", 0), ignore_progress, owner, party or owner)


def served(queue: FairQueue) -> list[str]:
    """Owners in the order in which they are drawn."""
    order = []
    while len(queue):
        first = next(iter(queue))
        queue.take(first)
        order.append(first.owner)
    return order


def test_a_set_of_nine_does_not_block_others() -> None:
    queue = FairQueue()
    for owner in ["set"] * 9 + ["one", "two"]:
        queue.add(ticket(owner))
    assert served(queue) == ["set", "one", "two"] + ["set"] * 8


def test_who_comes_later_waits_for_one_round_only() -> None:
    queue = FairQueue()
    for _ in range(9):
        queue.add(ticket("set"))
    for _ in range(4):
        queue.take(next(iter(queue)))
    queue.add(ticket("late"))
    assert served(queue)[:2] == ["late", "set"]


@given(st.lists(st.sampled_from("abcde"), min_size=1, max_size=60))
def test_owners_are_served_in_turn(owners: list[str]) -> None:
    queue = FairQueue()
    for owner in owners:
        queue.add(ticket(owner))
    order, asked, done = served(queue), Counter(owners), Counter[str]()
    assert Counter(order) == asked
    for owner in order:
        done[owner] += 1
        waiting = [other for other in asked if done[other] < asked[other]]
        assert all(done[owner] <= done[other] + 1 for other in waiting)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=60))
def test_owners_are_served_in_turn_while_others_come(steps: list[tuple[str, bool]]) -> None:
    queue, numbers, asked = FairQueue(), itertools.count(), {}
    for owner, serve in steps:
        one = ticket(owner)
        queue.add(one)
        asked[one] = next(numbers)
        if serve:
            first = next(iter(queue))
            own = [other for other in queue if other.owner == first.owner]
            assert first is min(own, key=asked.__getitem__)  # each owner's own in their order
            assert first.turn == min(other.turn for other in queue)
            queue.take(first)


def test_the_place_counts_parties_over_all_generators() -> None:
    queue = FairQueue()
    for party, name in (("p", "x"), ("p", "y"), ("q", "x"), ("r", "y"), ("r", "x")):
        queue.add(ticket(party, name))
    assert [queue.place(party) for party in ("p", "q", "r", "nobody")] == [1, 2, 3, 0]
    for one in list(queue)[:1]:
        queue.take(one)
    assert queue.place("p") == 3  # its second drawing waits for those of q and r


def test_who_comes_later_goes_before_the_second_drawing_of_who_waits() -> None:
    """So two parties may each have been told place 1, the one before the other came."""
    queue = FairQueue()
    for name in ("quick", "slow"):
        queue.add(ticket("early", name))
    queue.take(next(iter(queue)))
    assert queue.place("early") == 1
    queue.add(ticket("late", "slow"))
    assert [queue.place(party) for party in ("early", "late")] == [2, 1]


def test_a_ticket_that_is_put_back_keeps_its_turn() -> None:
    queue = FairQueue()
    tickets = [ticket(owner) for owner in "abc"]
    for one in tickets:
        queue.add(one)
    queue.take(tickets[0])
    queue.put_back(tickets[0])
    assert list(queue) == tickets


def test_a_cancelled_ticket_stops_at_its_next_step() -> None:
    one = ticket("a")
    one.progress(0.1)
    one.cancel()
    with pytest.raises(Cancelled):
        one.progress(0.2)
