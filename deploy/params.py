"""Inputs of strategies as a person writes them."""

from __future__ import annotations

import math
from collections.abc import Iterable

from deploy.errors import UserError


def parse_params(texts: Iterable[str]) -> dict[str, float]:
    """By name; of a name that is given twice the last. Raises UserError."""
    return dict(map(parse_param, texts))


def parse_param(text: str) -> tuple[str, float]:
    """`length=20` as a name and a number; true and false are 1 and 0. Raises `UserError`."""
    name, _, value = text.partition("=")
    words = {"true": "1", "false": "0"}
    try:
        number = float(words.get(value.strip().lower(), value))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):  # JSON has no such numbers
        raise UserError(f"--param {text!r} is not NAME=VALUE with a number as value.")
    return name.strip(), number
