"""Checks what a body asks for, inputs and series, against what the version offers. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from schemas.events.strategies import Params, ParamSpec, SeriesFilter
from schemas.series import FEED_PATTERN, INTERVAL_PATTERN, SYMBOL_PATTERN

ANY = "*"


class InputError(ValueError):
    """`field` of a body can't be used, for the reason in `message`."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


def complete(specs: Sequence[ParamSpec], given: Mapping[str, float]) -> Params:
    """Every input's value: the given one, else the default. Raises InputError."""
    by_name = {spec.name: spec for spec in specs}
    for name, value in given.items():
        spec = by_name.get(name)
        if spec is None:
            names = ", ".join(by_name) or "none"
            raise InputError(f"params.{name}", f"there is no such input; there are: {names}")
        if not allows(spec, value):
            raise InputError(f"params.{name}", f"{value:g} is not {allowed(spec)}")
    return {spec.name: given.get(spec.name, spec.default) for spec in specs}


def allows(spec: ParamSpec, value: float) -> bool:
    if spec.type == "bool":
        return value in (0, 1)
    return (
        (spec.type != "int" or float(value).is_integer())
        and (spec.low is None or value >= spec.low)
        and (spec.high is None or value <= spec.high)
    )


def allowed(spec: ParamSpec) -> str:
    """What may be written for an input, such as `a whole number from 2 to 50`."""
    if spec.type == "bool":
        return "0 or 1"
    words = "a whole number" if spec.type == "int" else "a number"
    low = "" if spec.low is None else f" from {spec.low:g}"
    high = "" if spec.high is None else f" to {spec.high:g}"
    return f"{words}{low}{high}"


def check_series(series: SeriesFilter) -> None:
    """Raises InputError for a filter that could match nothing, however it is meant."""
    _check("series.feed", series.feed, FEED_PATTERN, "a feed such as sample")
    _check("series.interval", series.interval, INTERVAL_PATTERN, "an interval such as 1d")
    if not series.symbols:
        raise InputError("series.symbols", 'name one at least, or ["*"] for all')
    for symbol in series.symbols:
        _check("series.symbols", symbol, SYMBOL_PATTERN, "a symbol such as AAPL")


def _check(field: str, value: str, pattern: str, words: str) -> None:
    if value != ANY and re.fullmatch(pattern, value) is None:
        raise InputError(field, f"{value[:80]!r} is not {words}; * is any")
