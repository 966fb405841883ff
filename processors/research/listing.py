"""What is known of a symbol beyond its bars."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sandbox.fills import FillRules
from schemas.events.instruments import InstrumentListed
from streams.actions import NO_ACTIONS, Actions


@dataclass(frozen=True, slots=True)
class Listing:
    """tick: the step between two prices; lot: between two sizes; 0.0 for any."""

    actions: Actions = NO_ACTIONS
    tick: float = 0.0
    lot: float = 0.0

    def rules(self, rules: FillRules) -> FillRules:
        """Those of the run with this instrument's steps, as far as the run has none of its own."""
        return replace(rules, tick=rules.tick or self.tick, lot=rules.lot or self.lot)


NOTHING_KNOWN = Listing()


def own_rules(
    rules: FillRules, listings: Sequence[Listing] | None, symbols: int
) -> list[FillRules]:
    """Those of each of so many symbols. listings: of them; none where nothing is known."""
    return [each.rules(rules) for each in listings or [NOTHING_KNOWN] * symbols]


def listings_of(
    symbols: Iterable[str],
    actions: Mapping[str, Actions],
    instruments: Mapping[str, InstrumentListed],
) -> tuple[Listing, ...]:
    """In the order of the symbols."""
    found = []
    for symbol in symbols:
        listed = instruments.get(symbol)
        steps = (listed.tick_size, listed.lot) if listed else ()
        found.append(Listing(actions.get(symbol, NO_ACTIONS), *steps))
    return tuple(found)
