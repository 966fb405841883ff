"""UTC microseconds → what the database's driver takes for timestamptz."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def utc(ts_us: int) -> datetime:
    """Microseconds since 1970 as an aware datetime, exactly."""
    return EPOCH + timedelta(microseconds=ts_us)


def microseconds(moment: datetime) -> int:
    """The inverse of `utc`."""
    return (moment - EPOCH) // timedelta(microseconds=1)
