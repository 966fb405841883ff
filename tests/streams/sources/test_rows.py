"""Rows read many at once are as rows read one by one."""

from __future__ import annotations

import random

import polars as pl
import pytest

from streams.sources.errors import RowError
from streams.sources.rows import COLUMNS, read_row, read_rows

TIMES = (
    ("2024-01-01", "2024-02-30", "2024-1-1", "20240101", "2024"),
    ("2024-01-01 10:00:00", "2024-01-01T10:00:00", "2024-01-01 10:00", "2024-01-01 25:00:00"),
    ("1704067200", "1704067200000", "170406720000000000000", "99999999", "12345", "-1704067200"),
    ("2024-01-01T10:00:00Z", "2024-01-01T10:00:00+01:00", "", " 2024-01-01 "),
    (
        "2024-01-01T10:00:00Z",
        "2024-01-01 10:00:00Z",
        "2024-01-01T25:00:00Z",
        "2024-01-01T10:00:0ZZ",
    ),
    ("2024-01-01 10:00:00+00:00", "2024-01-01 10:00:00+01:00", "2024-01-01T10:00:00+00:00"),
    ("2024-01-01Z", "2024-01-01T10:00Z", "2024-01-01T10Z"),
    ("2024-01-01T10:00Z", "2024-01-01T10:00+00:00", "2024-01-01+00:00"),
)
NUMBERS = ("1", "2.5", "-1", " 3 ", "1e3", "1_0", "nan", "inf", "", "x", "0x1", "+4", "1e400")
SYMBOLS = ("A", " A", "", "A B", "BRK.B", "ÄÖ")


@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("seed", range(5))
def test_a_chunk_is_read_as_its_rows_are(times: tuple[str, ...], seed: int) -> None:
    rng = random.Random(seed)
    rows = [
        (
            rng.choice(times),
            rng.choice(SYMBOLS) if rng.random() < 0.1 else "A",
            *(rng.choice(NUMBERS) if rng.random() < 0.3 else "5" for _ in range(5)),
        )
        for _ in range(300)
    ]
    expected, reasons = [], []
    for line, row in enumerate(rows):
        try:
            expected.append((line, *read_row(row)))
        except RowError as error:
            reasons.append((line, str(error)))
    cells = pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")
    found = read_rows(range(len(rows)), cells)
    columns = found.columns
    numbers = (columns.ts, columns.open, columns.high, columns.low, columns.close, columns.volume)
    ts, *values = (column.tolist() for column in numbers)
    assert list(zip(found.lines.tolist(), ts, found.symbols, *values, strict=True)) == expected
    assert [tuple(reject) for reject in found.rejects] == reasons
    assert expected
    assert reasons
