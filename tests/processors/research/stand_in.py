"""A research worker that does what a request's source says, for tests of those who keep it.

`done`: an answer. `nap SECONDS`: one after so long. `die`: ends at once, without one. `slow`: goes
on for a minute, with progress. `die once FILE`: dies, unless FILE is there, which it then makes.
With an argument it starts only after so many seconds, as an interpreter on a busy machine.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from processors.research import frames
from processors.research.frames import Done, run_of
from processors.research.worker import Speaker, read

DONE = Done(
    summary={"trades": 3, "sharpe": None, "periods": 6, "periods_per_year": 252.0},
    params={}, period=(0, 6), bars=7, wasm_sha256="ab" * 32, report='{"trades":3}',
    report_sha256="cd", report_bytes=12, page_sha256=None,
)  # fmt: skip


def main() -> None:
    """usage: python -m tests.processors.research.stand_in [SECONDS]"""
    time.sleep(float(sys.argv[1]) if sys.argv[1:] else 0.0)
    requests, speaker = sys.stdin.buffer, Speaker(sys.stdout.buffer)
    read(requests, frames.CONFIG)
    speaker.say(frames.READY)
    while (data := read(requests, frames.RUN)) is not None:
        words = (run_of(data).source or "").split()
        if words[0] == "die" and not (words[1:] and Path(words[2]).exists()):
            if words[1:]:
                Path(words[2]).touch()
            os._exit(9)
        if words[0] == "nap":
            time.sleep(float(words[1]))
        if words[0] == "slow":
            for number in range(600):
                speaker.say(frames.PROGRESS, (number, 600))
                time.sleep(0.1)
        speaker.say(frames.DONE, DONE)


if __name__ == "__main__":
    main()
