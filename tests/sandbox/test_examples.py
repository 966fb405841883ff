"""The example strategies on real bars."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from deploy.examples import SOURCES
from sandbox.columns import SignalCode
from tests.sandbox.market import SYMBOLS, daily_bars
from tests.sandbox.running import EXAMPLES, REPOSITORY, run


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_says_something_and_never_traps(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    said = [run(source, daily_bars(symbol)) for symbol in SYMBOLS]
    assert not any(outputs.traps for outputs in said)
    plots = np.concatenate([outputs.plots for outputs in said], axis=1)
    assert np.isfinite(plots).any(axis=1).all()
    signals = np.concatenate([outputs.signal for outputs in said])
    entered = np.isin(signals, [SignalCode.ENTER_LONG, SignalCode.ENTER_SHORT]).sum()
    scored = np.concatenate([np.isfinite(outputs.score) for outputs in said]).sum()
    assert entered > 20 or scored > 1_000


def test_the_page_lists_each_example_and_those_that_are_registered_first() -> None:
    page = (REPOSITORY / "docs/strategies/README.md").read_text(encoding="utf-8")
    listed = [line.split("`")[1] for line in page.splitlines() if line.startswith("| [`")]
    assert {*listed} == {path.name for path in EXAMPLES} | {"foreign/"}
    assert {*listed[:3]} == {path.name for path in SOURCES}
