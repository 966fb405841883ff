"""CPU and memory are seen of a process and its children."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from bench.machine import describe_machine
from bench.processes import OTHERS, cpu_seconds, memory

BUSY_PARENT = """
import subprocess, sys
child = "x = bytearray(64 << 20); sum(range(10_000_000)); print('done', flush=True); input()"
subprocess.run([sys.executable, "-c", child])
"""


@pytest.fixture
def busy() -> Iterator[int]:
    """A process that does nothing but wait for its child, which has worked and holds 64 MiB."""
    process = subprocess.Popen(
        [sys.executable, "-c", BUSY_PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None and process.stdout is not None
    assert process.stdout.readline() == b"done\n"
    yield process.pid
    process.communicate(b"\n")


def test_a_childs_work_and_memory_count(busy: int) -> None:
    assert cpu_seconds({"busy": busy})["busy"] > 0.1
    assert memory({"busy": busy})["busy"].best > 64 << 20


def test_others_are_the_machine_without_ours() -> None:
    pids = {"tests": os.getpid()}
    before = cpu_seconds(pids)
    sum(range(5_000_000))
    after = cpu_seconds(pids)
    assert after["tests"] > before["tests"]
    assert after[OTHERS] - before[OTHERS] > -0.1  # the machine's clock ticks in 10 ms


def test_the_machine_is_described() -> None:
    machine = describe_machine()
    assert machine["cores"] >= 1
    assert len(machine["load_average"]) == 3
