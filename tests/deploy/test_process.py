"""Children that are found again, ended, and never taken for a stranger."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy.embedded.process import (
    Child,
    Record,
    bound_log,
    read_record,
    reclaim,
    rotate,
    write_record,
)

SLEEPER = [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "print('here', flush=True)\ntime.sleep(60)",
]


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Child]:
    child = Child("sleeper", tmp_path / "run", tmp_path / "logs")
    yield child
    child.kill()


def wait_for_output(child: Child) -> None:
    deadline_s = time.monotonic() + 10
    while "here" not in child.log_tail():
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


def test_a_child_has_a_record_and_a_log_while_it_runs(child: Child) -> None:
    child.start(SLEEPER)
    wait_for_output(child)
    record = read_record(child.record_path)
    assert record is not None
    assert record.pid == child.pid
    assert child.stop(5)
    assert child.exit_code == -signal.SIGTERM
    assert not child.record_path.exists()


def test_a_child_that_does_not_listen_is_killed_in_time(child: Child) -> None:
    child.start(STUBBORN)
    wait_for_output(child)
    began_s = time.monotonic()
    assert not child.stop(0.3)
    assert time.monotonic() - began_s < 2
    assert child.exit_code == -signal.SIGKILL


def test_a_child_is_out_of_reach_of_the_terminal_s_interrupt(child: Child) -> None:
    child.start(SLEEPER)
    assert child.pid is not None
    assert os.getsid(child.pid) == child.pid


def test_a_new_start_ends_what_a_killed_starter_left(tmp_path: Path) -> None:
    path = tmp_path / "orphan.json"
    with subprocess.Popen(STUBBORN, stdout=subprocess.PIPE, start_new_session=True) as orphan:
        assert orphan.stdout is not None
        orphan.stdout.readline()
        write_record(path, "orphan", orphan.pid)
        assert reclaim(path, 0.2, signal.SIGTERM)
        assert Record("orphan", orphan.pid, time.time()).process() is None
    assert not path.exists()


def test_a_stranger_that_got_the_pid_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "worker.json"
    created_s = psutil.Process().create_time() - 1000
    path.write_text(json.dumps({"name": "worker", "pid": os.getpid(), "created_s": created_s}))
    assert not reclaim(path, 0.2, signal.SIGKILL)  # else this line is not reached


@pytest.mark.parametrize("text", ["", "{", "[]", '{"name": "x"}', '{"pid": null, "name": "x"}'])
def test_a_record_that_was_cut_short_counts_as_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    assert read_record(path) is None


def test_an_ended_process_has_no_living_record() -> None:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    assert Record("x", done.pid, time.time()).process() is None


@pytest.mark.skipif(sys.platform != "linux", reason="the tie to the starter is Linux's")
def test_a_child_ends_with_a_starter_that_is_killed(tmp_path: Path) -> None:
    starter_code = f"""
import sys, time
from pathlib import Path
from deploy.embedded.process import Child
folder = Path({str(tmp_path)!r})
child = Child("tied", folder, folder)
child.start({SLEEPER!r})
print(child.pid, flush=True)
time.sleep(60)
"""
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", starter_code], stdout=subprocess.PIPE, text=True, cwd=root
    ) as starter:
        assert starter.stdout is not None
        child = psutil.Process(int(starter.stdout.readline()))
        time.sleep(0.3)  # the child asks for its tie before it becomes the program
        starter.kill()
    assert not psutil.wait_procs([child], timeout=5)[1]


def test_a_start_keeps_the_log_of_the_run_before(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text("first")
    rotate(log)
    assert not log.exists()
    assert (tmp_path / "x.log.1").read_text() == "first"


def test_a_log_is_bounded_while_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"x" * 100)
        assert not bound_log(log, bytes_max=100)
        writer.write(b"y")
        assert bound_log(log, bytes_max=100)
        writer.write(b"after")
    assert log.read_bytes() == b"after"
    assert (tmp_path / "x.log.1").stat().st_size == 101
