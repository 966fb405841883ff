"""Several processes give what one gives, and say so when one of them is lost."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from processors.research.sweeps.pool import Pool, ProcessLostError
from processors.research.sweeps.runner import Runner
from processors.research.sweeps.shared import SharedBars
from processors.research.sweeps.tape import ALL
from processors.research.sweeps.trial import Trial, trials
from tests.processors.research.sweeps.trading import COSTS, CROSS, SIMPLE, days, setting

BARS = (days(400, 1), days(300, 2, 10_010))
PARAMS = [
    {"fast": float(fast), "slow": float(slow)} for fast in range(2, 12) for slow in range(20, 60, 2)
]
NAMES = ("sharpe", "return_pct", "trades", "sqn", "beta")


def tried(processes: int) -> list[Trial]:
    with Pool(setting(CROSS, COSTS), BARS, processes) as pool:
        found = list(trials(pool, ALL, PARAMS, NAMES, with_returns=True))
    return sorted(found, key=lambda trial: trial.number)


def same(one: Trial, other: Trial) -> bool:
    assert one.returns is not None and other.returns is not None
    return (
        (one.number, one.params, one.figures) == (other.number, other.params, other.figures)
        and one.returns.tobytes() == other.returns.tobytes()
    )  # fmt: skip


def test_one_process_gives_what_two_give() -> None:
    alone, together = tried(1), tried(2)
    assert [trial.params for trial in alone] == PARAMS
    assert all(map(same, alone, together)) and len(alone) == len(together)


@dataclass(frozen=True)
class Here:
    """A task that says where it was done; `ends` has it end the other process."""

    first: int
    ends: bool = False
    fails: bool = False

    def done_by(self, runner: Runner) -> int:
        if os.getpid() != self.first:
            if self.ends:
                os._exit(3)
            if self.fails:
                raise ValueError("it cannot be done")
        return os.getpid()


def endless(task: Here) -> list[Here]:
    return [task] * 2_000_000


def test_other_processes_take_part() -> None:
    with Pool(setting(SIMPLE), BARS, 2) as pool:
        seen = set()
        for _, where in pool.each(endless(Here(os.getpid()))):
            seen.add(where)
            if len(seen) == 2:
                break
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("task", "said"),
    [
        (Here(os.getpid(), ends=True), "ended by itself"),
        (Here(os.getpid(), fails=True), "it cannot be done"),
    ],
)
def test_a_lost_process_is_told(task: Here, said: str) -> None:
    with Pool(setting(SIMPLE), BARS, 2) as pool, pytest.raises(ProcessLostError, match=said):
        for _ in pool.each(endless(Here(os.getpid(), task.ends, task.fails))):
            pass


def test_tasks_that_nobody_waits_for_any_more_do_not_come_back() -> None:
    with Pool(setting(CROSS, COSTS), BARS, 2) as pool:
        for trial in trials(pool, ALL, PARAMS, NAMES):
            assert trial.number >= 0
            break
        found = [trial.number for trial in trials(pool, ALL, PARAMS[:40], NAMES)]
    assert sorted(found) == list(range(40))


def test_bars_in_a_file_are_the_same_bars_and_nobody_s_to_write(tmp_path: Path) -> None:
    empty = days(0, 1)
    shared = SharedBars.write(tmp_path / "bars", [*BARS, empty])
    found = shared.read()
    assert [len(each) for each in found] == [400, 300, 0]
    for one, other in zip(found, BARS, strict=False):
        assert one.ts.tobytes() == other.ts.tobytes()
        assert one.volume.tobytes() == other.volume.tobytes()
        assert not one.close.flags.writeable


def test_a_process_that_starts_still_is_not_waited_for(capfd: pytest.CaptureFixture[str]) -> None:
    with Pool(setting(SIMPLE), BARS[:1], 2) as pool:
        assert {pid for _, pid in pool.each([Here(os.getpid())] * 2)} == {os.getpid()}
        begun_s = time.monotonic()
    assert time.monotonic() - begun_s < 0.5, "an interpreter's start takes longer"
    assert capfd.readouterr().err == ""
