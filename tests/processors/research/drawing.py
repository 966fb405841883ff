"""Markets, fill rules and order scripts drawn at random: all words, all costs, several symbols."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from processors.research.closing import Said, at_this_close, with_closings
from processors.research.merged import Rows
from sandbox.columns import LIFETIMES, SIZINGS, TERMS, Ordered, SignalCode
from sandbox.fills import FillRules
from sandbox.host.orders import Orders, few_of
from schemas.columns import BarColumns
from tests.columns import values
from tests.processors.research.case import DAY_US, HOUR_US
from tests.sandbox.market import part, random_bars

LATEST = 1_700_000_000_000_000
Drawn = tuple[NDArray[np.int32], Orders]
"""Series by row, and their orders."""


@st.composite
def rules(draw: st.DrawFn) -> FillRules:
    def one(*values: float) -> float:
        return draw(st.sampled_from(values))

    tiers = {}
    if draw(st.booleans()):
        tiers = {"tier_1_from": 5_000.0, "tier_1_rate": 0.0005}
        if draw(st.booleans()):
            tiers |= {"tier_2_from": 20_000.0, "tier_2_rate": 0.0}
    return FillRules(
        at_close=one(0.0, 1.0),
        slip=one(0.0, 0.05),
        slip_share=one(0.0, 0.001),
        impact=one(0.0, 0.05),
        lot=one(0.0, 0.1, 1.0),
        per_trade=one(0.0, 1.0),
        per_unit=one(0.0, 0.01),
        rate=one(0.0, 0.001),
        minimum=one(0.0, 2.0),
        leverage=one(1.0, 2.0, 5.0),
        maintenance=one(0.0, 0.1, 0.6),
        borrow=one(0.0, 0.05),
        interest=one(0.0, 0.08),
        cash=one(10_000.0, 100_000.0),
        **tiers,
    )


@st.composite
def markets(draw: st.DrawFn, bars_max: int = 120) -> list[BarColumns]:
    """One to three symbols with gaps of their own, at common times."""
    seed = draw(st.integers(0, 2**32 - 1))
    count, n = draw(st.integers(1, 3)), draw(st.integers(2, bars_max))
    step = draw(st.sampled_from([HOUR_US, 7 * HOUR_US, DAY_US]))
    return drawn_markets(seed, count, n, step)


def drawn_markets(seed: int, count: int, n: int, step_us: int) -> list[BarColumns]:
    chance = np.random.default_rng(seed)
    found = []
    for symbol in range(count):
        walk = random_bars(n, int(chance.integers(2**31)) + symbol)
        walk = replace(walk, ts=LATEST // step_us * step_us + step_us * np.arange(n))
        kept = np.flatnonzero(chance.random(n) < 0.8)
        found.append(part(walk, kept.tolist() or [0]))
    return found


@st.composite
def orders(draw: st.DrawFn, bars_max: int = 120) -> Drawn:
    """Rows of the book: bars with orders of every word, splits and dividends."""
    bars = draw(markets(bars_max))
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    often = draw(st.sampled_from([0.05, 0.3, 0.8]))
    actions = draw(st.sampled_from([0.0, 0.05]))
    return drawn_orders(bars, chance, often, actions)


def drawn_orders(
    bars: list[BarColumns], chance: np.random.Generator, often: float, actions: float
) -> Drawn:
    """Some orders are said before the bar, some for its close at that close."""
    parts = [_orders_of(market, chance, often, actions) for market in bars]
    series = np.repeat(np.arange(len(bars), dtype=np.int32), [len(each) for each in parts])
    together = Orders(
        *(np.concatenate([getattr(each, name) for each in parts]) for name in Orders.__slots__)
    )
    order = np.lexsort((series, together.ts))
    before = Orders(*(getattr(together, name)[order] for name in Orders.__slots__))
    rows = with_closings(series[order], few_of(before), _said_at(before, chance, 0.1))
    return rows.symbol, rows.orders.part(slice(0, len(rows.orders)))


def _said_at(orders: Orders, chance: np.random.Generator, often: float) -> Said:
    """What fills at the close at which it is said."""
    rows = np.flatnonzero(chance.random(len(orders)) < often)
    said = Said(rows, np.zeros(len(rows), np.int64), np.full((len(TERMS), len(rows)), np.nan))
    for i, row in enumerate(rows):
        ordered, given = drawn_order(chance, float(orders.close[row]))
        said.code[i] = ordered.packed
        for name, value in given.items():
            said.terms[TERMS.index(name), i] = value
    return said.where(at_this_close(said))


def _orders_of(
    bars: BarColumns, chance: np.random.Generator, often: float, actions: float
) -> Orders:
    n = len(bars)
    codes, terms = np.zeros(n, np.int64), {name: np.full(n, np.nan) for name in TERMS}
    for i in range(1, n):  # the first bar has no close before it
        if chance.random() < often:
            ordered, given = drawn_order(chance, float(bars.close[i - 1]))
            codes[i] = ordered.packed
            for name, value in given.items():
                terms[name][i] = value
    split = np.where(chance.random(n) < actions, chance.choice([2.0, 0.5, 3.0], n), 1.0)
    dividend = np.where(chance.random(n) < actions, chance.choice([0.5, 2.0], n), 0.0)
    split[0], dividend[0] = 1.0, 0.0
    scale = np.cumprod(split)
    prices = {name: getattr(bars, name) / scale for name in ("open", "high", "low", "close")}
    before = np.append(1.0, scale[:-1])
    for name in TERMS[1:]:
        terms[name] /= before
    return Orders(
        ts=bars.ts,
        volume=np.floor(bars.volume / 1e3),
        code=codes,
        split=split,
        dividend=dividend,
        **prices,
        **terms,
    )


def drawn_order(chance: np.random.Generator, close: float) -> tuple[Ordered, dict[str, float]]:
    """As the compiler lets them through: what is for a close has no price."""

    def near() -> float:
        return round(close * (1.0 + chance.normal(0.0, 0.008)), 4)

    code = SignalCode(int(chance.integers(1, 6)))
    given: dict[str, float] = {}
    if code in (SignalCode.EXIT, SignalCode.CANCEL) and chance.random() < 0.5:
        for name in ("exit_limit", "exit_stop", "exit_trail"):
            if chance.random() < 0.5:
                given[name] = close * 0.01 if name == "exit_trail" else near()
        if given:
            return Ordered(code), given
    if code == SignalCode.CANCEL:
        return Ordered(code), given
    sizing = SIZINGS[int(chance.integers(3))]
    if code == SignalCode.EXIT and sizing == "cash":
        sizing = "units"
    if code != SignalCode.EXIT or chance.random() < 0.6:
        most = {"units": 60.0, "cash": 6_000.0, "percent": 110.0}[sizing]
        given["size"] = round(float(chance.uniform(0.02, 1.0)) * most, 2)
    if code == SignalCode.ORDER and chance.random() < 0.5:
        given["size"] *= -1.0
    late = chance.random() < 0.25
    if code == SignalCode.EXIT:
        return Ordered(code, sizing, "close" if late else "open"), given
    if not late:
        given |= {name: near() for name in ("limit", "stop") if chance.random() < 0.4}
    for name in ("exit_limit", "exit_stop"):
        if chance.random() < 0.3:
            given[name] = near()
    if chance.random() < 0.3:
        given["exit_trail"] = close * float(chance.choice([0.005, 0.01]))
    life = LIFETIMES[int(chance.integers(3))]
    guards = chance.random() < 0.3
    return Ordered(code, sizing, "close" if late else "open", life, guards), given


@st.composite
def pieces(draw: st.DrawFn, bars: BarColumns) -> Iterator[BarColumns]:
    """The bars in pieces of any size, empty ones among them."""
    places = sorted(draw(st.lists(st.integers(0, len(bars)), max_size=8)))
    ends = zip([0, *places], [*places, len(bars)], strict=True)
    return iter([bars.take(slice(first, last)) for first, last in ends])


def told(run: Rows) -> tuple[list[int], list[int], list[list[float]]]:
    return run.symbol.tolist(), run.places.tolist(), values(run.bars)
