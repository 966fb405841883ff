"""Files as people have them → bars, and every bad row by its line."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from schemas.series import Series
from streams.sources import csv_file
from streams.sources.errors import TableError
from streams.sources.table import Names, Table, read_table

HEADER = "Date,Open,High,Low,Close,Volume\n"
DAY_US = 86_400_000_000
JAN_1_2024 = 1_704_067_200_000_000


def table(folder: Path, text: str, name: str = "aapl.csv", **names: str) -> Table:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return read_table(path, Names(**names))


def error(folder: Path, text: str | bytes, name: str = "aapl.csv", **names: str) -> str:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(TableError) as raised:
        read_table(path, Names(**names))
    return str(raised.value)


def days(count: int, first: int = 1) -> str:
    return "".join(f"2024-01-{day:02},10,12,9,11,100\n" for day in range(first, first + count))


def test_a_plain_file_becomes_one_series_named_after_the_file(tmp_path: Path) -> None:
    found = table(tmp_path, HEADER + days(3))
    assert found.series == [Series("aapl", "AAPL", "1d")]
    assert found.columns.ts.tolist() == [JAN_1_2024 + day * DAY_US for day in range(3)]
    assert found.columns.open.tolist() == [10.0] * 3
    assert found.columns.volume.tolist() == [100.0] * 3
    assert (found.rows_read, found.rejects) == (3, [])


def test_columns_are_found_by_the_names_people_give_them(tmp_path: Path) -> None:
    text = " Ticker ,<TIMESTAMP>,o,H, l ,C,vol,Adj Close\nIBM,2024-01-01,1,3,0,2,7,1.5\n"
    found = table(tmp_path, text, interval="1d", feed="mine")
    assert found.series == [Series("mine", "IBM", "1d")]
    assert found.columns.close.tolist() == [2.0]
    assert found.notes == ["close is the column 'C'; 'Adj Close' is not used"]


def test_adjusted_closes_serve_when_there_are_no_others(tmp_path: Path) -> None:
    found = table(tmp_path, "date,open,high,low,adj_close\n2024-01-01,1,3,0,2\n", interval="1d")
    assert found.columns.close.tolist() == [2.0]
    assert found.notes == [
        "close is the column 'adj_close', since there is no other",
        "there is no volume column; every bar's volume is 0",
    ]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2024-01-01", JAN_1_2024),
        ("20240101", JAN_1_2024),
        ("2024-01-01 15:30", JAN_1_2024 + 55_800_000_000),
        ("2024-01-01 15:30:01", JAN_1_2024 + 55_801_000_000),
        ("2024-01-01T15:30:01Z", JAN_1_2024 + 55_801_000_000),
        ("2024-01-01T15:30:01.5+02:00", JAN_1_2024 + 48_601_500_000),
        ("1704067200", JAN_1_2024),
        ("1704067200.25", JAN_1_2024 + 250_000),
        ("1704067200123", JAN_1_2024 + 123_000),
        ("1712010512345", 1_712_010_512_345_000),
        ("1704067200123456", JAN_1_2024 + 123_456),
        ("1704067200123456789", JAN_1_2024 + 123_456),
        ("-86400", -DAY_US),
    ],
)
def test_a_time_is_read_however_it_is_written(tmp_path: Path, written: str, expected: int) -> None:
    found = table(tmp_path, f"{HEADER}{written},1,1,1,1,1\n", interval="1m")
    assert (found.columns.ts.tolist(), found.rejects) == ([expected], [])


def test_a_time_of_day_without_an_offset_is_utc_and_said_to_be(tmp_path: Path) -> None:
    said = "times without an offset are taken as UTC"
    rows = "2024-01-01 09:30:00{0},1,1,1,1,1\n2024-01-01 09:31:00{0},1,1,1,1,1\n"
    assert said in table(tmp_path, HEADER + rows.format("")).notes
    assert said not in table(tmp_path, HEADER + rows.format("+00:00")).notes


def test_date_and_time_in_two_columns_are_joined(tmp_path: Path) -> None:
    text = "Date;Time;Open;High;Low;Close\n20240101;153000;1;1;1;1\n20240101;153500;1;1;1;1\n"
    found = table(tmp_path, text)
    assert found.columns.ts.tolist() == [
        JAN_1_2024 + 55_800_000_000,
        JAN_1_2024 + 56_100_000_000,
    ]
    assert found.series[0].interval == "5m"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2024-01-02,,12,9,11,100", "open is missing"),
        ("2024-01-02,ten,12,9,11,100", "open 'ten' is not a number"),
        ("2024-01-02,10,12,9,nan,100", "close is nan; every value must be finite"),
        ("2024-01-02,10,inf,9,11,100", "high is inf; every value must be finite"),
        ("2024-01-02,10,8,9,11,100", "high 8.0 is below low 9.0"),
        ("2024-01-02,13,12,9,11,100", "open 13.0 is outside low 9.0 to high 12.0"),
        ("2024-01-02,10,12,9,8,100", "close 8.0 is outside low 9.0 to high 12.0"),
        ("2024-01-02,10,12,9,11,-1", "volume -1.0 is negative"),
        (
            "31/01/2024,10,12,9,11,1",
            "time '31/01/2024' can't be read; write 2024-01-31 or 2024-01-31T15:30:00Z",
        ),
        ("2024,10,12,9,11,1", "time 2024 looks like a year alone; write 2024-01-31"),
        ("1066-10-14,10,12,9,11,1", "time 1066-10-14 is not between the years 1900 and 2200"),
        (",10,12,9,11,1", "time is missing"),
        ("2024-01-02,10,12,9,11", "5 fields where the header has 6"),
        ("2024-01-02,10,12,9,11,1,2", "7 fields where the header has 6"),
        ("2024-01-01,10,12,9,11,1", "the same time as line 2: 2024-01-01T00:00:00Z"),
        (
            "2023-12-31,10,12,9,11,1",
            "time goes backwards: 2023-12-31T00:00:00Z after 2024-01-01T00:00:00Z on line 2",
        ),
    ],
)
def test_a_bad_row_is_told_by_line_and_reason_and_the_good_ones_go_in(
    tmp_path: Path, row: str, reason: str
) -> None:
    found = table(tmp_path, HEADER + days(1) + row + "\n" + days(2, first=5))
    assert [tuple(reject) for reject in found.rejects] == [(3, reason)]
    assert (len(found), found.rows_read) == (3, 4)


def test_lines_are_right_with_blank_lines_and_newlines_in_quotes(tmp_path: Path) -> None:
    text = (
        "Date,Open,High,Low,Close,Volume,Note\r\n"
        "2024-01-01,10,12,9,11,1,\r\n"
        "\r\n"
        '2024-01-02,10,12,9,11,1,"two\r\nlines, ""quoted"""\r\n'
        "2024-01-03,bad,12,9,11,1,\r\n"
    )
    found = table(tmp_path, text)
    assert [reject.line for reject in found.rejects] == [6]
    assert len(found) == 2


def test_lines_are_right_beyond_the_first_chunk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_file, "CHUNK_ROWS", 4)
    rows = "".join(f"{1_704_067_200 + n * 60},1,1,1,1,1\n" for n in range(10))
    found = table(tmp_path, HEADER + "\n" + rows + "x,1,1,1,1,1\n")
    assert [reject.line for reject in found.rejects] == [13]
    assert len(found) == 10


def test_a_quote_left_open_is_one_bad_row_not_the_end_of_the_world(tmp_path: Path) -> None:
    short = table(tmp_path, HEADER + days(3) + '2024-01-09,"10,12,9,11,1\n' + days(2, first=20))
    assert [reject.line for reject in short.rejects] == [5]
    assert "is a quote open?" in short.rejects[0].reason
    assert len(short) == 3
    rows = "".join(f"{1_704_067_200 + n * 60},1,1,1,1,1\n" for n in range(20_000))
    long = table(tmp_path, HEADER + days(3) + '2024-01-09,"10,12,9,11,1\n' + rows)
    assert "is a quote open" in long.rejects[0].reason
    assert len(long) > 3


def test_a_file_with_the_newest_first_is_turned_round(tmp_path: Path) -> None:
    rows = days(5).splitlines(keepends=True)
    found = table(tmp_path, HEADER + "".join(reversed(rows)))
    assert np.all(np.diff(found.columns.ts) == DAY_US)
    assert found.rejects == []
    assert "the newest rows come first; they are read from the last to the first" in found.notes


def test_each_symbol_has_its_own_order_and_interval(tmp_path: Path) -> None:
    text = "time,symbol,open,high,low,close,volume\n" + "".join(
        f"2024-01-01T00:{minute:02}:00Z,{symbol},1,1,1,1,1\n"
        for minute in range(0, 30, 5)
        for symbol in ("A", "B")
        if symbol == "A" or minute % 10 == 0
    )
    found = table(tmp_path, text, feed="x")
    assert found.series == [Series("x", "A", "5m"), Series("x", "B", "10m")]
    assert "the interval is 10m, 5m, the rows' most common spacing" in found.notes


def test_one_bar_needs_to_be_told_its_interval(tmp_path: Path) -> None:
    assert "--interval" in error(tmp_path, HEADER + days(1))


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        ("", "a.csv", "the file is empty"),
        (HEADER, "a.csv", "no rows below its header"),
        ("Date,Open,High,Low\n", "a.csv", "columns are missing: close (or close, c, adj close"),
        (b"\xff\xfe\x00D", "a.csv", "the file is not UTF-8 (byte 0xff)"),
        (HEADER.encode() + b"2024-01-01,\xe9,1,1,1,1\n", "a.csv", "the file is not UTF-8"),
        (HEADER, "a.xlsx", "must end in one of .csv"),
        (b"PAR1 no", "a.parquet", "can't be read as Parquet"),
        (b"no gzip", "a.csv.gz", "can't be read"),
        ("Date,Open,High,Low,Close,close\n", "a.csv", "two columns named 'close'"),
    ],
)
def test_a_file_that_is_no_use_is_told_in_a_sentence(
    tmp_path: Path, content: str | bytes, name: str, sentence: str
) -> None:
    said = error(tmp_path, content, name)
    assert sentence in said
    assert "\n" not in said


def test_names_that_are_none_are_refused(tmp_path: Path) -> None:
    assert "is no feed" in error(tmp_path, HEADER, feed="My Feed")
    assert "is no symbol" in error(tmp_path, HEADER, symbol="A B")
    assert "is no interval" in error(tmp_path, HEADER, interval="daily")
    assert "--symbol" in error(tmp_path, HEADER + days(2), name="my prices.csv")


def test_gzip_and_parquet_give_the_same_bars(tmp_path: Path) -> None:
    plain = table(tmp_path, HEADER + days(20))
    packed = tmp_path / "AAPL.csv.gz"
    packed.write_bytes(gzip.compress((HEADER + days(20)).encode()))
    typed = tmp_path / "aapl.parquet"
    pl.DataFrame(
        {
            "Date": [date(2024, 1, day) for day in range(1, 21)],
            **{name: [value] * 20 for name, value in zip("ohlc", (10, 12, 9, 11), strict=True)},
            "volume": [100.0] * 20,
        }
    ).write_parquet(typed)
    for other in (read_table(packed), read_table(typed)):
        assert other.series == plain.series
        for name in ("ts", "open", "high", "low", "close", "volume"):
            expected = getattr(plain.columns, name)
            np.testing.assert_array_equal(getattr(other.columns, name), expected)


def test_parquet_rows_are_judged_as_csv_rows_are(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pl.DataFrame(
        {
            "ts": [datetime(2024, 1, 1, minute, tzinfo=UTC) for minute in range(4)],
            "open": [1.0, None, float("nan"), 1.0],
            **{name: [1.0] * 4 for name in ("high", "low", "close")},
        }
    ).write_parquet(path)
    found = read_table(path)
    assert found.columns.ts.tolist() == [JAN_1_2024, JAN_1_2024 + 3 * 3_600_000_000]
    assert [tuple(reject) for reject in found.rejects] == [
        (2, "open is missing"),
        (3, "open is nan; every value must be finite"),
    ]
