"""A process that stood still ends by itself; one that has only much to do goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

from streams.crash import EXIT_CRASHED

LIMIT_S = 1.5
BEATING = f"""
import sys, time
from streams.pulse import Pulse
pulse = Pulse({LIMIT_S})
pulse.start()
print("beats", flush=True)
if sys.argv[1] == "works":
    ends = time.monotonic() + 2 * {LIMIT_S}
    while time.monotonic() < ends:
        sum(range(1_000_000))
else:
    time.sleep(60)
pulse.check()
"""


def test_a_process_that_was_stopped_for_longer_than_it_may_ends_once_it_goes_on() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", BEATING, "waits"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None and process.stdout.readline() == b"beats\n"
    process.send_signal(signal.SIGSTOP)
    time.sleep(LIMIT_S + 1)
    process.send_signal(signal.SIGCONT)
    _, said = process.communicate(timeout=30)
    assert (process.returncode, b"stood still for" in said) == (EXIT_CRASHED, True), said


def test_a_process_that_works_for_longer_than_it_may_stand_still_goes_on() -> None:
    subprocess.run([sys.executable, "-c", BEATING, "works"], check=True, timeout=30)
