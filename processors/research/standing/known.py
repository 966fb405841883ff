"""What standing screens go by besides bars, as the log has it: universes, listings, actions,
versions."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from processors.research.standing.acted import Acted
from schemas.events.actions import DividendDeclared, SplitDeclared
from schemas.events.base import Event
from schemas.events.instruments import InstrumentListed
from schemas.events.strategies import StrategyCompiled
from schemas.events.universes import UniverseDefined
from streams.universes import Listing


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which series a universe may ever look at. symbols: None for all of the feed. window_bars:
    how many of their bars a rule needs; 0 where there is none."""

    feed: str
    interval: str
    symbols: frozenset[str] | None
    window_bars: int

    def covers(self, other: Wanted) -> bool:
        """Whether whoever keeps this has all that the other one needs."""
        if (self.feed, self.interval) != (other.feed, other.interval):
            return False
        if self.window_bars < other.window_bars:
            return False
        return self.symbols is None or (other.symbols is not None and other.symbols <= self.symbols)


class Known:
    """Folds the topics of universes, instruments, actions and versions."""

    def __init__(self) -> None:
        self._definitions: dict[str, list[UniverseDefined]] = {}
        self._listings: dict[str, dict[str, list[Listing]]] = {}
        self._acted: defaultdict[str, Acted] = defaultdict(Acted)
        self._versions: dict[tuple[str, int], StrategyCompiled] = {}

    def apply(self, event: Event, at_ms: int) -> None:
        """Take in an event of a record of that time; of a version the first counts."""
        match event:
            case UniverseDefined():
                self._define(event)
            case InstrumentListed():
                said = Listing(
                    at_ms * 1000, event.sector, event.calendar, event.first_day, event.last_day
                )
                of_feed = self._listings.setdefault(event.feed, {})
                of_feed.setdefault(event.symbol, []).append(said)
                self._acted[event.feed].priced_in(event.symbol, event.currency)
            case SplitDeclared() | DividendDeclared():
                self._acted[event.feed].apply(event)
            case StrategyCompiled():
                self._versions.setdefault((event.strategy_id, event.version), event)

    def _define(self, event: UniverseDefined) -> None:
        definitions = self._definitions.setdefault(event.universe, [])
        first = definitions[0] if definitions else event
        if (event.feed, event.interval) == (first.feed, first.interval):
            definitions.append(event)

    def definitions(self, universe: str) -> list[UniverseDefined]:
        """Of one universe, in the order of the log; those of another feed or interval than the
        first are passed over: a screen's state is of one feed's bars."""
        return self._definitions.get(universe, [])

    def listings(self, feed: str) -> dict[str, list[Listing]]:
        """By symbol, in the order of the log."""
        return self._listings.get(feed, {})

    def acted(self, feed: str) -> Acted:
        """Its splits and dividends; what is asked of it later has what came until then."""
        return self._acted[feed]

    def version(self, strategy_id: str, version: int) -> StrategyCompiled | None:
        return self._versions.get((strategy_id, version))

    def wanted(self, universe: str) -> Wanted | None:
        """Which series the universe may look at by now; None while it is not defined."""
        definitions = self.definitions(universe)
        if not definitions:
            return None
        rules = [each.rule for each in definitions if each.rule is not None]
        listed = (each.symbols or () for each in definitions)
        return Wanted(
            definitions[0].feed,
            definitions[0].interval,
            None if rules else frozenset(symbol for symbols in listed for symbol in symbols),
            max((rule.window_bars for rule in rules), default=0),
        )
