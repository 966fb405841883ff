"""Where a market-data source is, so that it goes on there after a restart."""

from __future__ import annotations

from schemas.events.base import Event, Id


class FeedProgressed(Event):
    """A feed's bars below these offsets are counted in `published`."""

    feed: Id
    round: int
    published: int
    offsets: tuple[int, ...]
    """Of market.bars.v1, one a partition: read on from here to count the rest."""
