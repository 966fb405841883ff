"""A figure keeps its spread and its ratio to what was measured beside it."""

from __future__ import annotations

import json

from bench.chain import Run, limit_of
from bench.figures import Figure, Peer, table_lines
from bench.parts import step_times
from bench.processes import OTHERS
from bench.start import Start

FIGURE = Figure("chain", "whole", "bars/s", [900.0, 1200.0, 1000.0], "CPU", [Peer("stock", 100.0)])


def test_a_figure_has_its_spread_and_its_ratio() -> None:
    found = json.loads(json.dumps(FIGURE.as_json()))
    assert (found["min"], found["median"], found["max"], found["runs"]) == (900, 1000, 1200, 3)
    assert found["peers"] == [{"name": "stock", "value": 100, "ratio": 10}]


def test_the_table_shows_median_spread_and_ratio() -> None:
    *_, line = table_lines([FIGURE])
    assert "1,000 bars/s" in line
    assert "900 – 1,200" in line
    assert "10 × stock (100)" in line


def test_the_limit_names_the_busiest_process_and_leaves_others_out() -> None:
    run = Run(
        bars=1_000,
        signals=0,
        seconds=0.5,
        cpu_s={"broker": 0.05, "projections": 0.1, OTHERS: 0.4},
        lags_s={},
    )
    assert list(run.cpu_us) == ["projections", "broker"]
    assert run.bars_per_s == 2_000
    said = limit_of([run])
    assert said.startswith("150 µs of CPU a bar")
    assert "0.30 were at work for it and 0.80 for others" in said
    assert "projections takes most, 100.0 µs a bar" in said


def test_the_steps_of_a_start_are_told_the_longest_first() -> None:
    lines = [
        "  Install uv … 3 s",
        "  broker       Apache Kafka on 127.0.0.1:9092                          2.5 s",
        "  workers      bars, indicators                                       11.0 s",
        "Ready in 14.0 s.",
    ]
    said = step_times(Start(17.2, 3.0, lines))
    assert said == "workers 11 s, Install uv 3 s, broker 2.5 s; `up` itself says 14.0 s"
