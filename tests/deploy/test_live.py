"""The live path over history says what one call says, of every kind of order, alert and trap."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.research.live import Live, Way, said_by
from processors.research.verification.finding import State
from processors.research.verification.parity import finding
from processors.research.verification.voice import open_ours
from processors.research.verification.words import in_one_call
from sandbox.compiler.driver import compile_source
from sandbox.fills import FillRules
from sandbox.host.engine import SandboxEngine
from sandbox.host.instance import Instance
from sandbox.host.module import load_module
from tests.processors.research.sweeps.trading import FAILING, days
from tests.sandbox.running import EXAMPLES, body

BARS = {"AAA": days(300, 5), "BBB": days(200, 6, 10_050)}
EVERYTHING = body(
    "n = state(0)",
    "n = n + 1",
    "turn = n % 9",
    'plot("share", bar.close / (turn - 4))',
    'alert(turn == 3, "third")',
    'alert(turn == 3, "third too")',
    "score(bar.close)",
    "if turn == 1:",
    '    enter_long(percent=50.0, limit=bar.close * 1.1, stop_loss=bar.close * 0.8, tif="day")',
    "elif turn == 2:",
    "    exit(percent=40.0, stop=bar.low * 0.9)",
    "elif turn == 4:",
    "    exit(percent=50.0)",
    "elif turn == 5:",
    '    order(-2.0, at="close")',
    "elif turn == 6:",
    "    cancel()",
    "elif turn == 7:",
    "    enter_short(cash=1000.0, trail=2.0)",
    "elif turn == 8:",
    "    exit()",
    "else:",
    "    order(1.0)",
    "    exit(stop=bar.low * 0.9)",
)
SOURCES = {path.stem: path.read_text() for path in map(Path, EXAMPLES)}
ACCOUNTED = body(
    'plot("held", position.size)',
    'plot("profit", position.open_profit)',
    "if position.size == 0.0:",
    "    enter_long(percent=90.0)",
    "elif position.open_profit > 10.0 or position.open_profit < -20.0:",
    "    exit()",
)
SOURCES |= {"everything": EVERYTHING, "traps": FAILING, "accounted": ACCOUNTED}
RULES = {
    "AAA": FillRules(cash=5_000.0, slip_share=0.002, rate=0.001, minimum=1.0, lot=2.0),
    "BBB": FillRules(at_close=1.0, slip=0.05, tick=0.25),
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_bar_by_bar_through_restarts_is_what_one_call_says(source: str) -> None:
    compiled, engine = compile_source(source), SandboxEngine()
    module = load_module(engine, compiled.wasm)
    live = Live(
        compiled.wasm,
        compiled.metadata,
        {},
        lambda series: Instance(module, series),
        RULES,
    )
    said = in_one_call(open_ours(module, {}, list(RULES.values())), BARS)
    heard: list[tuple[int, int]] = []
    way = Way(batch_bars=1, restarts=9)
    told = said_by([live], BARS, "1d", way, heard=lambda *n: heard.append(n))
    found = finding({"One call": said, "bar by bar": [intent for _, intent in told]}, 500)
    assert found.state is State.HOLDS, found.found
    assert heard == [(0, 500), (256, 500)]
    if source is EVERYTHING:
        kinds = {intent.kind for intent in said}
        assert any("now" in intent.terms for intent in said), "prices beside an order"
        assert kinds == {
            *("enter_long", "enter_short", "exit", "protect", "order", "cancel"),
            *("alert 0", "alert 1"),
        }
    if source is FAILING:
        assert any(intent.kind == "trap" for intent in said)
    engine.close()
