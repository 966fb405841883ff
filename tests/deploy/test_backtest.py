"""`peripheral backtest` on files: what a person gets, and what they are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result

from deploy.commands.backtest import command
from deploy.errors import UserError
from deploy.research.costs import with_commission, with_slippage
from sandbox.fills import NO_COSTS
from tests.sandbox.market import daily_bars

CROSS = '''"""SMA cross: all in while the fast average is above the slow one."""

fast = param(10, low=2, high=100)
slow = param(30, low=3, high=200)


def on_bar(bar):
    a = ta.sma(bar.close, fast)
    b = ta.sma(bar.close, slow)
    if crossover(a, b):
        enter_long(percent=100.0)
    elif crossunder(a, b):
        exit()
'''
pytestmark = pytest.mark.usefixtures("nothing_runs")
KEYS = (
    *("trades", "equity_final", "equity_peak", "return_pct", "buy_and_hold_return_pct"),
    *("max_drawdown_pct", "sharpe", "sortino", "calmar", "sqn", "win_rate_pct"),
    *("profit_factor", "exposure_pct"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The strategy and two symbols' bars."""
    folder = tmp_path_factory.mktemp("research")
    (folder / "cross.py").write_text(CROSS)
    for symbol in ("AAPL", "IBM"):
        bars = daily_bars(symbol)
        columns = {name: getattr(bars, name) for name in ("open", "high", "low", "close", "volume")}
        dates = pl.Series(bars.ts).cast(pl.Datetime("us")).dt.date()
        pl.DataFrame({"date": dates, **columns}).write_csv(folder / f"{symbol}.csv")
    return folder


def run(folder: Path, *arguments: str, bars: tuple[str, ...] = ("AAPL",)) -> Result:
    files = [part for name in bars for part in ("--bars", str(folder / f"{name}.csv"))]
    return CliRunner().invoke(command, [str(folder / "cross.py"), *files, *arguments])


def answer(folder: Path, *arguments: str, bars: tuple[str, ...] = ("AAPL",)) -> dict[str, Any]:
    done = run(folder, *arguments, "--json", bars=bars)
    assert done.exit_code == 0, done.output
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_the_figures_have_the_names_that_others_rely_on(folder: Path) -> None:
    found = answer(folder)
    assert list(found)[: len(KEYS)] == list(KEYS)
    assert found["trades"] == len(found["trade_list"]) == 59
    assert found["equity_final"] == pytest.approx(
        10_000.0 + sum(trade["pnl"] for trade in found["trade_list"]), abs=0.005
    )


def test_trades_are_those_of_another_engine(folder: Path) -> None:
    """backtesting.py 0.6.6 on these bars, with commission 0.001, size 0.9999, whole units."""
    first, second = answer(folder, "--commission", "0.1%", "--lot", "1")["trade_list"][:2]
    assert (first["size"], first["entry_time"][:10], first["exit_time"][:10]) == (
        2788.0,
        "2000-06-22",
        "2000-07-31",
    )
    assert first["pnl"] == pytest.approx(-1199.382609, abs=1e-5)
    assert second["size"] == 2389.0
    assert second["pnl"] == pytest.approx(-1235.226609, abs=1e-5)


def test_from_limits_what_is_reported_and_earlier_bars_warm_up(folder: Path) -> None:
    late = answer(folder, "--from", "2005-01-01", "--to", "2009-12-31")
    assert late["from"] == "2005-01-03T00:00:00Z" and late["to"] == "2009-12-31T00:00:00Z"
    entries = [trade["entry_time"][:10] for trade in late["trade_list"]]
    whole = [trade["entry_time"][:10] for trade in answer(folder)["trade_list"]]
    assert entries == [day for day in whole if "2005-01-03" < day <= "2009-12-31"]


def test_symbols_share_one_account(folder: Path) -> None:
    both = answer(folder, bars=("AAPL", "IBM"))
    assert both["symbols"] == ["AAPL", "IBM"]
    assert {trade["symbol"] for trade in both["trade_list"]} == {"AAPL", "IBM"}
    assert any("refused" in note for note in both["notes"]), "both want all of the cash"
    assert answer(folder, "--symbols", "IBM", bars=("AAPL", "IBM"))["symbols"] == ["IBM"]


def test_the_same_run_gives_the_same_bytes(folder: Path) -> None:
    assert run(folder, "--json", "--equity").stdout == run(folder, "--json", "--equity").stdout


def test_a_person_sees_a_table_and_gets_the_files_asked_for(folder: Path, tmp_path: Path) -> None:
    done = run(
        folder, "--html", str(tmp_path / "r.html"), "--csv", str(tmp_path / "t"), "--parquet",
        str(tmp_path / "p"),
    )  # fmt: skip
    assert done.exit_code == 0
    assert "Sharpe ratio" in done.stdout and "AAPL, 1d" in done.stdout
    assert done.stdout.endswith("\nTrials are not recorded: nothing is running.\n")
    assert (tmp_path / "r.html").stat().st_size < 2_500_000
    assert len(pl.read_csv(tmp_path / "t/trades.csv")) == 59
    assert len(pl.read_parquet(tmp_path / "p/curve.parquet")) == len(daily_bars("AAPL"))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--from", "2030-01-01"], "they go from 2000-03-01"),
        (["--from", "yesterday"], "--from"),
        (["--symbols", "MSFT"], "have no MSFT; there are AAPL"),
        (["--param", "fats=3"], "has no such param; it has fast, slow"),
        (["--param", "fast=1"], "below 2"),
        (["--cash", "0"], "--cash"),
        (["--cash", "1e300"], "--cash is at most 1,000,000,000,000,000."),
        (["--param", "fast=nan"], "with a number as value"),
        (["--sample"], "--sample or --bars, not both"),
        (["--commission", "ten"], 'write "0.1%"'),
        (["--slippage", "1/trade"], "--slippage"),
    ],
)
def test_what_is_wrong_is_told_with_what_to_do(
    folder: Path, arguments: list[str], told: str
) -> None:
    done = run(folder, *arguments)
    assert isinstance(done.exception, UserError)
    assert told in str(done.exception)


def test_a_time_that_can_t_be_read_is_told_once(folder: Path) -> None:
    done = run(folder, "--from", "zzz")
    wanted = "--from: time 'zzz' can't be read; write 2024-01-31 or 2024-01-31T15:30:00Z."
    assert str(done.exception) == wanted


@pytest.mark.parametrize("value", ["inf", "nan"])
def test_numbers_are_finite(folder: Path, value: str) -> None:
    done = run(folder, "--risk-free", value)
    assert done.exit_code == 2
    assert "'--risk-free'" in done.stderr and "is not a finite number" in done.stderr


@pytest.mark.parametrize(
    ("option", "place", "told"),
    [
        ("--html", "none/x.html", "there is no folder"),
        ("--html", "", "is a folder"),
        ("--csv", "file", "is a file: name a folder"),
        ("--parquet", "file/in/it", "is a file: name a folder"),
    ],
)
def test_where_nothing_can_be_written_is_told_before_the_run(
    tmp_path: Path, option: str, place: str, told: str
) -> None:
    (tmp_path / "file").write_text("")
    # There is neither a strategy nor a bar: nothing can have been run.
    nothing = [str(tmp_path / "no.py"), "--bars", str(tmp_path / "no.csv")]
    done = CliRunner().invoke(command, [*nothing, option, str(tmp_path / place)])
    assert isinstance(done.exception, UserError)
    assert told in str(done.exception) and str(done.exception).startswith(option)


def test_findings_of_a_strategy_are_shown_as_the_compilers(folder: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text('"""Wrong."""\n\n\ndef on_bar(bar):\n    buy()\n')
    done = CliRunner().invoke(
        command, [str(wrong), "--bars", str(folder / "IBM.csv")], standalone_mode=False
    )
    assert done.exit_code == 0 and done.return_value == 1
    assert "error[unknown-function]" in done.stderr


def test_costs_are_read_as_people_write_them() -> None:
    rules = with_commission(NO_COSTS, "0.1%, 0.005/share, 1/trade, min 2, 0.05% from 100000")
    assert (rules.rate, rules.per_unit, rules.per_trade, rules.minimum) == (0.001, 0.005, 1.0, 2.0)
    assert (rules.tier_1_from, rules.tier_1_rate) == (100_000.0, 0.0005)
    rules = with_slippage(NO_COSTS, "spread 0.02, 0.05%, volume 10%")
    assert (rules.slip, rules.slip_share, rules.impact) == (0.01, 0.0005, 0.1)


SPLIT = """symbol,date,open,high,low,close,volume
AAA,2024-01-02,100,101,99,100,1000
AAA,2024-01-03,100,102,99,101,1000
AAA,2024-01-04,50,52,49,51,2000
AAA,2024-01-05,51,53,50,52,2000
"""
HOLD = '"""Holds."""\n\n\ndef on_bar(bar):\n    if bar.index == 0:\n        enter_long(10)\n'


def held(tmp_path: Path, *arguments: str) -> Result:
    (tmp_path / "hold.py").write_text(HOLD)
    (tmp_path / "bars.csv").write_text(SPLIT)
    bars = ["--bars", str(tmp_path / "bars.csv")]
    return CliRunner().invoke(command, [str(tmp_path / "hold.py"), *bars, *arguments, "--json"])


def test_actions_and_instruments_of_files(tmp_path: Path) -> None:
    (tmp_path / "actions.csv").write_text("symbol,ex_date,type,ratio\nAAA,2024-01-04,split,2:1\n")
    (tmp_path / "listed.csv").write_text(
        "symbol,tick_size,lot,currency,calendar\nAAA,0.25,4,USD,XNYS\n"
    )
    plain = json.loads(held(tmp_path).stdout)
    assert plain["equity_final"] == 10_000 + 10 * (52 - 100)
    split = json.loads(held(tmp_path, "--actions", str(tmp_path / "actions.csv")).stdout)
    assert split["equity_final"] == 10_000 + 20 * 52 - 10 * 100
    listed = ["--instruments", str(tmp_path / "listed.csv"), "--slippage", "0.1"]
    lots = json.loads(held(tmp_path, *listed).stdout)
    assert lots["equity_final"] == 10_000 + 8 * (52 - 100.25)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("symbol,ex_date,type,ratio\nBBB,2024-01-04,split,2:1\n", "no bars here"),
        ("symbol,ex_date,type,ratio\nAAA,2024-01-04,split,none\n", "line 2"),
        ("symbol,ex_date,type,amount\nAAA,2024-01-04,dividend,500\n", "another currency"),
    ],
)
def test_actions_that_cannot_be(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "actions.csv").write_text(content)
    done = held(tmp_path, "--actions", str(tmp_path / "actions.csv"))
    assert isinstance(done.exception, UserError) and says in str(done.exception)
