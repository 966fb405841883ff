"""A time as people write it → UTC microseconds since 1970.

Read are ISO 8601 dates and times (`2024-01-31`, `2024-01-31 15:30[:00]`, `20240131`), RFC 3339
with its offset, and numbers since 1970, whose unit follows from their magnitude: below 1e11
seconds (the year 5138), below 1e14 milliseconds, below 1e17 microseconds, else nanoseconds; each
unit so begins in March 1973. A time without an offset is UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from schemas.columns import Ints
from schemas.events.base import TS_US_MAX, TS_US_MIN
from streams.sources.errors import RowError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
US = timedelta(microseconds=1)
UNITS = ((1e11, 1_000_000), (1e14, 1_000), (1e17, 1))
"""(numbers below, microseconds in one); what is not below any is nanoseconds."""

NUMBER = re.compile(r"[+-]?\d+(\.\d*)?")
WRITTEN = "2024-01-31 or 2024-01-31T15:30:00Z"
DATE_DIGITS = 8
YEAR_DIGITS = 4
NO_TIME = np.iinfo(np.int64).min
FORMATS = {
    10: "%Y-%m-%d",
    16: "%Y-%m-%d{}%H:%M",
    19: "%Y-%m-%d{}%H:%M:%S",
}
"""By the number of characters; `{}` is what separates date and time."""
UTC_SUFFIXES = ("Z", "+00:00")


def time_us(raw: Any) -> int:
    """One time, written or typed. Raises RowError."""
    if isinstance(raw, str):
        found = written_us(raw.strip())
    elif isinstance(raw, datetime):
        found = ((raw if raw.tzinfo else raw.replace(tzinfo=UTC)) - EPOCH) // US
    elif isinstance(raw, date):
        found = (raw - EPOCH.date()) // US
    else:
        found = written_us(str(raw))
    if not TS_US_MIN <= found <= TS_US_MAX:
        raise RowError(f"time {raw} is not between the years 1900 and 2200")
    return found


def written_us(raw: str) -> int:
    if NUMBER.fullmatch(raw) and len(raw) != DATE_DIGITS:
        return number_us(raw)
    try:
        parsed = datetime.fromisoformat(raw)
    except ValueError:
        raise RowError(f"time {raw!r} can't be read; write {WRITTEN}") from None
    return ((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)) - EPOCH) // US


def number_us(raw: str) -> int:
    """Microseconds of a number since 1970, by its magnitude."""
    if len(raw) == YEAR_DIGITS and raw.isdigit():
        raise RowError(f"time {raw} looks like a year alone; write 2024-01-31")
    try:
        number = int(raw) if "." not in raw else float(raw)
    except ValueError:
        raise RowError(f"time {raw} can't be read; write {WRITTEN}") from None
    for limit, factor in UNITS:
        if abs(number) < limit:
            return round(number * factor)
    return int(number) // 1_000


def lacks_offset(raw: Any) -> bool:
    """Whether UTC had to be assumed for a time of day."""
    if isinstance(raw, datetime):
        return raw.tzinfo is None
    if not isinstance(raw, str) or NUMBER.fullmatch(raw.strip()):
        return False
    return ":" in raw and not re.search(r"(Z|[+-]\d\d:?\d\d)\s*$", raw)


def times_us(column: pl.Series) -> Ints:
    """Many times at once, int64 (n,); NO_TIME where only `time_us` can say.

    Wherever a time is given, `time_us` gives the same.
    """
    if column.dtype == pl.String:
        return written_times_us(column)
    if column.dtype == pl.Date or isinstance(column.dtype, pl.Datetime):
        return column.dt.epoch("us").fill_null(NO_TIME).to_numpy()
    if column.dtype.is_integer():
        return numbers_us(column)
    return np.full(len(column), NO_TIME)


def written_times_us(column: pl.Series) -> Ints:
    """As `times_us`, of strings: the format is guessed from the first."""
    first = next((text for text in column.head(1).to_list() if text), "")
    if first.isdigit():
        digits = column.filter(column.str.contains(r"^\d{9,}$"))
        if len(digits) == len(column):
            return numbers_us(column)
    suffix = next((each for each in UTC_SUFFIXES if ":" in first and first.endswith(each)), "")
    pattern = FORMATS.get(len(first) - len(suffix))
    if pattern is None or first[4:5] != "-":
        return np.full(len(column), NO_TIME)
    even = pl.when(pl.col("time").str.len_bytes() == len(first)).then(pl.col("time"))
    written = pattern.format(first[10:11]) + suffix
    parsed = even.str.strptime(pl.Datetime("us"), written, strict=False)
    micros = parsed.dt.epoch("us").fill_null(NO_TIME)
    return pl.DataFrame({"time": column}).select(micros).to_series().to_numpy()


def numbers_us(column: pl.Series) -> Ints:
    """As `times_us`, of integers or their digits."""
    numbers = column.cast(pl.Int64, strict=False).fill_null(0).to_numpy()
    scaled = numbers // 1_000
    for limit, factor in reversed(UNITS):
        scaled = np.where(np.abs(numbers) < limit, numbers * factor, scaled)
    # Few digits may be a date or a year: `time_us` knows.
    return np.where(np.abs(numbers) >= 10**DATE_DIGITS, scaled, NO_TIME)


def day_of(raw: Any) -> date:
    """A day, written or typed; of a time, the day at its own offset. Raises RowError."""
    if isinstance(raw, str) and not NUMBER.fullmatch(raw):
        try:
            raw = datetime.fromisoformat(raw)
        except ValueError:
            raise RowError(f"{raw!r} is no day; write 2024-01-31") from None
    day = raw.date() if isinstance(raw, datetime) else raw
    # What was no date before is a number since 1970.
    return (EPOCH + timedelta(microseconds=time_us(day))).date()
