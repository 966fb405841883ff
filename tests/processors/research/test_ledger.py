"""An owner that begins where the last one left word knows all that is open, and nothing else is."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from processors.research.core import Input, Request
from processors.research.ledger import Ledger, Lows
from schemas.events.research import (
    CancelResearch,
    ResearchCancelled,
    ResearchProgressed,
    ResearchStarted,
    RunBacktest,
)

REMEMBERED = 5
STRANGERS = 2
"""Requests of the other topic, which the results alone speak of."""
LAG = 3
"""Own requests that the reader may not have met when it meets their results."""


def asked(request_id: str) -> RunBacktest:
    return RunBacktest(
        request_id=request_id, author="me", source="x", feed="f", symbols=("A",), interval="1d"
    )


def answer(request_id: str, kind: str) -> Input:
    if kind == "start":
        return ResearchStarted(request_id=request_id, attempt=1, worker="w", lease_s=3.0)
    if kind == "progress":
        return ResearchProgressed(request_id=request_id, attempt=1, done=1, total=2)
    return ResearchCancelled(request_id=request_id, attempt=1)


@dataclass
class Log:
    """The topic of the requests and that of the results, and who reads them."""

    requests: list[tuple[str, Input]] = field(default_factory=list)
    results: list[tuple[str, Input]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    ledger: Ledger = field(default_factory=lambda: Ledger(REMEMBERED))
    nexts: Lows = field(default_factory=Lows)
    kept: Lows = field(default_factory=Lows)
    earlier: Lows = field(default_factory=Lows)

    def read(self, requests: int, results: int) -> None:
        """So many more of each; results at most LAG requests ahead."""
        ledger, nexts = self.ledger, self.nexts
        end = min(nexts.requests + requests, len(self.requests))
        end = max(end, len(self.requests) - LAG)
        for offset in range(nexts.requests, end):
            ledger.read(*self.requests[offset], offset, offset)
        stop = min(nexts.results + results, len(self.results))
        for offset in range(nexts.results, stop):
            ledger.read(*self.results[offset], offset, offset)
        self.nexts = Lows(max(end, nexts.requests), max(stop, nexts.results))

    def restart(self, lows: Lows) -> None:
        self.ledger, self.nexts = Ledger(REMEMBERED), lows
        self.read(len(self.requests), len(self.results))

    def open(self, ledger: Ledger) -> dict[str, Request]:
        return {name: state for name in ledger if (state := ledger.state(name)).is_open}

    def all_open(self) -> dict[str, Request]:
        """As whoever reads everything from the beginning finds it."""
        whole = Ledger(10**9)
        for topic in (self.requests, self.results):
            for offset, (request_id, event) in enumerate(topic):
                whole.read(request_id, event, offset, offset)
        return self.open(whole)


number = st.integers(0, 40)
kind = st.sampled_from(["start", "progress", "end", "end"])
step = st.one_of(
    st.tuples(st.just("ask")),
    st.tuples(st.just("ask")),
    st.tuples(st.just("cancel"), number),
    st.tuples(st.just("answer"), number, kind),
    st.tuples(st.just("answer"), number, kind),
    st.tuples(st.just("stranger"), number, kind),
    st.tuples(st.just("read"), number, number),
    st.tuples(st.just("save")),
    st.tuples(st.just("crash")),
    st.tuples(st.just("stale crash")),
)


@settings(
    max_examples=600,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],  # which a busy machine can be
)
@given(st.lists(step, min_size=10, max_size=80))
def test_from_where_word_was_left_the_same_is_open_as_from_the_beginning(
    steps: list[tuple[object, ...]],
) -> None:
    log = Log()
    for what, *more in steps:
        match what, *more:
            case ["ask"]:
                log.ids.append(f"r{len(log.ids)}")
                log.requests.append((log.ids[-1], asked(log.ids[-1])))
            case ["cancel", int(which)] if log.ids:
                name = log.ids[which % len(log.ids)]
                log.requests.append((name, CancelResearch(request_id=name, author="me")))
            case ["answer", int(which), str(how)] if log.ids:
                name = log.ids[which % len(log.ids)]
                log.results.append((name, answer(name, how)))
            case ["stranger", int(which), str(how)]:
                name = f"other{which % STRANGERS}"
                log.results.append((name, answer(name, how)))
            case ["read", int(requests), int(results)]:
                log.read(requests, results)
            case ["save"]:
                log.earlier, log.kept = log.kept, log.ledger.lows(log.nexts)
            case ["crash"]:
                log.restart(log.kept)
            case ["stale crash"]:  # an owner that was cut off has left its word last
                log.restart(log.earlier)
    log.restart(log.kept)
    assert log.open(log.ledger) == log.all_open()


def test_what_is_known_and_read_again_is_what_is_open_and_the_last_that_ended() -> None:
    ledger = Ledger(REMEMBERED)
    for number in range(1_000):
        name = f"r{number}"
        ledger.read(name, asked(name), 0, number)
        ledger.read(name, answer(name, "start"), 0, 2 * number)
        ledger.read(name, answer(name, "end"), 0, 2 * number + 1)
    assert list(ledger) == [f"r{number}" for number in range(995, 1_000)]
    assert ledger.lows(Lows(1_000, 2_000)) == (995, 1_990)


def test_the_oldest_that_is_open_is_where_reading_begins() -> None:
    ledger = Ledger(REMEMBERED)
    ledger.read("slow", asked("slow"), 0, 0)
    for number in range(1, 50):
        name = f"r{number}"
        ledger.read(name, asked(name), 0, number)
        ledger.read(name, answer(name, "end"), 0, number + 100)
    assert ledger.lows(Lows(50, 150)) == (0, 101)
    assert len(ledger) == 50, "whoever reads these again has to know that they have ended"
    ledger.read("slow", answer("slow", "end"), 0, 150)
    assert ledger.lows(Lows(50, 151)) == (45, 145)


def test_a_request_sent_twice_is_known_as_long_as_either_is_read_again() -> None:
    ledger = Ledger(REMEMBERED)
    ledger.read("twice", asked("twice"), 0, 0)
    ledger.read("twice", answer("twice", "end"), 0, 0)
    ledger.read("twice", asked("twice"), 0, 1)
    for number in range(2, 2 + REMEMBERED):
        ledger.read(f"r{number}", asked(f"r{number}"), 0, number)
    assert ledger.lows(Lows(7, 1)) == (2, 1)
    again = Ledger(REMEMBERED)
    again.read("twice", asked("twice"), 0, 0)
    again.read("twice", answer("twice", "end"), 0, 0)
    again.read("twice", asked("twice"), 0, 1)
    for number in range(2, 1 + REMEMBERED):
        again.read(f"r{number}", asked(f"r{number}"), 0, number)
    assert again.lows(Lows(6, 1)) == (1, 0)
    assert not again.state("twice").is_open


def test_requests_that_only_results_speak_of_are_forgotten_in_their_order() -> None:
    ledger = Ledger(REMEMBERED)
    for number in range(100):
        ledger.read(f"other{number}", answer(f"other{number}", "start"), 0, number)
    assert list(ledger) == [f"other{number}" for number in range(95, 100)]
    assert ledger.lows(Lows(0, 100)) == (0, 95)
