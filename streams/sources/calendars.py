"""The names of trading calendars, as the package exchange_calendars has them."""

from __future__ import annotations

from difflib import get_close_matches

from streams.sources.errors import RowError

NEAREST_MAX = 3
NEAREST_CUTOFF = 0.5


def calendar_name(written: str) -> str:
    """The calendar's name, its case put right. Raises RowError with the nearest names there are."""
    from exchange_calendars import get_calendar_names  # loads pandas

    by_folded: dict[str, str] = {name.casefold(): name for name in get_calendar_names()}
    known = by_folded.get(written.casefold())
    if known is not None:
        return known
    near = get_close_matches(written.casefold(), by_folded, NEAREST_MAX, NEAREST_CUTOFF)
    words = "a market identifier code such as XNYS, or 24/7"
    if near:
        words = " or ".join(by_folded[name] for name in near)
    raise RowError(f"calendar {written!r} is not known; write {words}")
