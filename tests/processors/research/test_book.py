"""Whatever is ordered, the book keeps what it should: told apart by a book kept in Python, by sums
of its own fills, by cuts, and by the interpreter."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from sandbox.columns import CLOSING, PRICES, PROTECTIVE, SignalCode, unpacked
from sandbox.compiler.book import ALWAYS, OUTPUTS, book_stages
from sandbox.compiler.interpret import Interpreter
from sandbox.compiler.verify.typed import verify
from sandbox.compiler.verify.wasm import verify as verify_wasm
from sandbox.fills import FillRules, Reason, Trading
from sandbox.host.book import Book, Booked
from sandbox.host.orders import few_of
from tests.processors.research.booking import Run, booked, read
from tests.processors.research.case import DAY_US, YEAR_US, book
from tests.processors.research.drawing import (
    Drawn,
    drawn_markets,
    drawn_orders,
    orders,
    rules,
)
from tests.processors.research.kept import assert_same, kept, row_of

AT_OPEN = {Reason.MARKET, Reason.EXIT}
AT_CLOSE = {Reason.MARKET_ON_CLOSE, Reason.EXIT_ON_CLOSE}
WAITED = {Reason.LIMIT, Reason.STOP, Reason.STOP_LIMIT}
PROTECTED = {
    Reason.TAKE_PROFIT: "exit_limit",
    Reason.STOP_LOSS: "exit_stop",
    Reason.TRAILING_STOP: "exit_trail",
}
FULL = FillRules(
    slip=0.05, slip_share=0.001, impact=0.05, lot=0.1, per_trade=1.0, per_unit=0.01, rate=0.001,
    minimum=2.0, tier_1_from=5_000.0, tier_1_rate=0.0005, tier_2_from=20_000.0, tier_2_rate=0.0,
    leverage=5.0, maintenance=0.5, borrow=0.05, interest=0.08,
)  # fmt: skip


def ran(drawn: Drawn, under: FillRules) -> Run:
    return read(booked(*drawn, under), *drawn, under)


def bytes_of(found: Booked) -> tuple[bytes, ...]:
    columns = (found.equity, found.exposure, found.rows, np.ascontiguousarray(found.said))
    return tuple(column.tobytes() for column in columns)


@settings(max_examples=150, deadline=None)
@given(orders(), rules())
def test_the_book_is_what_one_kept_apart_says(drawn: Drawn, under: FillRules) -> None:
    assert_same(ran(drawn, under), kept(drawn, under))


def test_the_scripts_that_are_drawn_come_to_every_reason_refusal_and_income() -> None:
    reasons: Counter[Reason] = Counter()
    refused = paid = 0
    for seed in range(12):
        chance = np.random.default_rng(seed)
        drawn = drawn_orders(drawn_markets(seed, 3, 200, DAY_US), chance, 0.3, 0.02)
        under = replace(FULL, leverage=1.0 + 4.0 * (seed % 2))
        found = ran(drawn, under)
        assert_same(found, kept(drawn, under))
        reasons.update(fill[-1] for fill in found.fills)
        refused += sum(found.refused.values())
        paid += len(found.income)
    assert set(reasons) == set(Reason) - {Reason.END}, reasons
    assert refused > 20 and paid > 100


@settings(max_examples=100, deadline=None)
@given(orders(), rules())
def test_cash_and_positions_are_what_the_fills_come_to(drawn: Drawn, under: FillRules) -> None:
    """Cash from fills, fees, income and interest on what is owed; positions from fills and
    splits."""
    series, bars = drawn
    found = ran(drawn, under)
    cash, held, close = under.cash, dict[int, float](), dict[int, float]()
    before = int(bars.ts[0])
    filled: dict[int, list[tuple[float, float, float]]] = {}
    for row, units, price, fee, _ in found.fills:
        filled.setdefault(row, []).append((units, price, fee))
    for row, symbol in enumerate(series.tolist()):
        if bars.ts[row] != before:
            years = (int(bars.ts[row]) - before) / YEAR_US
            cash += min(cash, 0.0) * under.interest * years
            before = int(bars.ts[row])
        held[symbol] = held.get(symbol, 0.0) * bars.split[row]
        close[symbol] = bars.close[row]
        cash += found.income.get(row, 0.0)
        for units, price, fee in filled.get(row, []):
            cash -= units * price + fee
            held[symbol] += units
        worth = sum(units * close[each] for each, units in held.items())
        gross = sum(abs(units * close[each]) for each, units in held.items())
        size = under.cash + gross
        assert found.equity[row] == pytest.approx(cash + worth, rel=1e-6, abs=1e-9 * size)
        assert found.exposure[row] == pytest.approx(gross, rel=1e-6, abs=1e-9 * size)
        if row in found.held:
            assert found.held[row] == pytest.approx(held[symbol], rel=1e-9, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(orders(), rules())
def test_whoever_holds_nothing_is_exposed_to_nothing(drawn: Drawn, under: FillRules) -> None:
    series, _ = drawn
    found = ran(drawn, under)
    held = dict[int, float]()
    for row, symbol in enumerate(series.tolist()):
        held[symbol] = found.held.get(row, held.get(symbol, 0.0))
        if not any(held.values()):
            assert found.exposure[row] == 0.0


@settings(max_examples=100, deadline=None)
@given(orders(), rules())
def test_nothing_fills_outside_of_its_bar(drawn: Drawn, under: FillRules) -> None:
    _, bars = drawn
    for row, _, price, _, reason in ran(drawn, under).fills:
        assert bars.low[row] * (1 - 1e-12) <= price <= bars.high[row] * (1 + 1e-12), (row, reason)


@settings(max_examples=100, deadline=None)
@given(orders(), rules())
def test_nothing_fills_without_an_order_before_it(drawn: Drawn, under: FillRules) -> None:
    series, bars = drawn
    asked: dict[int, set[str]] = {symbol: set() for symbol in range(int(series.max()) + 1)}
    at, place = [], 0
    fills = ran(drawn, under).fills
    for row, symbol in enumerate(series.tolist()):
        values = row_of(bars, row)
        closing = bool(int(values["code"]) & CLOSING)
        ordered = unpacked(int(values["code"]) & ~CLOSING)
        if ordered.code != SignalCode.NONE:
            names = [name for name in (*PRICES, *PROTECTIVE) if not np.isnan(values[name])]
            asked[symbol].update(names, ["order"])
        while place < len(fills) and fills[place][0] == row:
            reason = fills[place][-1]
            if reason in AT_OPEN | AT_CLOSE:
                assert ordered.code not in (SignalCode.NONE, SignalCode.CANCEL)
                assert closing == (reason in AT_CLOSE)
            elif reason in WAITED:
                assert asked[symbol] & set(PRICES)
            elif reason in PROTECTED:
                assert PROTECTED[reason] in asked[symbol]
            else:
                assert reason == Reason.LIQUIDATION and under.maintenance > 0.0
            at.append(reason)
            place += 1
    assert place == len(fills)


@settings(max_examples=40, deadline=None)
@given(orders(), rules())
def test_the_same_bytes_again_and_however_the_rows_are_cut(drawn: Drawn, under: FillRules) -> None:
    meant = bytes_of(booked(*drawn, under))
    for chunk in (1, 7, 4_096):
        assert bytes_of(booked(*drawn, under, chunk)) == meant
    series, bars = drawn
    account, middle = Book(book(), [under] * (int(series.max()) + 1)), len(series) // 2
    parts = [
        account.advance(series[rows], few_of(bars.part(rows)))
        for rows in (slice(0, middle), slice(middle, None))
        if len(series[rows])
    ]
    assert b"".join(part.equity.tobytes() for part in parts) == meant[0]
    assert b"".join(part.said.tobytes() for part in parts) == meant[3]


@settings(max_examples=25, deadline=None)
@given(orders(bars_max=40), rules())
def test_the_book_means_what_it_compiles_to(drawn: Drawn, under: FillRules) -> None:
    """An interpreter for each series, with the account's own state in common."""
    series, bars = drawn
    stages = book_stages()
    interpreters: list[Interpreter] = []
    for _ in range(int(series.max()) + 1):
        beside = interpreters[0] if interpreters else None
        interpreters.append(
            Interpreter(stages.program, stages.placement, {}, Trading(under), beside)
        )
    found = booked(series, bars, under)
    said = dict(zip(found.rows.tolist(), found.said, strict=True))
    reasons = OUTPUTS.index("reasons")
    for row, symbol in enumerate(series.tolist()):
        values = row_of(bars, row)
        ended = interpreters[symbol].advance({**values, "time": int(values["ts"])})
        assert ended.trap is None
        meant = np.array(ended.values)
        np.testing.assert_array_equal([found.equity[row], found.exposure[row]], meant[:2])
        assert (row in said) == (meant[reasons] != 0.0)
        if row in said:
            meant = np.where(np.isnan(meant), np.nan, meant)
            assert said[row].tobytes() == meant.tobytes(), row


def test_the_books_trees_are_sound() -> None:
    stages = book_stages()
    verify(stages.program)
    verify_wasm(stages.module)
    assert tuple(stages.program.plots) == OUTPUTS and OUTPUTS[: len(ALWAYS)] == ALWAYS
