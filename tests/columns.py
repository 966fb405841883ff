"""Columns of bars → lists, which compare and print."""

from __future__ import annotations

from dataclasses import fields

from schemas.columns import BarColumns


def values(bars: BarColumns) -> list[list[float]]:
    """Each column, in the order of the fields."""
    return [getattr(bars, field.name).tolist() for field in fields(bars)]
