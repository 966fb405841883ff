"""The process that does research: requests on stdin, answers on stdout, as in `frames`.

It ends when stdin does; while it works, at the first word that nobody hears.
"""

from __future__ import annotations

import logging
import sys
import time
import traceback
from typing import Any, BinaryIO

import msgspec

from processors.research import frames
from processors.research.frames import HEAD_BYTES, Config, Done, Refused, frame, head, run_of
from processors.research.work import Bench

PROGRESS_INTERVAL_S = 0.25


class Speaker:
    """Says frames on a pipe, progress no more often than four times a second."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe
        self._due_s = 0.0

    def say(self, kind: bytes, payload: Any = None) -> None:
        self._pipe.write(frame(kind, payload))
        self._pipe.flush()

    def begin(self) -> None:
        """A run begins: what is done within the first interval is not worth a word."""
        self._due_s = time.monotonic() + PROGRESS_INTERVAL_S

    def progress(self, done: int, total: int) -> None:
        if time.monotonic() >= self._due_s:
            self._due_s = time.monotonic() + PROGRESS_INTERVAL_S
            self.say(frames.PROGRESS, (done, total))

    def waiting(self) -> None:
        self.say(frames.WAITING)


def read(pipe: BinaryIO, wanted: bytes) -> bytes | None:
    """The next frame's payload; None at the end."""
    start = pipe.read(HEAD_BYTES)
    if len(start) < HEAD_BYTES:
        return None
    kind, length = head(start)
    assert kind == wanted, kind
    return pipe.read(length)


def perform(bench: Bench, speaker: Speaker, data: bytes) -> Done | Refused:
    """The answer to a request, whatever happens."""
    try:
        speaker.begin()
        return bench.perform(run_of(data), speaker.progress)
    except BrokenPipeError:
        raise
    except Exception as error:
        traceback.print_exc()
        return Refused(
            "fault",
            f"The platform failed on it ({type(error).__name__}), which is a bug of ours; the"
            " research worker's log has the rest.",
        )


def main() -> None:
    """usage: python -m processors.research.worker"""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    requests, speaker = sys.stdin.buffer, Speaker(sys.stdout.buffer)
    given = read(requests, frames.CONFIG)
    if given is None:
        return
    bench = Bench(msgspec.json.decode(given, type=Config), speaker.waiting)
    bench.warm_up()
    speaker.say(frames.READY)
    while (data := read(requests, frames.RUN)) is not None:
        answer = perform(bench, speaker, data)
        speaker.say(frames.DONE if isinstance(answer, Done) else frames.REFUSED, answer)


if __name__ == "__main__":
    main()
