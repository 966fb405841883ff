"""When a bar is due, by the sessions of real exchanges."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from processors.research.standing.calendars import is_due
from schemas.series import interval_us


@pytest.mark.parametrize(
    ("calendar", "opens", "interval", "due"),
    [
        ("XNYS", "2012-07-03", "1d", True),
        ("XNYS", "2012-07-04", "1d", False),
        ("XNYS", "2012-07-07", "1d", False),
        ("24/7", "2012-07-07", "1d", True),
        ("XTKS", "2012-07-04", "1d", True),
        ("XNYS", "2012-07-04T14:30", "1d", False),
        ("XNYS", "2012-07-03T14:30", "1d", True),
        ("XNYS", "2012-07-02", "1w", True),
        ("XNYS", "2012-07-07", "2d", False),
        ("XNYS", "2011-12-31", "2d", False),
        ("XNYS", "2011-12-30", "2d", True),
        ("XNYS", "2012-07-02T13:29", "1m", False),
        ("XNYS", "2012-07-02T13:30", "1m", True),
        ("XNYS", "2012-07-02T19:59", "1m", True),
        ("XNYS", "2012-07-02T20:00", "1m", False),
        ("XNYS", "2012-07-03T17:00", "1h", False),
        ("XNYS", "2012-07-02T13:00", "1h", True),
        ("XTKS", "2012-07-02T03:00", "5m", False),
        ("XTKS", "2012-07-02T03:30", "5m", True),
        ("XTKS", "2012-07-02T02:00", "4h", True),
        ("24/7", "2012-12-31T23:59", "1m", True),
        ("NONE", "2012-07-04", "1d", True),
        ("XSAU", "1999-07-02", "1d", True),
        (None, "2012-07-04", "1d", True),
    ],
)
def test_a_bar_is_due_when_there_is_trading_in_it(
    calendar: str | None, opens: str, interval: str, due: bool
) -> None:
    moment = datetime.fromisoformat(opens).replace(tzinfo=UTC)
    assert is_due(calendar, int(moment.timestamp()) * 1_000_000, interval_us(interval)) == due
