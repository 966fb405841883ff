"""A report as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from processors.research.report.as_json import as_json
from sandbox.fills import Reason
from tests.processors.research.report.crossing import crossed

REPORT = crossed()


def read(text: bytes) -> dict[str, Any]:
    """The object, refusing what is not JSON: NaN and Infinity."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    found: dict[str, Any] = json.loads(text, parse_constant=refuse)
    return found


def test_the_summary_is_flat_at_the_top() -> None:
    found = read(as_json(REPORT))
    assert list(found)[: len(REPORT.summary)] == list(REPORT.summary)
    assert {name: found[name] for name in REPORT.summary} == REPORT.summary
    assert found["trades"] == REPORT.summary["trades"]
    assert found["profit_factor"] is None


def test_it_says_what_was_run() -> None:
    found = read(as_json(REPORT))
    assert found["params"] == {"fast": 20, "slow": 60, "reinvest": True}
    assert found["settings"]["cash"] == 100_000.0
    assert found["symbols"] == ["AAPL", "GOOG"]
    assert (found["interval"], found["strategy"]) == ("1d", "crossing.py")
    assert (found["from"], found["to"]) == ("2000-03-01T00:00:00Z", "2013-03-01T00:00:00Z")
    assert found["notes"] == ["1 order was rejected: not enough cash."]


def test_a_trade_is_an_object_with_its_units_in_the_names() -> None:
    trades = read(as_json(REPORT))["trade_list"]
    assert len(trades) == len(REPORT.trades)
    assert set(trades[0]) == {
        *("symbol", "size", "entry_time", "exit_time", "entry_price", "exit_price", "pnl"),
        *("return_pct", "fees", "mae_pct", "mfe_pct", "bars_held", "reason"),
    }
    assert trades[0]["return_pct"] == REPORT.trades.return_[0] * 100.0
    assert trades[0]["bars_held"] == int(REPORT.trades.bars_held[0])
    assert {trade["symbol"] for trade in trades} == {"AAPL", "GOOG"}
    assert all(trade["entry_time"].endswith("T00:00:00Z") for trade in trades)


def test_reasons_are_words() -> None:
    trades = replace(REPORT.trades, reason=np.full(len(REPORT.trades), int(Reason.TAKE_PROFIT)))
    found = read(as_json(replace(REPORT, trades=trades)))
    assert {trade["reason"] for trade in found["trade_list"]} == {"take profit"}


def test_the_curve_is_there_when_asked_for() -> None:
    assert "equity" not in read(as_json(REPORT))
    equity = read(as_json(REPORT, equity=True))["equity"]
    assert len(equity) == len(REPORT.curve)
    assert equity[-1] == ["2013-03-01T00:00:00Z", REPORT.curve.equity[-1]]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_null(value: float) -> None:
    trades = replace(REPORT.trades, mae=np.full(len(REPORT.trades), value))
    curve = replace(REPORT.curve, equity=np.full(len(REPORT.curve), value))
    settings = {"cash": value}
    odd = replace(REPORT, summary={"sqn": value}, trades=trades, curve=curve, settings=settings)
    found = read(as_json(odd, equity=True))
    assert found["sqn"] is found["settings"]["cash"] is None
    assert found["trade_list"][0]["mae_pct"] is None
    assert found["equity"][0][1] is None


def test_the_same_report_gives_the_same_bytes() -> None:
    assert as_json(crossed(), equity=True) == as_json(crossed(), equity=True)


def test_a_statistic_must_not_hide_what_the_report_says() -> None:
    with pytest.raises(AssertionError, match="symbols"):
        as_json(replace(REPORT, summary={"symbols": 3}))
