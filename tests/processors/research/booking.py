"""Bars with orders straight into the book, as a backtest gives them, and with actions too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from processors.research.closing import BookRows
from processors.research.fills import fills_of, refused_of
from processors.research.market import Frame
from processors.research.ordering import Ordering
from sandbox.columns import TERMS, Ordered, SignalCode
from sandbox.compiler.book import OUTPUTS
from sandbox.fills import NO_COSTS, FillRules, Reason
from sandbox.host.book import CHUNK_BARS, Book, Booked
from sandbox.host.orders import Orders, few_of
from schemas.columns import BarColumns
from tests.processors.research.case import DAY_US, Bar, book

_MARKET = ("open", "high", "low", "close", "volume")
NOTHING = Ordered(SignalCode.NONE)


@dataclass(frozen=True)
class Row:
    """A bar, and what was ordered at the close before it. day: its time. terms: by TERMS."""

    day: float
    bar: Bar
    ordered: Ordered = NOTHING
    terms: Mapping[str, float] = field(default_factory=dict)
    split: float = 1.0
    dividend: float = 0.0
    symbol: int = 0


@dataclass(frozen=True)
class Run:
    """What the book said of rows: equity and exposure after each; fills as (row, units, price,
    fee, reason); income and refusals of the rows that had some."""

    equity: list[float]
    exposure: list[float]
    fills: list[tuple[int, float, float, float, Reason]]
    income: dict[int, float]
    refused: dict[int, int]
    held: dict[int, float]


def columns_of(rows: Sequence[Row]) -> tuple[NDArray[np.int32], Orders]:
    bars = np.array([(*row.bar, 1_000.0)[:5] for row in rows], np.float64).reshape(-1, 5)
    assert all(set(row.terms) <= set(TERMS) for row in rows)
    return np.array([row.symbol for row in rows], np.int32), Orders(
        ts=np.array([round(row.day * DAY_US) for row in rows]),
        code=np.array([row.ordered.packed for row in rows]),
        split=np.array([row.split for row in rows]),
        dividend=np.array([row.dividend for row in rows]),
        **dict(zip(_MARKET, np.ascontiguousarray(bars.T), strict=True)),
        **{name: np.array([row.terms.get(name, np.nan) for row in rows]) for name in TERMS},
    )


def booked(
    series: NDArray[np.int32],
    orders: Orders,
    rules: FillRules = NO_COSTS,
    chunk_bars: int = CHUNK_BARS,
) -> Booked:
    symbols = int(series.max()) + 1
    return Book(book(), [rules] * symbols, chunk_bars).advance(series, few_of(orders))


def run(rows: Sequence[Row], rules: FillRules = NO_COSTS) -> Run:
    """By the rows that are given, those of closes laid to the bars that they are of."""
    placed = placed_rows(*columns_of(rows), rules)
    orders = placed.orders.part(slice(0, len(placed.orders)))
    found = read(booked(placed.symbol, orders, rules), placed.symbol, orders, rules)
    of = list(range(len(orders))) if placed.row is None else placed.row.tolist()
    last = {row: place for place, row in enumerate(of)}
    return Run(
        equity=[found.equity[last[row]] for row in range(len(rows))],
        exposure=[found.exposure[last[row]] for row in range(len(rows))],
        fills=[(of[fill[0]], *fill[1:]) for fill in found.fills],
        income={of[row]: amount for row, amount in found.income.items()},
        refused={of[row]: count for row, count in found.refused.items()},
        held={of[row]: held for row, held in found.held.items()},
    )


def placed_rows(series: NDArray[np.int32], orders: Orders, rules: FillRules) -> BookRows:
    """As a backtest places them. orders: with what was ordered at the closes before."""
    n = len(orders)
    code, terms = np.zeros(n, np.int64), np.full((len(TERMS), n), np.nan)
    for symbol in range(int(series.max()) + 1):
        (at,) = np.nonzero(series == symbol)
        code[at[:-1]] = orders.code[at[1:]]
        for cells, name in zip(terms, TERMS, strict=True):
            cells[at[:-1]] = getattr(orders, name)[at[1:]]
    bars = BarColumns(orders.ts, *(getattr(orders, name) for name in _MARKET))
    frame = Frame(np.ones(n), np.ones(n), orders.split, orders.dividend)
    return Ordering(int(series.max()) + 1, rules).rows(series, bars, frame, code, list(terms))


def read(found: Booked, series: NDArray[np.int32], orders: Orders, rules: FillRules) -> Run:
    at = found.rows
    fills, of = fills_of(
        found.said, orders.ts[at], series[at].astype(np.int64), orders.volume[at], rules
    )
    income, refused = found.said[:, OUTPUTS.index("income")], refused_of(found.said)
    held = found.said[:, OUTPUTS.index("held")]
    return Run(
        equity=found.equity.tolist(),
        exposure=found.exposure.tolist(),
        fills=list(
            zip(
                at[of].tolist(),
                *(column.tolist() for column in (fills.units, fills.price, fills.fee)),
                map(Reason, fills.reason.tolist()),
                strict=True,
            )
        ),
        income={int(at[i]): float(income[i]) for i in np.flatnonzero(income)},
        refused={int(at[i]): int(refused[i]) for i in np.flatnonzero(refused)},
        held=dict(zip(at.tolist(), held.tolist(), strict=True)),
    )


def merged_in_order(rows: Sequence[Row]) -> list[Row]:
    """By time, then by symbol, as the book takes them."""
    return sorted(rows, key=lambda row: (row.day, row.symbol))
