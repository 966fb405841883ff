"""Splits and dividends of a symbol, with its bars: what its holder gets, and continuous prices.

Prices are adjusted proportionally about a base date, as CRSP adjusts its data (Data Descriptions
Guide, "CRSP Calculations": A(t) = P(t) / C(t), C = 1 on the base date, and C changes by an action's
factor on its ex-date, going back and going forward alike), with a factor for dividends too: 1 less
the amount over the close before, the multiplier of Yahoo's "Adj Close". So a return over an ex-date
is that of somebody who puts the dividend back into the instrument at the price it left.

The base date of a backtest is the day on which it begins, not the newest one: adjusted to the
newest day, an early price would depend on splits and dividends that nobody could know of. That of
a screen is its symbol's last close, behind which it sees nothing: `close > 5` is about the price
that is paid, and earlier prices are put into units of that day.

A dividend's amount is for a unit as it was before its day, also where a split is on the same day:
in CRSP's return, (p(t) f(t) + d(t)) / p(t') - 1, d is for a unit bought before. The amounts must be
in the currency of the prices.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import groupby
from operator import itemgetter
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from schemas.columns import BarColumns, Floats, Ints
from schemas.events.actions import Action, DividendDeclared, SplitDeclared
from schemas.series import UNIT_US

PRICES = ("open", "high", "low", "close")
_DAY_US = UNIT_US["d"]
_EVENING_US = _DAY_US * 9 // 24
"""Before midnight UTC: days begin in it from Tokyo to Karachi, and none opens in it in America."""


class ActionError(ValueError):
    """An action that these bars can't have had; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Actions:
    """n days with actions of one symbol, ascending; every array has shape (n,).

    ts: begins of the ex-dates in UTC microseconds, int64. split: new units for an old one, above
    0, 1.0 for none; dividend: cash for an old unit, 0.0 for none; both float64.
    """

    ts: Ints
    split: Floats
    dividend: Floats

    def __len__(self) -> int:
        return len(self.ts)

    def between(self, first_us: int, last_us: int) -> Actions:
        """Those behind the first time, the last one's included."""
        first, last = np.searchsorted(self.ts, (first_us, last_us), side="right").tolist()
        return Actions(self.ts[first:last], self.split[first:last], self.dividend[first:last])

    def within(self, bars: BarColumns) -> bool:
        """Whether there are any between two of these bars."""
        return bool(len(bars)) and bool(((self.ts > bars.ts[0]) & (self.ts <= bars.ts[-1])).any())

    def inside(self, bars: BarColumns) -> bool:
        """Whether any may be of a bar that opened before it, though it counts from the next one on:
        where bars are of several days, or of days that begin on the evening before in UTC."""
        if len(bars) < 2:
            return False
        length = int(np.diff(bars.ts).min())
        place = np.searchsorted(bars.ts, self.ts, side="right") - 1
        since = self.ts - bars.ts[np.maximum(place, 0)]
        early = since <= _EVENING_US if length == _DAY_US else length > _DAY_US
        return bool(((place >= 0) & (since > 0) & (since < length) & early).any())

    def __post_init__(self) -> None:
        assert len(self.ts) == len(self.split) == len(self.dividend)
        assert (np.diff(self.ts) > 0).all(), "days ascend, each once"
        assert (np.isfinite(self.split) & (self.split > 0)).all(), "a split has a ratio above 0"
        assert (np.isfinite(self.dividend) & (self.dividend >= 0)).all(), "an amount is not below 0"


NO_ACTIONS = Actions(np.empty(0, np.int64), np.empty(0), np.empty(0))


class Adjusted(NamedTuple):
    """Bars as a strategy sees them.

    bars: prices are the raw ones times `factor`, volumes the raw ones over `units`. factor, units:
    float64 (n,), 1.0 on the base date; units is the part of `factor` that is due to splits: raw
    units of the bar's day for one unit of the base date.
    """

    bars: BarColumns
    factor: Floats
    units: Floats


def actions_of(
    events: Iterable[Action], currencies: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Actions]:
    """The actions by symbol, as `folded` has them.

    currencies: of the prices, by symbol, as far as they are known. Raises ActionError where a
    symbol's dividends are in another, or in two: an amount is taken off a price.
    """
    declared = list(events)
    paid = {_place(each): each for each in declared if isinstance(each, DividendDeclared)}
    _check_currencies(paid.values(), dict(currencies))
    return folded(declared)


def folded(events: Iterable[Action]) -> dict[str, Actions]:
    """The actions by symbol, a row a day. events: of one feed, in the order of the log: of a day
    the latest split counts, and the latest dividend of each number; amounts are taken to be in the
    currency of the prices."""
    ratios: dict[tuple[str, date], float] = {}
    paid: dict[tuple[str, date, int], DividendDeclared] = {}
    for event in events:
        if isinstance(event, SplitDeclared):
            ratios[event.symbol, event.ex_date] = event.ratio
        else:
            paid[_place(event)] = event
    amounts: dict[tuple[str, date], float] = {}
    for place, event in sorted(paid.items()):
        amounts[place[:2]] = amounts.get(place[:2], 0.0) + event.amount
    found = {}
    for symbol, days in groupby(sorted(ratios.keys() | amounts.keys()), key=itemgetter(0)):
        rows = [
            (midnight_us(place[1]), ratios.get(place, 1.0), amounts.get(place, 0.0))
            for place in days
        ]
        ts, split, dividend = zip(*rows, strict=True)
        found[symbol] = Actions(np.array(ts, np.int64), np.array(split), np.array(dividend))
    return found


def _place(event: DividendDeclared) -> tuple[str, date, int]:
    return event.symbol, event.ex_date, event.number


def _check_currencies(paid: Iterable[DividendDeclared], known: dict[str, str]) -> None:
    """Raise ActionError where amounts of a symbol are in two currencies."""
    for event in paid:
        if event.amount == 0.0 or event.currency is None:
            continue
        usual = known.setdefault(event.symbol, event.currency)
        if event.currency != usual:
            raise ActionError(
                f"a dividend of {event.symbol} on {event.ex_date} is in {event.currency}, and its "
                f"prices or other dividends are in {usual}: convert the amounts to one currency"
            )


def on_bars(actions: Actions, bars: BarColumns) -> tuple[Floats, Floats]:
    """What happens between each bar and the one before it, as the book takes it.

    bars: all of a series, ascending. Returns (split, dividend), float64 (n,): new units for one
    held at the bar before, 1.0 for none; cash for a new unit, 0.0 for none. Of several actions
    between two bars the ratios multiply, and each amount is taken from its own unit to the new
    one. Nobody can hold anything at the first bar: what came before it is left out.
    """
    split, dividend = np.ones(len(bars)), np.zeros(len(bars))
    places = np.searchsorted(bars.ts, actions.ts)
    for place, ratio, amount in zip(places, actions.split, actions.dividend, strict=True):
        if 0 < place < len(bars):
            split[place] *= ratio
            dividend[place] = (dividend[place] + amount) / ratio
    return split, dividend


def adjusted(bars: BarColumns, actions: Actions, base_us: int) -> Adjusted:
    """Continuous bars in units and prices of the base date.

    bars: all of a series, ascending, with what warms up. Bars before the base are scaled back by
    the actions up to it, later ones forward by those after it, so that no bar depends on a later
    one or on a later action. Raises ActionError.
    """
    factor, units = factors(bars.ts, bars.close, actions, base_us)
    prices = {name: getattr(bars, name) * factor for name in PRICES}
    return Adjusted(replace(bars, **prices, volume=bars.volume / units), factor, units)


def as_of_last(bars: BarColumns, actions: Actions) -> BarColumns:
    """The bars as a screen sees them: adjusted about the last one, which is as it was traded. What
    begins behind it is not known yet. Raises ActionError."""
    return adjusted(bars, actions, int(bars.ts[-1])).bars if actions.within(bars) else bars


def factors(ts: Ints, close: Floats, actions: Actions, base_us: int) -> tuple[Floats, Floats]:
    """Adjusted.factor and .units of bars of these times and raw closes. Raises ActionError."""
    if not len(ts):
        return np.empty(0), np.empty(0)
    known = actions.between(int(ts[0]), max(int(ts[-1]), base_us))
    steps = _steps(ts, close, known)
    base = int(np.searchsorted(known.ts, base_us, side="right"))
    counts = np.searchsorted(known.ts, ts, side="right")
    return _from(base, steps)[counts], _from(base, known.split)[counts]


def _steps(ts: Ints, close: Floats, actions: Actions) -> Floats:
    """What a price is multiplied by, to be continuous, when it is of after an action, float64 (n,).

    Of several actions between two bars each takes its part of the close before them, as the one
    before it left that: together they take what one with all their cash and units would.
    """
    steps = np.ones(len(actions))
    before = np.searchsorted(ts, actions.ts) - 1
    worth, bar = 0.0, -1
    for row, place in enumerate(before.tolist()):
        if place != bar:
            worth, bar = float(close[place]), place
        ratio, amount = float(actions.split[row]), float(actions.dividend[row])
        steps[row] = ratio
        if amount > 0.0:
            if amount >= worth:
                day = actions.ts[row].astype("datetime64[us]").astype("datetime64[D]")
                raise ActionError(
                    f"a dividend of {amount:g} on {day} is no less than the price before it, "
                    f"{worth:g}: is one of them in another currency, or of another unit?"
                )
            steps[row] = ratio / (1.0 - amount / worth)
        worth = (worth - amount) / ratio
    return steps


def _from(base: int, steps: Floats) -> Floats:
    """The product of the steps from the base on to each place, float64 (n + 1,): 1.0 at the
    base, and behind it what undoes them. So history that is added in front changes nothing."""
    forward = np.cumprod(steps[base:])
    back = 1.0 / np.cumprod(steps[:base][::-1])
    return np.concatenate((back[::-1], [1.0], forward))


def midnight_us(day: date) -> int:
    """The day's begin, UTC."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1_000_000
