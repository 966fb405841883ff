"""When a close is complete, by the time that the bars themselves tell. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from processors.research.standing.calendars import is_due

CalendarOf = Callable[[str], str | None]


def waited_for(
    members: Iterable[str],
    last_opens: Mapping[str, int],
    calendar_of: CalendarOf,
    open_us: int,
    length_us: int,
) -> tuple[str, ...]:
    """Members whose bar of that open is due and has not come, in their order.

    last_opens: the open of each symbol's last bar on the log; a later one than open_us says that
    there will be none.
    """
    return tuple(
        symbol
        for symbol in members
        if (symbol not in last_opens or last_opens[symbol] < open_us)
        and is_due(calendar_of(symbol), open_us, length_us)
    )


def grace_is_over(close_us: int, clock_us: int, grace_s: float) -> bool:
    """Whether a close waits no more. clock_us: the latest close of any bar of the feed: time as
    the bars have it, which stands still when they do."""
    return clock_us > close_us + round(grace_s * 1e6)
