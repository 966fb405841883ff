"""Editors, ruff and a type checker accept what the compiler accepts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.compiler.driver import compile_source
from sandbox.stubs.generate import PACKAGE, stub_text
from tests.sandbox.running import REPOSITORY

STUB = REPOSITORY / "sandbox/stubs" / PACKAGE / "__init__.pyi"
STRATEGY = '''"""A strategy as an editor sees it."""

from peripheral import (
    Bar,
    alert,
    crossover,
    enter_long,
    exit,
    math,
    na,
    param,
    plot,
    position,
    score,
    state,
    ta,
    timeframe,
    window,
)

length = param(20, low=2, high=200, name="Length")
loud = param(True)


def distance(bar: Bar, k: float) -> float:
    """Of the close from the middle of the bar before."""
    return (bar.close - bar.hl2[1]) * k


def on_bar(bar: Bar) -> None:
    mean = ta.sma(bar.close, length)
    upper, middle, lower = ta.bbands(bar.close, length)
    week = timeframe("1w")
    count = state(0)
    cells = window(length)
    count += 1
    cells[count % length] = bar.close
    spread = (upper - lower) / middle
    wide = spread > spread[1] and bar.close > mean
    if crossover(bar.close, mean) and wide[1] and loud and position.size == 0:
        enter_long(percent=50.0, stop_loss=lower, tif="day")
    elif bar.close < week.close[1] or ta.cdldoji(bar.open, bar.high, bar.low, bar.close) == 100:
        exit(percent=50, at="close")
    alert(bar.month == 1 and bar.session_open[1], "January")
    plot("distance", distance(bar, 2.0) + math.log(bar.volume + 1.0))
    score(na if count < 5 else cells[0])
'''


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "strategy.py"
    path.write_text(STRATEGY, encoding="utf-8")
    return path


def tool(name: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", name, *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=folder, timeout=100
    )


def test_the_stub_file_is_what_the_stdlib_says(rewrite_goldens: bool) -> None:
    if rewrite_goldens:
        STUB.write_text(stub_text(), encoding="utf-8")
    assert STUB.read_text(encoding="utf-8") == stub_text(), "run pytest --rewrite-goldens"


def test_ruff_mypy_and_the_compiler_accept_a_strategy_with_its_imports(file: Path) -> None:
    compile_source(STRATEGY)
    checked = tool("ruff", "check", "--isolated", str(file), folder=file.parent)
    assert checked.returncode == 0, checked.stdout
    typed = tool("mypy", "--strict", str(file), folder=file.parent)
    assert typed.returncode == 0, typed.stdout


def test_the_type_checker_finds_what_the_compiler_refuses(file: Path) -> None:
    file.write_text(STRATEGY.replace("ta.sma(bar.close", "ta.smaa(bar.klose"), encoding="utf-8")
    typed = tool("mypy", "--strict", str(file), folder=file.parent)
    assert 'has no attribute "smaa"' in typed.stdout
    assert 'has no attribute "klose"' in typed.stdout
