"""`peripheral screen` on files."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result

from deploy.commands.screen import command
from deploy.errors import UserError
from tests.sandbox.market import daily_bars

EXAMPLE = Path(__file__).parents[2] / "docs/strategies/momentum_screen.py"
SYMBOLS = ("AAPL", "GOOG", "IBM", "MSFT")


@pytest.fixture(scope="module")
def bars(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All symbols in one file."""
    path = tmp_path_factory.mktemp("screen") / "stocks.parquet"
    frames = []
    for symbol in SYMBOLS:
        found = daily_bars(symbol)
        columns = {
            name: getattr(found, name) for name in ("open", "high", "low", "close", "volume")
        }
        ts = pl.Series(found.ts).cast(pl.Datetime("us"))
        frames.append(pl.DataFrame({"time": ts, "symbol": symbol, **columns}))
    pl.concat(frames).write_parquet(path)
    return path


def test_the_best_come_first_and_the_past_is_as_it_was(bars: Path) -> None:
    arguments = [str(EXAMPLE), "--bars", str(bars), "--as-of", "2012-03-01"]
    done = CliRunner().invoke(command, [*arguments, "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    scores = [match["score"] for match in found["matches"]]
    assert scores == sorted(scores, reverse=True) and len(scores) == found["matched"] > 1
    assert {match["ts"] for match in found["matches"]} == {"2012-03-01T00:00:00Z"}
    assert found["symbols"] == len(SYMBOLS) and len(found["receipt"]) == 64
    shown = CliRunner().invoke(command, [*arguments, "--top", "1"])
    assert f"{found['matched']} of 4 symbols match." in shown.stdout
    assert found["matches"][0]["symbol"] in shown.stdout
    assert found["matches"][1]["symbol"] not in shown.stdout


def test_a_time_before_all_bars_is_refused(bars: Path) -> None:
    arguments = [str(EXAMPLE), "--bars", str(bars), "--as-of", "1990-01-01"]
    done = CliRunner().invoke(command, arguments)
    assert isinstance(done.exception, UserError)
    assert "no bars in this period: they go from 2000-03-01" in str(done.exception)


def test_the_sample_does_not_hide_files(bars: Path) -> None:
    for given in (["--sample", "--bars", str(bars)], ["--bars", str(bars), "--sample"]):
        done = CliRunner().invoke(command, [str(EXAMPLE), *given])
        assert isinstance(done.exception, UserError)
        assert "--sample or --bars, not both" in str(done.exception)


PLOTTED = '''"""The mean of four closes."""


def on_bar(bar):
    plot("mean", ta.sma(bar.close, 4))
    if bar.close > 5.0:
        score(bar.close)
'''
BARS = """time,symbol,open,high,low,close,volume
2024-01-01,A,40,40,40,40,100
2024-01-02,A,44,44,44,44,100
2024-01-03,A,22,22,22,22,100
2024-01-04,A,24,24,24,24,100
2024-01-05,A,12,12,12,12,100
"""


def screened(folder: Path, actions: str, *arguments: str) -> Result:
    """Of one symbol with actions."""
    (folder / "mean.py").write_text(PLOTTED)
    (folder / "bars.csv").write_text(BARS)
    (folder / "actions.csv").write_text("symbol,ex_date,type,ratio,amount\n" + actions)
    given = ["mean.py", "--bars", "bars.csv", "--interval", "1d", "--actions", "actions.csv"]
    paths = [str(folder / each) if "." in each else each for each in given]
    return CliRunner().invoke(command, [*paths, *arguments])


def test_splits_and_dividends_of_a_file_adjust_about_the_last_close(tmp_path: Path) -> None:
    actions = "A,2024-01-03,split,2,\nA,2024-01-05,split,2,\n"

    def match(*arguments: str) -> tuple[float, float]:
        done = screened(tmp_path, actions, "--json", *arguments)
        assert done.exit_code == 0, done.output
        (found,) = json.loads(done.stdout)["matches"]
        return found["score"], found["plots"]["mean"]

    # 20, 22, 22, 24 as of the fourth, whose next day's split is not known; then half of it.
    assert match("--as-of", "2024-01-04") == (24.0, 22.0)
    assert match() == (12.0, 11.5)


def test_an_action_that_can_t_be_used_is_told(tmp_path: Path) -> None:
    done = screened(tmp_path, "A,2024-01-03,dividend,,60\n")
    assert isinstance(done.exception, UserError)
    assert "can't be used: A: a dividend of 60 on 2024-01-03" in str(done.exception)
    of_universe = ["mean.py", "--universe", "u", "--actions", "actions.csv"]
    paths = [str(tmp_path / each) if "." in each else each for each in of_universe]
    done = CliRunner().invoke(command, paths)
    assert "The database has actions" in str(done.exception)
