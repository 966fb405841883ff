"""What tells a trial from another: what was run on what, not who asked or how it went."""

from __future__ import annotations

from typing import Any

from processors.projections.core.trials import trial_rows
from schemas.events.trials import Trial, TrialsMade

START_US = 1_700_000_000_000_000


def rows(**changes: Any) -> list[str]:
    fields: dict[str, Any] = {
        "strategy_id": "cross",
        "kind": "sweep",
        "author": "ann",
        "wasm_sha256": "ab" * 32,
        "symbols": ("A", "B"),
        "interval": "1d",
        "begin_ts": START_US,
        "end_ts": START_US + 10,
        "periods": 250,
        "periods_per_year": 252.0,
        "trials": (Trial(params={"fast": 5.0, "slow": 20.0}, sharpe=0.01),),
    }
    return [row.trial_sha256 for row in trial_rows(TrialsMade(**fields | changes), 5)]


def test_the_same_run_is_the_same_trial_whoever_made_it() -> None:
    (one,) = rows()
    assert rows(kind="backtest", author="bob", symbols=("B", "A")) == [one]
    turned = Trial(params={"slow": 20.0, "fast": 5.0}, sharpe=None)
    assert rows(trials=(turned, turned)) == [one, one]


def test_another_module_param_symbol_interval_or_period_is_another_trial() -> None:
    (one,) = rows()
    others = [
        *rows(wasm_sha256="cd" * 32),
        *rows(trials=(Trial(params={"fast": 5.0, "slow": 21.0}, sharpe=0.01),)),
        *rows(symbols=("A",)),
        *rows(interval="1h"),
        *rows(begin_ts=START_US + 1),
        *rows(end_ts=START_US + 11),
    ]
    assert len({one, *others}) == 7
