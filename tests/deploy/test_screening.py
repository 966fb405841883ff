"""`peripheral screen` on files."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from deploy.commands.screen import command
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
