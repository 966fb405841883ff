"""Runs as events: named after their search, of a period's Sharpe ratio, in parts that have room."""

from __future__ import annotations

import math

import pytest

from processors.research.frames import Done
from processors.research.trials import Bars, of_request, search_name, trials_made
from schemas.events.research import RunBacktest
from schemas.events.trials import TRIALS_MAX

WASM = "ab" * 32
BARS = Bars(("AAA", "BBB"), "1d", (0, 86_400_000_000), 2, 252.0)


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("cross", "cross"),
        ("golden cross (2)", "golden-cross--2-"),
        ("_mine", "s_mine"),
        ("ünder", "s-nder"),
        ("x" * 90, "x" * 64),
        ("", "s"),
    ],
)
def test_a_search_is_named_after_its_file_as_ids_are(stem: str, name: str) -> None:
    (made,) = trials_made(search_name(stem), "sweep", "me", WASM, BARS, [({}, 1.0)])
    assert made.strategy_id == name


def test_runs_are_told_in_parts_with_the_sharpe_ratio_of_a_period() -> None:
    runs = [({"length": float(n)}, None if n == 3 else math.sqrt(252.0) * n) for n in range(2_500)]
    made = list(trials_made("cross", "sweep", "me", WASM, BARS, runs))
    assert [len(event.trials) for event in made] == [TRIALS_MAX, TRIALS_MAX, 500]
    trials = [trial for event in made for trial in event.trials]
    assert [trial.params["length"] for trial in trials] == list(range(2_500))
    assert trials[3].sharpe is None
    assert trials[7].sharpe == pytest.approx(7.0)
    assert (made[0].periods, made[0].end_ts) == (2, 86_400_000_000)
    many = [({f"p{i}": 0.0 for i in range(64)}, 1.0)] * 300
    assert {len(event.trials) for event in trials_made("a", "sweep", "", WASM, BARS, many)} <= {
        123,
        54,
    }
    assert list(trials_made("a", "sweep", "", WASM, BARS, [])) == []


def test_a_request_is_one_trial_of_its_strategy_or_of_its_source() -> None:
    done = Done(
        summary={"sharpe": 1.0, "periods": 2, "periods_per_year": 4.0},
        params={"length": 5.0},
        period=(10, 20),
        bars=7,
        wasm_sha256=WASM,
        report=None,
        report_sha256="",
        report_bytes=0,
        page_sha256=None,
    )
    asked = RunBacktest(
        request_id="r",
        author="ann",
        strategy_id="cross",
        version=2,
        feed="sample",
        symbols=("AAA",),
        interval="1d",
    )
    made = of_request(asked, done)
    assert (made.strategy_id, made.author, made.kind) == ("cross", "ann", "backtest")
    assert (made.begin_ts, made.end_ts, made.trials[0].sharpe) == (10, 20, 0.5)
    assert made.trials[0].params == {"length": 5.0}
    unnamed = [
        of_request(
            asked.model_copy(update={"strategy_id": None, "version": None, "source": source}), done
        ).strategy_id
        for source in ("x = 1", "x = 1", "x = 2")
    ]
    assert unnamed[0] == unnamed[1] != unnamed[2]
    assert unnamed[0].startswith("source-")
