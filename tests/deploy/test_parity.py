"""`peripheral parity`: the examples give one SHA-256, and whatever makes a way differ is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from deploy.commands.parity import command
from deploy.errors import UserError
from processors.evaluation.run import Run
from streams.codec import rfc3339
from tests.processors.evaluation.deployed import EXAMPLES
from tests.processors.research.sweeps.trading import days
from tests.processors.research.verification.peeking import CROSSING, peeking
from tests.sandbox.foreign.modules import COUNT, FOREIGN, OUTPUT, built, module_bytes

SOURCES = sorted(EXAMPLES.glob("*.py"))
CUT = ["restarted", "1 partition", "4 partitions", "16 partitions"]
WAYS = ["whole", "streamed", *CUT, "backtest"]
SYMBOLS, BARS_EACH = "ABCD", 300
HIDDEN = module_bytes(
    f"""{COUNT} (global.set $g (i64.add (global.get $g) (i64.const 1)))
      (if (i64.eqz (i64.rem_s (global.get $g) (i64.const 7))) (then
        (i64.store (i32.const {OUTPUT[0]}) (i64.const 1))))""",
    more="(global $g (mut i64) (i64.const 0))",
)
TRAPPING = (
    '"""Divides by zero on six days of seven, and alerts on every fifth."""\n'
    "def on_bar(bar):\n"
    "    day = bar.time // 86400000000\n"
    '    alert(day % 5 == 0, "a fifth day")\n'
    "    if 60 // (day % 7 // 6) > 20:\n"
    "        order(-1.0, limit=bar.high)\n"
)


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With bars.csv, to work in."""
    monkeypatch.chdir(tmp_path)
    lines = ["timestamp,symbol,open,high,low,close,volume"]
    for seed, symbol in enumerate(SYMBOLS, 5):
        bars = days(BARS_EACH, seed)
        columns = (bars.ts, bars.open, bars.high, bars.low, bars.close, bars.volume)
        for ts, *cells in zip(*(column.tolist() for column in columns), strict=True):
            lines.append(",".join([rfc3339(ts), symbol, *map(repr, cells)]))
    Path("bars.csv").write_text("\n".join(lines))


def run(files: Sequence[Path], *more: str) -> Result:
    arguments = [*map(str, files), "--bars", "bars.csv", *more]
    return CliRunner().invoke(command, arguments, standalone_mode=False)


def told(files: Sequence[Path], *more: str) -> dict[str, Any]:
    done = run(files, "--json", *more)
    assert done.exception is None, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    assert done.return_value == int(not found["holds"])
    assert found["holds"] == (len(set(found["sha256"].values())) == 1)
    return found


def test_the_examples_and_a_module_in_c_give_one_sha_256_wherever_they_are_cut() -> None:
    foreign, trapping = Path("in_c.wasm"), Path("trapping.py")
    foreign.write_bytes(built(FOREIGN / "ema_cross_rsi.c"))
    trapping.write_text(TRAPPING)
    first = told([*SOURCES, foreign, trapping])
    assert list(first["sha256"]) == WAYS
    assert first["holds"] and first["said"] > 1_500
    other = told([*SOURCES, foreign, trapping], "--seed", "9", "--partitions", "2")
    assert other["holds"] and set(other["sha256"].values()) == set(first["sha256"].values())


def test_a_person_is_shown_a_line_for_each_way() -> None:
    done = run(SOURCES[:1], "--symbols", "A")
    assert done.return_value == 0
    lines = done.stdout.splitlines()
    assert [line.split("  ")[0] for line in lines[1:8]] == WAYS
    assert len({line.split()[-1] for line in lines[1:8]}) == 1
    assert "by one SHA-256" in lines[-1]


def apart(found: dict[str, Any]) -> set[str]:
    """The ways that say something else than the first."""
    return {way for way, digest in found["sha256"].items() if digest != found["sha256"]["whole"]}


def test_a_state_that_is_not_restored_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    restore: Callable[[Run, str, bytes], None] = Run.restore

    def forgetful(self: Run, key: str, entry: bytes) -> None:
        restore(self, key, entry)
        if "/C/" in key:
            state = self._states[key.encode()]
            assert state is not None
            self._states[key.encode()] = self._begin(state.next_offset)

    monkeypatch.setattr(Run, "restore", forgetful)
    found = told(SOURCES[-1:] + SOURCES[:1])
    assert apart(found) == set(CUT)
    assert "on verify/C/1d" in found["found"]


def test_a_series_left_out_of_the_snapshot_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    entries: Callable[..., list[tuple[str, bytes]]] = Run.entries

    def leaving_out(self: Run, *, everything: bool) -> list[tuple[str, bytes]]:
        found = entries(self, everything=everything)
        return [(key, entry) for key, entry in found if "/B/" not in key]

    monkeypatch.setattr(Run, "entries", leaving_out)
    found = told(SOURCES[:1])
    assert apart(found) == set(CUT)


def test_a_module_that_looks_ahead_says_something_else_bar_by_bar() -> None:
    file = Path("peeking.wasm")
    file.write_bytes(peeking(CROSSING))
    found = told([file])
    assert not found["holds"] and "streamed" in apart(found)
    assert "streamed says something else than whole: first at peeking on " in found["found"]
    done = run([file])
    assert done.return_value == 1 and "Keep in the strategy's state" in done.stdout


def test_a_module_that_hides_state_says_something_else_after_a_restart() -> None:
    file = Path("hidden.wasm")
    file.write_bytes(HIDDEN)
    assert "restarted" in apart(told([file]))


def test_findings_of_a_source_are_shown() -> None:
    file = Path("wrong.py")
    file.write_text("def on_bar(bar):\n    enter_lon()\n")
    done = run([file])
    assert done.return_value == 1 and "enter_lon" in done.stderr


@pytest.mark.parametrize(
    ("files", "more", "why"),
    [
        (SOURCES[:1] * 2, (), "a file name of its own"),
        (SOURCES[:1], ("--partitions", "0"), "--partitions"),
        (SOURCES[:1], ("--partitions", "1,many"), "--partitions"),
        (SOURCES[:1], ("--partitions", "257"), "--partitions"),
        (SOURCES[:1], ("--seed", "-1"), "--seed"),
        (SOURCES[:1], ("--sample",), "one of them"),
        (SOURCES[:1], ("--symbols", "NONE"), "NONE"),
        ([Path("nowhere.py")], (), "nowhere.py"),
    ],
)
def test_what_is_asked_wrongly_is_a_sentence(
    files: list[Path], more: tuple[str, ...], why: str
) -> None:
    done = run(files, *more)
    assert isinstance(done.exception, UserError) and why in str(done.exception)
