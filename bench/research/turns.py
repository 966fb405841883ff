"""Runs that take turns, so that ours and the peers' see the same machine."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.system import ROOT

Told = dict[str, float]
"""seconds, and then what the run came to."""
Run = Callable[[], Told]


class PeerFailedError(Exception):
    """A peer ended by itself; the message has the end of what it said."""


class Peer:
    """A peer's process, ready to run over its bars. module: what it runs, see peers/serving.py.
    Closed by leaving its `with`."""

    def __init__(self, python: Path, module: str, bars: Path) -> None:
        self._module = module
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the process
        self._process = subprocess.Popen(
            [str(python), "-W", "ignore", "-m", module, str(bars)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
        )

    def __enter__(self) -> Self:
        self._answer()  # it has run once
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._process.kill()
        self._end()

    def run(self) -> Told:
        """One run. Raises PeerFailedError."""
        assert self._process.stdin is not None
        self._process.stdin.write("run\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Told:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise PeerFailedError(f"{self._module} ended by itself:\n{self._end()}")
        told: Told = json.loads(line)
        return told

    def _end(self) -> str:
        """The end of what it said, once it has ended."""
        if self._said.closed:
            return ""
        self._process.communicate()
        self._said.seek(0)
        said = self._said.read().decode(errors="replace")
        self._said.close()
        return said[-2_000:]


def in_turns(runs: Sequence[Run], rounds: int) -> list[list[Told]]:
    """What each told, round by round."""
    found: list[list[Told]] = [[] for _ in runs]
    for _ in range(rounds):
        for told, run in zip(found, runs, strict=True):
            told.append(run())
    return found


def seconds(told: Sequence[Told]) -> list[float]:
    """Of each run."""
    return [each["seconds"] for each in told]
