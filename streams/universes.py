"""Who belongs to a universe at a time: definitions, bars and listings in, symbols out. Pure.

Nothing here sees what came later: a bar counts from its close on, a listing from its record on. So
a symbol that was delisted later is a member in the past, where the data has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np

from schemas.columns import Floats, Ints
from schemas.events.universes import UniverseDefined, UniverseRule
from schemas.series import UNIT_US, interval_us
from streams.actions import NO_ACTIONS, ActionError, Actions, factors

YEAR_US = 365.25 * UNIT_US["d"]
QUIET_US = UNIT_US["w"]
QUIET_BARS = 10
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Listing:
    """What an InstrumentListed says of where and when a symbol is traded. known_us: the record's
    time, UTC µs."""

    known_us: int
    sector: str | None
    calendar: str
    first_day: date | None
    last_day: date | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A symbol as known at a time.

    first_us: the open of its first bar. ts, close, volume: bars as they were traded, oldest first,
    shape (n,), as many before that time as the rule's window and one more; times in UTC µs.
    actions: where the rule `needs_actions`, those between these bars; others may be among them.
    """

    symbol: str
    first_us: int
    ts: Ints
    close: Floats
    volume: Floats
    actions: Actions = NO_ACTIONS

    def until(self, last_us: int) -> Candidate:
        """Without the bars that open later."""
        count = int(np.searchsorted(self.ts, last_us, side="right"))
        return replace(
            self, ts=self.ts[:count], close=self.close[:count], volume=self.volume[:count]
        )


@dataclass(frozen=True, slots=True)
class Measures:
    """What a rule's bounds are about; nan where there are too few bars."""

    price: float
    dollar_volume: float
    volatility: float
    age_days: float


Listings = Mapping[str, Sequence[Listing]]
"""By symbol, in the order of the log."""


def definition_at(definitions: Iterable[UniverseDefined], at_us: int) -> UniverseDefined | None:
    """What a universe was at that time, of its definitions in the order of the log.

    Before its first definition it was nothing where that is a list: whoever was put on it later
    is known to have lasted. A rule needs no such knowledge.
    """
    by_time = {each.effective_ts: each for each in definitions}
    if not by_time:
        return None
    held = [ts for ts in by_time if ts <= at_us]
    if held:
        return by_time[max(held)]
    first = by_time[min(by_time)]
    return first if first.rule is not None else None


def listing_at(listings: Sequence[Listing], at_us: int) -> Listing | None:
    """The latest that was known then; before the first was, the first: what is loaded later is
    taken to have been so."""
    known = [each for each in listings if each.known_us <= at_us]
    return known[-1] if known else (listings[0] if listings else None)


def day_of(at_us: int) -> date:
    """The day that a close belongs to: midnight ends the day before."""
    return (EPOCH + timedelta(microseconds=at_us - 1)).date()


def is_listed(listing: Listing | None, at_us: int) -> bool:
    """Whether it was traded on the day; yes where nobody says when it was."""
    if listing is None:
        return True
    day = day_of(at_us)
    return (listing.first_day is None or listing.first_day <= day) and (
        listing.last_day is None or day <= listing.last_day
    )


def members(
    definition: UniverseDefined,
    candidates: Iterable[Candidate],
    listings: Listings,
    at_us: int,
) -> tuple[str, ...]:
    """The symbols of the universe at that time, by name.

    candidates: those of the feed and interval; a list needs none. A symbol is passed over on days
    on which it was not listed, and by a rule also when it has been quiet for a week, or ten bars
    where these are longer: it may have been delisted in silence.
    """
    known = {symbol: listing_at(each, at_us) for symbol, each in listings.items()}
    if definition.symbols is not None:
        return tuple(sorted(s for s in definition.symbols if is_listed(known.get(s), at_us)))
    rule = definition.rule
    assert rule is not None
    length_us = interval_us(definition.interval)
    quiet_us = max(QUIET_US, QUIET_BARS * length_us)
    found: dict[str, float] = {}
    for whole in candidates:
        each = whole.until(at_us - length_us)
        listing = known.get(each.symbol)
        if not len(each.ts) or not is_listed(listing, at_us):
            continue
        if int(each.ts[-1]) + length_us < at_us - quiet_us:
            continue
        measures = measured(each, rule, listing, at_us)
        if passes(rule, measures, listing):
            found[each.symbol] = measures.dollar_volume
    ranked = sorted(found, key=lambda symbol: (-found[symbol], symbol))
    return tuple(sorted(ranked[: rule.top]))


def eligible(definition: UniverseDefined) -> UniverseDefined:
    """Whom no bar of the moment can make a member is left out by this already: the rule without the
    bounds that a bar may move a symbol across."""
    rule = definition.rule
    if rule is None:
        return definition
    lasting = rule.model_dump(include={"age_days_min", "age_days_max", "sectors"})
    return definition.model_copy(update={"rule": UniverseRule(**lasting)})


def needs_actions(rule: UniverseRule) -> bool:
    """Whether a split or dividend bears on who belongs to it: prices are as they were traded, and
    what was paid for units is the same on both sides of a split; returns go on over both."""
    return rule.volatility_min is not None or rule.volatility_max is not None


def measured(
    candidate: Candidate, rule: UniverseRule, listing: Listing | None, at_us: int
) -> Measures:
    """Of at least one bar; dollar volume is the mean of fewer bars where there are no more.
    Volatility, which takes longest, only where the rule has a bound of it."""
    close, volume, window_bars = candidate.close, candidate.volume, rule.window_bars
    first = listing.first_day if listing is not None else None
    if first is None:
        first = day_of(candidate.first_us + 1)
    return Measures(
        price=float(close[-1]),
        dollar_volume=float((close[-window_bars:] * volume[-window_bars:]).mean()),
        volatility=_volatility(candidate, window_bars) if needs_actions(rule) else float("nan"),
        age_days=float((day_of(at_us) - first).days),
    )


def _volatility(candidate: Candidate, window_bars: int) -> float:
    """Sample standard deviation of log returns, times the root of how many come in a year; nan too
    where an action can't be one of these bars. Amounts are taken to be in the prices' currency."""
    window = slice(-window_bars - 1, None)
    close, ts = candidate.close[window], candidate.ts[window]
    count = len(close) - 1
    if count < 2 or (close <= 0).any():
        return float("nan")
    if len(candidate.actions):
        try:
            close = close * factors(ts, close, candidate.actions, int(ts[-1]))[0]
        except ActionError:
            return float("nan")
    spacing_us = int(ts[-1] - ts[0]) / count
    return float(np.std(np.diff(np.log(close)), ddof=1) * np.sqrt(YEAR_US / spacing_us))


def passes(rule: UniverseRule, measures: Measures, listing: Listing | None) -> bool:
    """Whether all bounds hold."""
    bounds = (
        (measures.price, rule.price_min, rule.price_max),
        (measures.dollar_volume, rule.dollar_volume_min, rule.dollar_volume_max),
        (measures.volatility, rule.volatility_min, rule.volatility_max),
        (measures.age_days, rule.age_days_min, rule.age_days_max),
    )
    within = all(
        (low is None or value >= low) and (high is None or value <= high)
        for value, low, high in bounds
    )
    sector = listing.sector if listing is not None else None
    return within and (not rule.sectors or sector in rule.sectors)
