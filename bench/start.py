"""From `make run` to ready in a fresh clone, the first and the second time, and from Ctrl-C to the
end, all seen from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.system import ROOT
from deploy.embedded.ports import free_port

READY = "Ready in "
START_LIMIT_S = 240.0
STOP_LIMIT_S = 30.0
OURS = ("VIRTUAL_ENV", "MAKEFLAGS", "MAKELEVEL", "PYTHONDONTWRITEBYTECODE")


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds to ready and from Ctrl-C to the end, and what `up` itself said of the start."""

    ready_s: float
    stop_s: float
    lines: list[str]


def clone(folder: Path) -> Path:
    """A clone of the last commit: no environment, no jars, no data."""
    target = folder / "clone"
    subprocess.run(
        ["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(target)],
        check=True,
    )
    return target


def start_and_stop(checkout: Path, limit_s: float = START_LIMIT_S, stay_s: float = 3.0) -> Start:
    """`make run` until it says that it is ready, then Ctrl-C."""
    began_s = time.monotonic()
    make = subprocess.Popen(
        ["make", "--silent", "run"],
        cwd=checkout,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # so that the interrupt reaches all of it, as a terminal's does
    )
    watchdog = threading.Timer(limit_s, _signal, (make, signal.SIGKILL))
    watchdog.start()
    try:
        lines = _until_ready(make)
        ready_s = time.monotonic() - began_s
        time.sleep(stay_s)
        stop_began_s = time.monotonic()
        _signal(make, signal.SIGINT)
        make.communicate(timeout=STOP_LIMIT_S)
        return Start(ready_s, time.monotonic() - stop_began_s, lines)
    finally:
        watchdog.cancel()
        _signal(make, signal.SIGKILL)
        make.wait()


def _signal(make: subprocess.Popen[str], number: signal.Signals) -> None:
    """Signal the whole session's group, as a terminal does."""
    with suppress(ProcessLookupError):
        os.killpg(make.pid, number)


def _until_ready(make: subprocess.Popen[str]) -> list[str]:
    """What it says until it is ready. Raises RuntimeError when it ends before."""
    assert make.stdout is not None
    lines: list[str] = []
    for line in make.stdout:
        lines.append(line.rstrip("\n"))
        if line.startswith(READY):
            return lines
    raise RuntimeError("make run ended, or took too long:\n" + "\n".join(lines[-10:]))


def _environment() -> dict[str, str]:
    """Ours as a newcomer's would be: free ports, no environment of our own, byte code kept."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PERIPHERAL_") and name not in OURS
    }
    return kept | {
        "PERIPHERAL_KAFKA__EMBEDDED_PORT": str(free_port()),
        "PERIPHERAL_DATABASE__EMBEDDED_PORT": str(free_port()),
        "PERIPHERAL_API__PORT": str(free_port()),
    }
