"""Files of actions and instruments → events, and every row that says nothing by its line."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from schemas.events.actions import Action, DividendDeclared, SplitDeclared
from schemas.events.instruments import InstrumentListed
from streams.sources.actions import read_action_table
from streams.sources.errors import TableError
from streams.sources.facts import Facts
from streams.sources.instruments import read_instrument_table
from streams.sources.table import Names

HEADER = "symbol,ex_date,type,ratio,amount,currency\n"
LISTING = "symbol,tick_size,lot,currency,sector,calendar,first_day,last_day\n"
FEED = Names(feed="demo")
SPLIT_DAY = date(2005, 2, 28)


def actions(folder: Path, text: str, name: str = "acts.csv", names: Names = FEED) -> Facts[Action]:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_action_table(path, names)


def instruments(folder: Path, text: str) -> Facts[InstrumentListed]:
    path = folder / "listed.csv"
    path.write_text(text, encoding="utf-8")
    return read_instrument_table(path, FEED)


def split(ratio: float, symbol: str = "AAPL") -> SplitDeclared:
    return SplitDeclared(feed="demo", symbol=symbol, ex_date=SPLIT_DAY, ratio=ratio)


def dividend(amount: float, number: int = 1, currency: str | None = None) -> DividendDeclared:
    return DividendDeclared(
        feed="demo",
        symbol="AAPL",
        ex_date=date(2012, 8, 9),
        amount=amount,
        currency=currency,
        number=number,
    )


def test_a_plain_file_becomes_its_actions(tmp_path: Path) -> None:
    found = actions(
        tmp_path,
        HEADER + "AAPL,2005-02-28,split,2:1,,\nAAPL,2012-08-09,dividend,,2.65,USD\n",
    )
    assert found.events == [split(2.0), dividend(2.65, currency="USD")]
    assert (found.feed, found.rows_read, found.rejects, found.notes) == ("demo", 2, [], [])


@pytest.mark.parametrize(
    ("written", "ratio"),
    [
        ("2:1", 2.0),
        ("2/1", 2.0),
        ("2.0", 2.0),
        (" 3 : 2 ", 1.5),
        ("2-for-1", 2.0),
        ("2 for 1", 2.0),
        ("1:10", 0.1),
        ("1.05:1", 1.05),
        ("0.1", 0.1),
    ],
)
def test_a_ratio_is_read_however_it_is_written(tmp_path: Path, written: str, ratio: float) -> None:
    found = actions(tmp_path, f"{HEADER}AAPL,2005-02-28,split,{written},,\n")
    assert (found.events, found.rejects) == ([split(ratio)], [])


@pytest.mark.parametrize(
    "written",
    ["2005-02-28", "20050228", "2005-02-28 00:00:00-05:00", "2005-02-28T09:30", "1109548800"],
)
def test_a_day_is_read_however_it_is_written(tmp_path: Path, written: str) -> None:
    found = actions(tmp_path, f"{HEADER}AAPL,{written},split,2,,\n")
    assert (found.events, found.rejects) == ([split(2.0)], [])


def test_columns_are_found_by_the_names_people_give_them(tmp_path: Path) -> None:
    text = "Date;Action;Ratio/Amount;CCY;Note\n2005-02-28;Stock Split;2:1;;x\n"
    more = "2012-08-09;Cash Dividend;2.65;usd;y\n"
    found = actions(tmp_path, text + more, "AAPL.csv")
    assert found.events == [split(2.0), dividend(2.65, currency="USD")]
    assert found.notes == ["not used: 'Note'"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",2005-02-28,split,2,,", "symbol is missing"),
        ("A/B,2005-02-28,split,2,,", "symbol 'A/B' is none"),
        ("AAPL,,split,2,,", "ex_date is missing"),
        ("AAPL,28/02/2005,split,2,,", "ex_date: '28/02/2005' is no day; write 2024-01-31"),
        ("AAPL,0005-02-28,split,2,,", "not between the years 1900 and 2200"),
        ("AAPL,2005-02-28,,2,,", "type is missing"),
        ("AAPL,2005-02-28,spin-off,2,,", "type 'spin-off' is neither split nor dividend"),
        ("AAPL,2005-02-28,split,,,", "ratio is missing"),
        ("AAPL,2005-02-28,split,0,,", "ratio 0 must be above 0; write new units for old ones"),
        ("AAPL,2005-02-28,split,2:0,,", "ratio 0 must be above 0"),
        ("AAPL,2005-02-28,split,two,,", "ratio 'two' is not a number; write new units"),
        ("AAPL,2005-02-28,split,inf,,", "every value must be finite"),
        ("AAPL,2005-02-28,split,2,0.5,", "a split has a ratio and no amount; this row has 0.5"),
        ("AAPL,2012-08-09,dividend,,,", "amount is missing"),
        ("AAPL,2012-08-09,dividend,,-1,", "amount -1.0 is negative"),
        ("AAPL,2012-08-09,dividend,2,1,", "a dividend has an amount and no ratio"),
        ("AAPL,2012-08-09,dividend,,1,US$", "currency 'US$' is no ISO 4217 code"),
        ("AAPL,2012-08-09,dividend,,1,GBp", "currency 'GBp' is no ISO 4217 code"),
        ("AAPL,2012-08-09,dividend,,1,GBX", "GBX is a hundredth of GBP; write amounts in GBP"),
        ("AAPL,2012-08-09,dividend", "3 fields where the header has 6"),
    ],
)
def test_a_bad_row_is_told_with_its_line_and_the_others_go_in(
    tmp_path: Path, row: str, reason: str
) -> None:
    found = actions(
        tmp_path, f"{HEADER}AAPL,2005-02-28,split,2,,\n{row}\nIBM,2005-02-28,split,3,,\n"
    )
    assert found.events == [split(2.0), split(3.0, "IBM")]
    ((line, why),) = found.rejects
    assert line == 3
    assert reason in why
    assert found.rows_read == 3


def test_what_tables_fill_up_with_says_nothing(tmp_path: Path) -> None:
    rows = "AAPL,2005-02-28,split,2,0.0,\nAAPL,2012-08-09,dividend,1.0,2.65,nan\n"
    found = actions(tmp_path, HEADER + rows)
    assert (found.events, found.rejects) == ([split(2.0), dividend(2.65)], [])


def test_a_repeat_is_said_once_and_a_days_dividends_are_numbered(tmp_path: Path) -> None:
    amounts = "".join(f"AAPL,2012-08-09,dividend,,{amount},\n" for amount in (1, 0.5, 1))
    found = actions(tmp_path, HEADER + amounts + "AAPL,2005-02-28,split,2:1,,\n" * 2)
    assert found.events == [dividend(1.0, 1), dividend(0.5, 2), split(2.0)]
    assert (found.rows_read, found.rejects) == (5, [])
    assert found.notes == ["rows that repeat an earlier one: 2"]


def test_two_ratios_for_one_day_contradict_each_other(tmp_path: Path) -> None:
    rows = "AAPL,2005-02-28,split,2,,\nAAPL,2005-02-28,split,3,,\n"
    found = actions(tmp_path, HEADER + rows)
    assert found.events == [split(2.0)]
    assert found.rejects == [
        (3, "line 2 has another split of AAPL on 2005-02-28, 2; keep one of them, or write their "
            "product")
    ]  # fmt: skip


def test_a_symbol_may_look_like_nothing(tmp_path: Path) -> None:
    rows = "NAN,2005-02-28,split,2,,\nNULL,2005-02-28,split,2,,\n"
    assert [event.symbol for event in actions(tmp_path, HEADER + rows).events] == ["NAN", "NULL"]


def test_parquet_is_read_as_csv_is(tmp_path: Path) -> None:
    path = tmp_path / "acts.parquet"
    pl.DataFrame(
        {
            "ticker": ["AAPL", "AAPL", "AAPL"],
            "date": [datetime(2005, 2, 28, tzinfo=UTC), datetime(2012, 8, 9, tzinfo=UTC), None],
            "type": ["split", "dividend", "split"],
            "ratio": [2.0, float("nan"), 3.0],
            "amount": [None, 2.65, None],
        }
    ).write_parquet(path)
    found = read_action_table(path, FEED)
    assert found.events == [split(2.0), dividend(2.65)]
    assert found.rejects == [(3, "ex_date is missing")]


@pytest.mark.parametrize(
    ("text", "names", "reason"),
    [
        ("symbol,ex_date,ratio\nA,2005-02-28,2\n", FEED, "type (or type, action"),
        ("symbol,ex_date,type\nA,2005-02-28,split\n", FEED, "ratio or amount or value"),
        ("symbol,date,type,ratio,type\n", FEED, "two columns named 'type'"),
        (HEADER, FEED, "no rows below its header"),
        ("date,type,ratio\n2005-02-28,split,2\n", Names(feed="demo"), "give it with --symbol"),
        (HEADER + "A,2005-02-28,split,2,,\n", Names("demo", None, "1d"), "leave --interval out"),
    ],
)
def test_a_file_that_is_no_use_is_told_why(
    tmp_path: Path, text: str, names: Names, reason: str
) -> None:
    with pytest.raises(TableError) as raised:
        actions(tmp_path, text, "a b.csv", names)
    assert reason in str(raised.value)


def test_a_file_of_instruments_becomes_what_is_listed(tmp_path: Path) -> None:
    rows = "AAPL,0.01,1,USD,Technology,xnys,1980-12-12,\nBTC,0.1,0.001,USD,,24/7,,2024-01-31\n"
    found = instruments(tmp_path, LISTING + rows + "AAPL,0.01,1,USD,Technology,XNYS,1980-12-12,\n")
    assert found.events == [
        InstrumentListed(
            feed="demo",
            symbol="AAPL",
            tick_size=0.01,
            lot=1.0,
            currency="USD",
            sector="Technology",
            calendar="XNYS",
            first_day=date(1980, 12, 12),
        ),
        InstrumentListed(
            feed="demo",
            symbol="BTC",
            tick_size=0.1,
            lot=0.001,
            currency="USD",
            calendar="24/7",
            last_day=date(2024, 1, 31),
        ),
    ]
    assert found.rejects == []
    assert found.notes == ["rows that repeat an earlier one: 1"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("A,0,1,USD,,XNYS,,", "tick_size 0 must be above 0"),
        ("A,0.01,,USD,,XNYS,,", "lot is missing"),
        ("A,0.01,1,,,XNYS,,", "currency is missing"),
        ("A,0.01,1,USD,,,,", "calendar is missing"),
        ("A,0.01,1,USD,,XNYZ,,", "calendar 'XNYZ' is not known; write XNZE or XNYS or "),
        ("A,0.01,1,USD,,qqqqqq,,", "write a market identifier code such as XNYS, or 24/7"),
        ("A,0.01,1,USD,,XNYS,2020-01-02,2020-01-01", "last_day 2020-01-01 is before first_day"),
        ("A,0.01,1,USD,,XNYS,soon,", "first_day: 'soon' is no day"),
        (f"A,0.01,1,USD,{'x' * 81},XNYS,,", "sector: String should have at most 80 characters"),
        ("B,0.05,1,USD,,XNYS,,", "line 2 says something else of B; keep one of them"),
    ],
)
def test_a_bad_listing_is_told_with_its_line(tmp_path: Path, row: str, reason: str) -> None:
    found = instruments(tmp_path, f"{LISTING}B,0.01,1,USD,,XNAS,,\n{row}\n")
    assert [event.calendar for event in found.events] == ["XNAS"]
    ((line, why),) = found.rejects
    assert line == 3
    assert reason in why
