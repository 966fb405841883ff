"""`peripheral backtest` on more bars than it holds gives what it gives on fewer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner, Result

from deploy.commands.backtest import command
from deploy.research import long_market
from processors.research.long_bars import WHOLE_MAX
from tests.deploy.test_backtest import CROSS
from tests.sandbox.market import random_bars

BARS = 30_000
pytestmark = pytest.mark.usefixtures("nothing_runs")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The strategy and two symbols' bars by the minute."""
    folder = tmp_path_factory.mktemp("long")
    (folder / "cross.py").write_text(CROSS)
    for seed, symbol in enumerate(("LONG", "WIDE")):
        bars = random_bars(BARS, seed)
        columns = {name: getattr(bars, name) for name in ("open", "high", "low", "close", "volume")}
        ts = 1_700_000_000_000_000 // 60_000_000 * 60_000_000 + 60_000_000 * np.arange(BARS)
        times = pl.Series(ts).cast(pl.Datetime("us")).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
        pl.DataFrame({"time": times, **columns}).write_csv(folder / f"{symbol}.csv")
    return folder


def run(folder: Path, *arguments: str, symbols: tuple[str, ...] = ("LONG", "WIDE")) -> Result:
    files = [part for name in symbols for part in ("--bars", str(folder / f"{name}.csv"))]
    return CliRunner().invoke(command, [str(folder / "cross.py"), *files, *arguments])


def both(folder: Path, patch: pytest.MonkeyPatch, *arguments: str, **fields: Any) -> list[Any]:
    """What is said of bars that are held, and of the same ones gone through."""
    found = []
    for most in (WHOLE_MAX, 1_000):
        patch.setattr(long_market, "WHOLE_MAX", most)
        done = run(folder, *arguments, "--json", **fields)
        assert done.exit_code == 0, done.output
        found.append(json.loads(done.stdout))
    return found


@pytest.mark.parametrize("symbols", [("LONG",), ("LONG", "WIDE")])
@pytest.mark.parametrize(
    "period",
    [(), ("--from", "2023-11-20"), ("--from", "2023-11-18", "--to", "2023-11-27T12:00:30")],
)
def test_the_report_is_the_same(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    period: tuple[str, ...],
    symbols: tuple[str, ...],
) -> None:
    arguments = (*period, "--commission", "0.1%", "--equity")
    whole, long = both(folder, monkeypatch, *arguments, symbols=symbols)
    assert [note for note in long.pop("notes") if note not in whole["notes"]] == [
        "The bars were too many for their prices to be drawn."
    ]
    del whole["notes"]
    assert whole == long
    assert whole["trades"] > 100


def test_the_page_is_written_without_prices(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(long_market, "WHOLE_MAX", 1_000)
    done = run(folder, "--html", str(tmp_path / "report.html"))
    assert done.exit_code == 0, done.output
    page = (tmp_path / "report.html").read_text()
    assert "too many for their prices to be drawn" in page
    assert "Worst drawdowns" in page and "Trades on" not in page


def test_bars_of_symbols_with_splits_are_held(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions = folder / "actions.csv"
    days = "".join(f"LONG,2023-11-{day},split,2\n" for day in range(17, 30))
    actions.write_text("symbol,date,action,value\n" + days)
    whole, held = both(folder, monkeypatch, "--actions", str(actions))
    assert whole == held
    plain, _ = both(folder, monkeypatch)
    assert plain["equity_final"] != whole["equity_final"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--symbols", "NONE"), "no NONE; there are LONG, WIDE"),
        (("--from", "2031-01-01"), "There are no bars in this period"),
        (("--to", "2001-01-01"), "There are no bars in this period"),
        (("--param", "fast=1000"), "--param fast"),
    ],
)
def test_what_cannot_be_run_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], says: str
) -> None:
    monkeypatch.setattr(long_market, "WHOLE_MAX", 1_000)
    done = run(folder, *arguments)
    assert done.exit_code != 0
    assert says in done.output + str(done.exception)
