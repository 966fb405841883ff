"""Splits and dividends of a feed, as far as the log has them."""

from __future__ import annotations

from collections.abc import KeysView

from schemas.events.actions import Action
from streams.actions import NO_ACTIONS, Actions, actions_of, folded


class Acted:
    """Folds events in the order of the log; what follows of a symbol is made when it is asked."""

    def __init__(self) -> None:
        self._events: dict[str, list[Action]] = {}
        self._currencies: dict[str, str] = {}
        self._folded: dict[str, Actions] = {}
        self._checked: dict[str, Actions] = {}

    def apply(self, event: Action) -> None:
        """Take in an event about one of the feed's symbols."""
        self._events.setdefault(event.symbol, []).append(event)
        self._folded.pop(event.symbol, None)
        self._checked.pop(event.symbol, None)

    def priced_in(self, symbol: str, currency: str) -> None:
        """The symbol's prices are in that currency."""
        self._currencies[symbol] = currency
        self._checked.pop(symbol, None)

    @property
    def symbols(self) -> KeysView[str]:
        """Of which there has been any event, in that order."""
        return self._events.keys()

    def folded(self, symbol: str) -> Actions:
        """Amounts taken to be in the currency of the prices."""
        if symbol not in self._events:
            return NO_ACTIONS
        if symbol not in self._folded:
            self._folded[symbol] = folded(self._events[symbol])[symbol]
        return self._folded[symbol]

    def of(self, symbol: str) -> Actions:
        """Raises ActionError where amounts are in another currency than the prices, or in two."""
        if symbol not in self._events:
            return NO_ACTIONS
        if symbol not in self._checked:
            self._checked[symbol] = actions_of(self._events[symbol], self._currencies)[symbol]
        return self._checked[symbol]
