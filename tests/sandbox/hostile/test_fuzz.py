"""The fuzzer of the compiler's front end: its corpus, its sources, and a run of its own."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.sandbox.hostile.drawing import drawn_source
from tests.sandbox.hostile.fuzz_compiler import check, check_bytes, good_sources
from tests.sandbox.running import REPOSITORY

CORPUS = tuple(sorted((Path(__file__).parent / "corpus").iterdir()))
SECONDS = 20


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_what_was_found_once_stays_found(path: Path) -> None:
    source = path.read_bytes().decode("utf-8", "surrogatepass")
    assert check(source) == path.name.startswith("runs")


def test_bytes_become_sources_of_every_kind() -> None:
    chance = random.Random(1)
    sources = [drawn_source(chance.randbytes(300), good_sources()) for _ in range(200)]
    assert len(set(sources)) > 190
    compiled = [check(source) for source in sources]
    assert 3 < sum(compiled) < 100
    assert drawn_source(b"", good_sources()) == drawn_source(bytes(50), good_sources())


def test_the_fuzzer_sees_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its oracle fails on another exception, and on a module that says something else."""
    monkeypatch.setattr("tests.sandbox.hostile.fuzz_compiler.interpret", interpreted_wrongly)
    data = next(
        data
        for data in (random.Random(seed).randbytes(200) for seed in range(1_000))
        if _compiles(drawn_source(data, good_sources()))
    )
    with pytest.raises(ArithmeticError):
        check_bytes(data)


def interpreted_wrongly(*_: object, **__: object) -> None:
    raise ArithmeticError


def _compiles(source: str) -> bool:
    try:
        return check(source)
    except ArithmeticError:
        return True


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris has no wheel for this machine")
def test_a_short_run_finds_nothing(tmp_path: Path) -> None:
    """`make fuzz` runs longer."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.sandbox.hostile.fuzz_compiler", str(SECONDS), str(tmp_path)],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=4 * SECONDS + 60,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-4_000:]
    assert "Done " in run.stderr and not list(tmp_path.iterdir())
