"""Which backups go, and when the next is due."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.backup.outcome import Outcome, Outcomes
from deploy.backup.rotation import moment_of, name_at, outdated
from deploy.backup.schedule import RETRY_AFTER, due

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
DAILY = [name_at(NOW - DAY * age) for age in (40, 20, 2, 1, 0)]


def test_a_name_is_a_time() -> None:
    assert name_at(NOW) == "2026-11-23T120000Z"
    assert moment_of("2026-11-23T120000Z") == NOW
    for other in ("lost+found", "2026-11-23T12:00:00Z", "2026-1-23T120000Z", "2026-11-23T120000"):
        assert moment_of(other) is None


@pytest.mark.parametrize(
    ("keep_days", "keep_count", "gone"),
    [
        (None, None, []),
        (30, None, DAILY[:1]),
        (1, None, DAILY[:3]),
        (None, 2, DAILY[:3]),
        (None, 1, DAILY[:4]),
        (30, 4, DAILY[:1]),
        (10, 4, DAILY[:2]),
        (1, 4, DAILY[:3]),
    ],
)
def test_a_backup_goes_when_it_is_too_old_or_one_too_many(
    keep_days: int | None, keep_count: int | None, gone: list[str]
) -> None:
    assert outdated([*DAILY, "lost+found"], keep_days, keep_count, NOW) == gone


def test_those_of_a_clock_that_ran_ahead_neither_count_nor_go() -> None:
    ahead = name_at(NOW + timedelta(days=400))
    assert outdated([*DAILY, ahead], None, 1, NOW) == DAILY[:4]
    assert outdated([*DAILY, ahead], 1, None, NOW) == DAILY[:3]


@given(
    ages=st.lists(st.integers(0, 10_000), unique=True, min_size=1),
    keep_days=st.none() | st.integers(1, 50),
    keep_count=st.none() | st.integers(1, 5),
)
def test_the_newest_stays_whatever_its_age(
    ages: list[int], keep_days: int | None, keep_count: int | None
) -> None:
    names = [name_at(NOW - timedelta(hours=age)) for age in ages]
    gone = outdated(names, keep_days, keep_count, NOW)
    assert max(names) not in gone
    assert gone == sorted(gone)
    assert not set(gone) - set(names)
    if keep_count is not None:
        assert len(names) - len(gone) <= keep_count


AT = time(2, 0)
LAST_TIME = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def outcomes(good: datetime | None, failed: datetime | None = None) -> Outcomes:
    succeeded = None if good is None else Outcome("place", good, 1.0)
    last = succeeded if failed is None else Outcome("place", failed, 1.0, error="it is full")
    return Outcomes(last, succeeded)


@pytest.mark.parametrize(
    ("known", "wanted"),
    [
        (outcomes(None), LAST_TIME),
        (outcomes(LAST_TIME), LAST_TIME + DAY),
        (outcomes(NOW - timedelta(hours=1)), LAST_TIME + DAY),
        (outcomes(LAST_TIME - timedelta(minutes=1)), LAST_TIME),
        (outcomes(LAST_TIME - DAY * 9), LAST_TIME),
        (outcomes(LAST_TIME - DAY, failed=LAST_TIME), LAST_TIME + RETRY_AFTER),
        (outcomes(None, failed=NOW), NOW + RETRY_AFTER),
        (outcomes(None, failed=LAST_TIME - DAY), LAST_TIME),
        (outcomes(LAST_TIME, failed=NOW), LAST_TIME + DAY),
        (outcomes(NOW + DAY * 400), LAST_TIME),
        (outcomes(None, failed=NOW + DAY * 400), LAST_TIME),
    ],
    ids=[
        *("the first", "taken", "taken by hand", "taken before the time", "missed for days"),
        *("failed", "failed just now", "failed yesterday", "failed by hand", "clock was wrong"),
        "clock was wrong at a failure",
    ],
)
def test_a_backup_is_due_once_a_day_and_made_up_for(known: Outcomes, wanted: datetime) -> None:
    assert due(AT, known, NOW) == wanted


def test_the_time_of_day_may_lie_ahead() -> None:
    known = outcomes(NOW - timedelta(hours=1))
    assert due(time(13, 0), known, NOW) == NOW + timedelta(hours=1)
