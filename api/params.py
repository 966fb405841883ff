"""Query parameters: read once, each with its form; what can't be used is a 400 that names it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from starlette.requests import Request

from api.problems import not_found, parameter_problem
from api.reads import cursors
from api.reads.protocol import EPOCH, Key, Window
from schemas.series import FEED_PATTERN, INTERVAL_PATTERN, SYMBOL_PATTERN

LIMIT_DEFAULT = 500
LIMIT_MAX = 50_000
ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$"

FORMS = {
    "symbol": (SYMBOL_PATTERN, "a symbol such as AAPL"),
    "feed": (FEED_PATTERN, "a feed such as sample"),
    "interval": (INTERVAL_PATTERN, "an interval such as 1d, 15m or 30s"),
    "strategy": (ID_PATTERN, "a strategy's id"),
    "deployment": (ID_PATTERN, "a deployment's id"),
    "conversation": (ID_PATTERN, "a conversation's id"),
    "request": (ID_PATTERN, "a request's id, such as a backtest's"),
    "universe": (ID_PATTERN, "a universe's name"),
    "screen": (ID_PATTERN, "a standing screen's id"),
}
"""Parameters that are names: their pattern and what to write."""

Directions = Mapping[str, tuple[type, ...]]
"""Of a list's cursors: the types of the key for each direction that the list can go."""


def require_known(request: Request, known: Iterable[str]) -> None:
    """400 on a parameter that the route doesn't have: a misspelled filter would pass everything."""
    allowed = sorted(known)
    for name in request.query_params:
        if name not in allowed:
            raise parameter_problem(
                name, f"there is no such parameter; there are {', '.join(allowed)}", allowed=allowed
            )


def check_name(parameter: str, value: str) -> str:
    pattern, words = FORMS[parameter]
    if re.fullmatch(pattern, value) is None:
        raise parameter_problem(parameter, f"write {words}")
    return value


def name_or_none(request: Request, parameter: str) -> str | None:
    """A name, None when it isn't given."""
    value = request.query_params.get(parameter)
    return None if value is None else check_name(parameter, value)


def names(request: Request, parameter: str) -> frozenset[str]:
    """All names of a parameter that may be repeated, and may hold several between commas."""
    values = request.query_params.getlist(parameter)
    found = [part.strip() for value in values for part in value.split(",")]
    return frozenset(check_name(parameter, part) for part in found)


def path_name(request: Request, part: str, parameter: str) -> str:
    """A name in the path; 404 when it can't be one."""
    value = str(request.path_params[part])
    pattern, words = FORMS[parameter]
    if re.fullmatch(pattern, value) is None:
        raise not_found(f"{value[:80]!r} is not {words}")
    return value


def time_or_none(request: Request, parameter: str) -> datetime | None:
    """An instant; without an offset it is meant in UTC, a date is its midnight."""
    value = request.query_params.get(parameter)
    if value is None:
        return None
    try:
        # In a query an unescaped `+` of an offset arrives as a blank.
        return utc(datetime.fromisoformat(value.replace(" ", "+") if "T" in value else value))
    except (ValueError, OverflowError):
        raise parameter_problem(
            parameter, "write a date such as 2024-03-01 or a time such as 2024-03-01T14:30:00Z"
        ) from None


def utc(moment: datetime) -> datetime:
    """The instant in UTC, which it is in where it has no offset."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def microseconds(moment: datetime) -> int:
    """The instant as UTC microseconds since 1970."""
    return (utc(moment) - EPOCH) // timedelta(microseconds=1)


def limit_of(request: Request) -> int:
    value = request.query_params.get("limit", str(LIMIT_DEFAULT))
    if re.fullmatch(r"[0-9]{1,9}", value) is None or not 1 <= int(value) <= LIMIT_MAX:
        raise parameter_problem("limit", f"write a whole number from 1 to {LIMIT_MAX}")
    return int(value)


def cursor_of(request: Request, directions: Directions) -> tuple[str, Key] | None:
    """The direction and key of `cursor`, None when it isn't given."""
    value = request.query_params.get("cursor")
    if value is None:
        return None
    try:
        return cursors.decode(value, dict(directions))
    except cursors.CursorError as error:
        raise parameter_problem(
            "cursor", f"{error}; leave it out, or send `next` of the page before"
        ) from None


def window_of(request: Request, directions: Directions, forward: bool = True) -> Window:
    """The part of a list that is asked for; `forward` where no cursor says otherwise."""
    start, end = time_or_none(request, "from"), time_or_none(request, "to")
    if start is not None and end is not None and start >= end:
        raise parameter_problem("to", "write a time after `from`")
    cursor = cursor_of(request, directions)
    if cursor is None:
        return Window(limit_of(request), start, end, None, forward)
    direction, key = cursor
    return Window(limit_of(request), start, end, key, direction == "newer")
