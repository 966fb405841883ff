"""Partitions for rows that a test writes into `bars` or `indicators` by itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg

from processors.projections.quarters import MAKE_QUARTERS


def make_quarters(connection: psycopg.Connection[Any], table: str, *times: datetime) -> None:
    """Those in which the times lie; they are in UTC."""
    connection.execute(MAKE_QUARTERS, (table, [time.date() for time in times]))
