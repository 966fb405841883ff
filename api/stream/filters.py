"""Which events a client wants, and which topics those can come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from api.stream.events import StreamEvent
from schemas.events.base import Event
from streams.catalog import EVENT_TOPICS

EVENT_NAMES = tuple(
    dict.fromkeys(event.__name__ for topic in EVENT_TOPICS for event in topic.events)
)
"""What `types` may name, in the order of the catalog."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Empty sets let everything pass; an event has to pass every set that isn't empty.

    An event without the attribute, such as a strategy's version where a symbol is asked
    for, does not pass.
    """

    types: frozenset[str] = frozenset()
    symbols: frozenset[str] = frozenset()
    feeds: frozenset[str] = frozenset()
    strategies: frozenset[str] = frozenset()
    conversations: frozenset[str] = frozenset()
    requests: frozenset[str] = frozenset()
    screens: frozenset[str] = frozenset()

    FIELDS: ClassVar[dict[str, str]] = {
        "symbols": "symbol",
        "feeds": "feed",
        "strategies": "strategy_id",
        "conversations": "conversation_id",
        "requests": "request_id",
        "screens": "screen_id",
    }

    def matches(self, event: StreamEvent) -> bool:
        labels = event.labels
        return (
            (not self.types or event.kind in self.types)
            and (not self.symbols or labels.symbol in self.symbols)
            and (not self.feeds or labels.feed in self.feeds)
            and (not self.strategies or labels.strategy_id in self.strategies)
            and (not self.conversations or labels.conversation_id in self.conversations)
            and (not self.requests or labels.request_id in self.requests)
            and (not self.screens or labels.screen_id in self.screens)
        )

    @property
    def topics(self) -> frozenset[str]:
        """The topics that hold events which can pass."""
        return frozenset(
            topic.name for topic in EVENT_TOPICS if any(self._can_pass(e) for e in topic.events)
        )

    def _can_pass(self, event: type[Event]) -> bool:
        needed = [field for name, field in self.FIELDS.items() if getattr(self, name)]
        return (not self.types or event.__name__ in self.types) and all(
            field in event.model_fields for field in needed
        )
