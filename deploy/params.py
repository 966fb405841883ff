"""Inputs of strategies as a person writes them."""

from __future__ import annotations

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
        return name.strip(), float(words.get(value.strip().lower(), value))
    except ValueError:
        raise UserError(f"--param {text!r} is not NAME=VALUE with a number as value.") from None
