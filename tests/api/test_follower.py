"""Ring and followers: whatever the orders of two processes, a client gets each event once."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from api.stream.filters import Filter
from api.stream.follower import Follower
from api.stream.ring import Ring
from api.stream.vector import Partition, Vector
from streams.catalog import BARS, CHAT, SIGNALS
from tests.api.made import streamed

Event = tuple[Partition, int]

TOPICS = (BARS.name, SIGNALS.name)
FRAME = re.compile(rb"id: (\S+)\nevent: (\w+)\ndata: (\d+)/(\d+)\n\n")
KINDS = {BARS.name: "BarClosed", SIGNALS.name: "SignalEmitted"}
ALL = Filter()


def fill(ring: Ring, order: list[Event]) -> None:
    for (topic, partition), offset in order:
        ring.append(streamed(topic, partition, offset, KINDS[topic]))


def drain(follower: Follower) -> list[tuple[str, Event]]:
    """All that a follower is given, as (id, event)."""
    found = []
    topics = {kind: topic for topic, kind in KINDS.items()}
    while follower.behind:
        for text, kind, partition, offset in FRAME.findall(follower.take({})):
            place = (topics[kind.decode()], int(partition))
            found.append((text.decode(), (place, int(offset))))
    return found


@st.composite
def two_orders(draw: st.DrawFn) -> tuple[list[Event], list[Event]]:
    """The same partitions, each in order, interleaved in two ways."""
    counts = {
        (topic, partition): draw(st.integers(0, 4)) for topic in TOPICS for partition in range(2)
    }
    slots = [partition for partition, count in counts.items() for _ in range(count)]

    def numbered(order: list[Partition]) -> list[Event]:
        seen = dict.fromkeys(counts, -1)
        events = []
        for partition in order:
            seen[partition] += 1
            events.append((partition, seen[partition]))
        return events

    return numbered(draw(st.permutations(slots))), numbered(draw(st.permutations(slots)))


@given(two_orders(), st.data())
def test_a_client_that_moves_between_processes_gets_each_event_once(
    orders: tuple[list[Event], list[Event]], data: st.DataObject
) -> None:
    """It is cut after any number of events, again and again, and each process may be behind."""
    known = [data.draw(st.integers(0, len(orders[0]))) for _ in range(4)] + [len(orders[0])]
    got: list[Event] = []
    resume = Vector()
    for turn, count in enumerate(known):
        ring = Ring()
        fill(ring, orders[turn % 2][:count])
        received = drain(Follower(ring, ALL, resume))
        if turn < len(known) - 1:
            received = received[: data.draw(st.integers(0, len(received)))]
        got += [event for _, event in received]
        resume = Vector.parse(received[-1][0]) if received else resume
    assert sorted(got) == sorted(orders[0])
    for partition in {event[0] for event in got}:
        offsets = [offset for place, offset in got if place == partition]
        assert offsets == sorted(offsets)


@given(two_orders(), st.data())
def test_a_process_that_is_behind_goes_on_where_the_client_was(
    orders: tuple[list[Event], list[Event]], data: st.DataObject
) -> None:
    """The rest comes in while the client is connected: nothing of it is missed or repeated."""
    first, second = orders
    had = data.draw(st.integers(0, len(first)))
    known = data.draw(st.integers(0, len(second)))
    before, ring = Ring(), Ring()
    fill(before, first[:had])
    fill(ring, second[:known])
    follower = Follower(ring, ALL, before.vector)
    got = drain(follower)
    fill(ring, second[known:])
    got += drain(follower)
    assert sorted(event for _, event in got) == sorted(first[had:])
    assert follower.id_line == b"id: %s\n" % ring.vector.text.encode()


@given(st.lists(st.integers(-3, 6), max_size=40), st.integers(1, 7))
def test_ids_are_the_same_whoever_reads_when(steps: list[int], events_max: int) -> None:
    """Negative steps add events, each of another partition; others read from so far back."""
    ring = Ring(events_max=events_max)
    told = Vector({(CHAT.name, 1): 5})
    ring.begin(told.offsets)
    wanted: list[bytes] = []
    for step in steps:
        for _ in range(-step):
            place = (TOPICS[len(wanted) % 2], len(wanted) % 3)
            ring.append(streamed(*place, len(wanted)))
            told.advance(place, len(wanted) + 1)
            wanted.append(b"id: %s\n" % told.text.encode())
        number = max(ring.first, ring.end - max(0, step))
        assert [line for _, line in ring.since(number)] == wanted[number:]


def test_a_new_client_starts_at_the_end() -> None:
    ring = Ring()
    fill(ring, [((BARS.name, 0), 0)])
    follower = Follower(ring, ALL)
    assert not follower.behind
    fill(ring, [((BARS.name, 0), 1)])
    assert [event for _, event in drain(follower)] == [((BARS.name, 0), 1)]


def test_what_has_left_the_ring_is_known_by_its_floor() -> None:
    ring = Ring(events_max=3)
    place = (BARS.name, 0)
    follower = Follower(ring, ALL)
    fill(ring, [(place, n) for n in range(4)])
    assert follower.lost
    assert ring.floor[place] == 1
    assert ring.covers({place: 1}, [place])
    assert not ring.covers({place: 0}, [place])
    assert ring.covers({}, [(CHAT.name, 0)])
    resumed = Follower(ring, ALL, Vector({place: 2}))
    assert [event[1] for _, event in drain(resumed)] == [2, 3]


def test_the_ring_is_bounded_by_bytes_and_keeps_its_newest_event() -> None:
    ring = Ring(bytes_max=10)
    fill(ring, [((BARS.name, 0), n) for n in range(10)])
    assert 1 <= ring.end - ring.first < 4
    assert ring.floor[BARS.name, 0] == ring.first


def test_a_ring_that_begins_in_the_middle_covers_from_there() -> None:
    ring = Ring()
    place = (BARS.name, 0)
    ring.begin({place: 100})
    assert not ring.covers({place: 99}, [place])
    assert ring.covers({place: 100}, [place])


def test_a_filter_passes_what_is_in_all_its_sets() -> None:
    ring = Ring()
    wanted = Filter(types=frozenset({"BarClosed"}), symbols=frozenset({"AAA"}))
    follower = Follower(ring, wanted)
    for offset, (kind, symbol) in enumerate(
        [("BarClosed", "AAA"), ("BarClosed", "BBB"), ("SignalEmitted", "AAA")]
    ):
        ring.append(streamed(BARS.name, 0, offset, kind, symbol=symbol))
    assert follower.take({}).count(b"event:") == 1


def test_filters_know_the_topics_that_can_pass() -> None:
    assert Filter(types=frozenset({"SignalEmitted"})).topics == {SIGNALS.name}
    assert Filter(conversations=frozenset({"c"})).topics == {CHAT.name}
    assert Filter(symbols=frozenset({"A"}), types=frozenset({"TurnPosted"})).topics == frozenset()
    assert BARS.name in Filter(feeds=frozenset({"f"})).topics


def test_clients_at_the_same_place_share_their_bytes() -> None:
    ring = Ring()
    one, two = Follower(ring, ALL), Follower(ring, Filter())
    fill(ring, [((BARS.name, 0), 0)])
    shared: dict[tuple[Filter, int], tuple[bytes, int]] = {}
    assert one.take(shared) is two.take(shared)
