"""Fills → trades: positions, or parts of them, from their entry to their exit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processors.research.results import Fills, Income, Trades
from processors.research.visits import Visits
from sandbox.fills import Reason
from schemas.columns import Floats, Ints

_DUST = 1e-12  # of a position: what arithmetic leaves of one that was closed
_ON_CLOSE = (Reason.MARKET_ON_CLOSE, Reason.EXIT_ON_CLOSE)


@dataclass(slots=True)
class _Position:
    """What is held of a symbol. units: signed. cost: of one, on average. fees, income: of all
    that is held. begun: visit of the first fill, and whether that was at its bar's close."""

    units: float = 0.0
    cost: float = 0.0
    fees: float = 0.0
    income: float = 0.0
    begun: int = 0
    late: bool = False


@dataclass(frozen=True, slots=True)
class _Parts:
    """Trades of one symbol, by column. entry, exit: numbers of the symbol's visits; late: whether
    the entry was at its bar's close; gain: net of fees; the others as in Trades; all (n,)."""

    size: Floats
    entry: Ints
    late: NDArray[np.bool_]
    entry_price: Floats
    exit: Ints
    exit_price: Floats
    gain: Floats
    fees: Floats
    reason: Ints


@dataclass(frozen=True, slots=True)
class _Filled:
    """A symbol's fills, with the visit that each is of, and its income."""

    at: Ints
    units: Floats
    price: Floats
    fee: Floats
    reason: Ints
    income_ts: Ints
    income: Floats


def trades_of(fills: Fills, income: Income, visits: Iterable[Visits]) -> Trades:
    """All trades in the order of their exits; what is still held at the last bar ends there, at
    its close, with the reason END.

    visits: by symbol, with the bars of all fills. A position's entry price is the average of what
    was added to it; a part that is closed is a trade of its own. In units and prices of the day on
    which the run begins, so that a split leaves a trade as it is.
    """
    found = []
    for symbol, seen in enumerate(visits):
        mine = np.flatnonzero(fills.symbol == symbol)
        if len(mine):
            got = income.symbol == symbol
            at = _visit_of(fills.ts[mine], seen)
            units = seen.units[at]
            filled = _Filled(
                at,
                fills.units[mine] / units,
                fills.price[mine] * units,
                fills.fee[mine],
                fills.reason[mine],
                income.ts[got],
                income.amount[got],
            )
            parts = _whole(filled, seen)
            found.append(_trades(symbol, _by_hand(filled, seen) if parts is None else parts, seen))
    return _in_order(found)


def _visit_of(ts: Ints, seen: Visits) -> Ints:
    """The visit of each time, which is one of theirs."""
    if len(ts) == len(seen.units) and (ts == seen.ts[:-1]).all():  # a fill each
        return np.arange(len(ts))
    return np.searchsorted(seen.ts[:-1], ts)


def _whole(filled: _Filled, seen: Visits) -> _Parts | None:
    """The trades where every position is opened by one fill and closed by one, which may open the
    next; else None. The same as _by_hand, without a loop."""
    units = filled.units
    turns_of = _turns(units)
    if turns_of is None:
        return None
    before, after, closes, turns = turns_of
    share = np.where(turns, np.abs(before) / np.abs(units), 1.0)
    opens = np.flatnonzero((before == 0.0) | turns)
    ends = np.flatnonzero(closes)
    size = np.where(before == 0.0, units, after)[opens]
    opening_fee = np.where(turns, filled.fee * (1.0 - share), filled.fee)[opens]
    is_open = len(ends) < len(opens)

    def exits(column: NDArray[Any], last: float) -> NDArray[Any]:
        return np.append(column[ends], last) if is_open else column[ends]

    entry, exit_ = filled.at[opens], exits(filled.at, len(seen.ts) - 1).astype(np.int64)
    exit_price = exits(filled.price, seen.close)
    fees = opening_fee + exits(filled.fee * share, 0.0)
    paid = np.append(0.0, np.cumsum(filled.income))
    until, since = (
        np.searchsorted(filled.income_ts, seen.ts[at], side="right") for at in (exit_, entry)
    )
    entry_price = filled.price[opens]
    return _Parts(
        size=size,
        entry=entry,
        late=np.isin(filled.reason[opens], _ON_CLOSE),
        entry_price=entry_price,
        exit=exit_,
        exit_price=exit_price,
        gain=size * (exit_price - entry_price) + paid[until] - paid[since] - fees,
        fees=fees,
        reason=exits(filled.reason, Reason.END).astype(np.int64),
    )


def closed_count(units: Floats, symbol: Ints) -> int | None:
    """How many closed trades there are among fills of these units, in their order: as trades_of
    finds them; None where positions are added to or closed in parts, and it takes trades_of to
    tell."""
    count = 0
    for each in np.unique(symbol):
        found = _turns(units[symbol == each])
        if found is None:
            return None
        count += int(np.count_nonzero(found[2]))
    return count


def _turns(
    units: Floats,
) -> tuple[Floats, Floats, NDArray[np.bool_], NDArray[np.bool_]] | None:
    """What is held before and after each fill of a symbol, whether it closes a position, and
    whether it opens the next too; None where a position has more than two fills."""
    even = len(units) // 2 * 2
    if (units[0:even:2] == -units[1:even:2]).all():  # in and out again, as most do
        after, before = np.zeros(len(units)), np.zeros(len(units))
        after[0::2], before[1::2] = units[0::2], units[0:even:2]
        closes = before != 0.0
        return before, after, closes, np.zeros(len(units), np.bool_)
    after = np.cumsum(units)
    left = np.abs(after)
    nothing = left <= _DUST * np.abs(units)
    if (~nothing & (left <= _DUST * np.maximum.accumulate(np.abs(units)))).any():
        return None  # a sum of large positions cannot tell a small one from what they leave
    after[nothing] = 0.0
    before = np.append(0.0, after[:-1])
    closes = before * units < 0.0
    turns = closes & (after * units > 0.0)
    if ((before != 0.0) & ~closes).any() or (closes & (after != 0.0) & ~turns).any():
        return None
    return before, after, closes, turns


def _by_hand(filled: _Filled, seen: Visits) -> _Parts:
    """Fill by fill: positions may be added to and closed in parts."""
    held, parts, got = _Position(), list[tuple[Any, ...]](), 0
    income = list(zip(filled.income_ts.tolist(), filled.income.tolist(), strict=True))
    ts = seen.ts.tolist()

    def close(part: float, at: int, price: float, fee: float, reason: int) -> None:
        """part: of what is held, 0 to 1."""
        size, fees = held.units * part, held.fees * part + fee
        gain = size * (price - held.cost) + held.income * part - fees
        parts.append((size, held.begun, held.late, held.cost, at, price, gain, fees, reason))
        held.units -= size
        held.fees -= held.fees * part
        held.income -= held.income * part

    columns = (filled.at, filled.units, filled.price, filled.fee, filled.reason)
    for at, units, price, fee, reason in zip(*(c.tolist() for c in columns), strict=True):
        while got < len(income) and income[got][0] <= ts[at]:
            held.income += income[got][1]
            got += 1
        left = units
        if held.units * units < 0.0:
            part = min(abs(units / held.units), 1.0)
            part = 1.0 if 1.0 - part <= _DUST else part
            share = min(abs(held.units / units), 1.0)
            left = held.units + units if part == 1.0 and 1.0 - share > _DUST else 0.0
            close(part, at, price, fee * share, reason)
            fee -= fee * share
            if part == 1.0:
                held.units = held.fees = held.income = 0.0
        if left:
            if not held.units:
                held.begun, held.late = at, reason in _ON_CLOSE
            total = held.units + left
            held.cost = (held.cost * held.units + price * left) / total
            held.units, held.fees = total, held.fees + fee
    held.income += sum(amount for _, amount in income[got:])
    if held.units:
        close(1.0, len(ts) - 1, seen.close, 0.0, Reason.END)
    kinds = (float, np.int64, np.bool_, float, np.int64, float, float, float, np.int64)
    rows = zip(*parts, strict=True) if parts else [()] * len(kinds)
    return _Parts(*(np.array(row, kind) for row, kind in zip(rows, kinds, strict=True)))


def _trades(symbol: int, parts: _Parts, seen: Visits) -> Trades:
    lowest, highest = _extremes(parts, seen)
    up = parts.size > 0.0
    low, high = lowest / parts.entry_price - 1.0, highest / parts.entry_price - 1.0
    return Trades(
        symbol=np.full(len(parts.size), symbol),
        size=parts.size,
        entry_ts=seen.ts[parts.entry],
        exit_ts=seen.ts[parts.exit],
        entry_price=parts.entry_price,
        exit_price=parts.exit_price,
        pnl=parts.gain,
        return_=parts.gain / (np.abs(parts.size) * parts.entry_price),
        fees=parts.fees,
        mae=np.minimum(np.where(up, low, -high), 0.0),
        mfe=np.maximum(np.where(up, high, -low), 0.0),
        bars_held=seen.row[parts.exit] - seen.row[parts.entry],
        reason=parts.reason,
    )


def _extremes(parts: _Parts, seen: Visits) -> tuple[Floats, Floats]:
    """The lowest and highest price of each trade: of its bars from the entry's, unless that was
    at the close, to the one before the exit's, and of entry and exit themselves."""
    low = np.minimum(parts.entry_price, parts.exit_price)
    high = np.maximum(parts.entry_price, parts.exit_price)
    # Of the entry's bar, which has its own place, to before the exit's, or to the end.
    first, last = 2 * parts.entry + 1 + parts.late, 2 * parts.exit + 1
    spans = np.flatnonzero(last > first)
    if len(spans):
        bounds = np.stack([first[spans], last[spans]], axis=1).ravel()
        if bounds[-1] == len(seen.low):  # the last span goes to the end by itself
            bounds = bounds[:-1]
        low[spans] = np.minimum(low[spans], np.minimum.reduceat(seen.low, bounds)[::2])
        high[spans] = np.maximum(high[spans], np.maximum.reduceat(seen.high, bounds)[::2])
    return low, high


def _in_order(found: Sequence[Trades]) -> Trades:
    """All together, by the time of the exit, then by symbol."""
    if len(found) == 1:
        return found[0]
    columns = {
        field.name: np.concatenate(
            [np.zeros(0, _kind(field.type)), *(getattr(each, field.name) for each in found)]
        )
        for field in fields(Trades)
    }
    order = np.argsort(columns["exit_ts"], kind="stable")
    return Trades(**{name: column[order] for name, column in columns.items()})


def _kind(annotation: object) -> type[np.int64] | type[np.float64]:
    return np.int64 if annotation == "Ints" else np.float64
