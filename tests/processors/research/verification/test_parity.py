"""Ways of running that give something else are told apart, by what they say and by nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from processors.research.verification.finding import State
from processors.research.verification.intents import Intent, intents_of
from processors.research.verification.parity import digest, finding, first_difference
from processors.research.verification.voice import Open, columns_of, open_ours, side_by_side, whole
from sandbox.fills import NO_COSTS
from sandbox.host.engine import SandboxEngine
from sandbox.host.module import load_module
from schemas.columns import BarColumns
from tests.processors.research.sweeps.trading import COSTS, FAILING, SIMPLE, compiled, days
from tests.processors.research.verification.peeking import CROSSING, peeking
from tests.sandbox.running import body

BARS = [days(300, 5), days(300, 6)]
NAMES = ("AAA", "BBB")


def open_of(wasm: bytes) -> Open:
    return open_ours(load_module(SandboxEngine(), wasm), {}, [NO_COSTS, COSTS])


def alone(open_: Open, bars: Sequence[BarColumns] = BARS) -> list[Intent]:
    say = whole(open_)
    return [
        intent
        for symbol, (name, each) in enumerate(zip(NAMES, bars, strict=True))
        for intent in intents_of(name, each.ts, columns_of(say(symbol, each)))
    ]


def beside(open_: Open, chunk_bars: int) -> list[Intent]:
    found = side_by_side(open_, [0, 1], BARS, chunk_bars)
    return [
        intent
        for name, each, said in zip(NAMES, BARS, found, strict=True)
        for intent in intents_of(name, each.ts, said)
    ]


@pytest.mark.parametrize("source", [SIMPLE, FAILING, CROSSING])
def test_alone_and_side_by_side_are_the_same_however_cut(source: str) -> None:
    open_ = open_of(compiled(source).wasm)
    ways = {"alone": alone(open_), "two": beside(open_, 2), "many": beside(open_, 61)}
    found = finding(ways, 600)
    assert found.state is State.HOLDS
    assert len(set(found.figures["sha256"].values())) == 1
    assert found.figures["said"] > 20


def test_a_module_that_reads_its_neighbours_row_is_found_out() -> None:
    open_ = open_of(peeking(CROSSING, rows=-1))
    found = finding({"Alone": alone(open_), "side by side": beside(open_, 61)}, 600)
    assert found.state is State.FAILS
    assert "side by side says something else than Alone: first at" in found.found


def test_every_kind_of_line_and_all_of_an_orders_terms_count() -> None:
    source = body(
        "n = state(0)",
        "n = n + 1",
        'alert(n == 3, "third")',
        'alert(n == 3, "and this")',
        'plot("x", 1.0 / (n - 5))',
        "if n == 2:",
        "    enter_long(percent=5.0, limit=3.0)",
        "if n == 4:",
        "    exit(stop=2.0)",
        "if n == 5:",
        "    exit()",
    )
    ts = days(6, 1).ts
    said = intents_of("AAA", ts, columns_of(whole(open_of(compiled(source).wasm))(0, days(6, 1))))
    assert [(each.ts, each.kind) for each in said] == [
        (int(ts[1]), "enter_long"),
        (int(ts[2]), "alert 0"),
        (int(ts[2]), "alert 1"),
        (int(ts[3]), "protect"),
        (int(ts[4]), "exit"),
    ]
    words, (size, _, limit, *_, plot) = said[0].terms[:4], said[0].terms[4:]
    assert words == ("percent", "open", "gtc", "fill")
    assert (size, limit, plot) == (5.0, 3.0, 1 / -3)
    assert said[-1].terms[-1] is None, "an infinite plot"


def test_a_digest_takes_every_bit_and_no_order() -> None:
    one = [Intent("A", 1, "exit", (0.1,)), Intent("A", 2, "exit", (None,))]
    assert digest(one) == digest(one[::-1])
    other = [Intent("A", 1, "exit", (float(np.nextafter(0.1, 1.0)),)), one[1]]
    assert digest(one) != digest(other)
    assert first_difference(one, other) is not None
    assert first_difference(one, one) is None
    assert first_difference(one, one[:1]) == one[1]
    later = [Intent("A", 9, "exit"), Intent("B", 1, "exit")]
    assert first_difference(later, later[1:]) == later[0], "not what the other has there, too"
