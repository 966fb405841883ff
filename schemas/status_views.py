"""What the HTTP API says of the whole: counts, and how far each part is behind."""

from __future__ import annotations

from schemas.views import View


class ConsumerLag(View):
    """How many records of a topic a projection or a worker role has yet to take in."""

    consumer: str
    topic: str
    lag: int


class QueueView(View):
    """How many requests of a queue of research have no worker yet, and how many have one."""

    queue: str
    waiting: int
    running: int


class StatusView(View):
    """Records per topic and how far workers and view are behind; null where that can't be asked."""

    bars: int | None
    indicators: int | None
    signals: int | None
    topics: dict[str, int] | None
    dead_letters: dict[str, int] | None
    """Records that could not be used and that nobody has decided about, of topics that have some;
    null until all of them are counted."""
    lag: int | None
    consumers: list[ConsumerLag] | None
    research: list[QueueView] | None
    services: dict[str, str]
    stream_clients: int
