"""From `make run` to ready in a fresh clone, the first and the second time, and from Ctrl-C to the
end, all seen from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.system import ROOT
from deploy.embedded.ports import free_port

READY = "Ready in "
START_LIMIT_S = 240.0
STOP_LIMIT_S = 30.0


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
    """`make run` until it says that it is ready, then Ctrl-C. Raises TimeoutError."""
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
    try:
        lines = _until_ready(make, began_s + limit_s)
        ready_s = time.monotonic() - began_s
        time.sleep(stay_s)
        stop_began_s = time.monotonic()
        os.killpg(make.pid, signal.SIGINT)
        make.communicate(timeout=STOP_LIMIT_S)
        return Start(ready_s, time.monotonic() - stop_began_s, lines)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(make.pid, signal.SIGKILL)
        make.wait()


def _until_ready(make: subprocess.Popen[str], deadline_s: float) -> list[str]:
    assert make.stdout is not None
    lines: list[str] = []
    os.set_blocking(make.stdout.fileno(), False)
    text = ""
    while time.monotonic() < deadline_s:
        text += make.stdout.read() or ""
        *whole, text = text.split("\n")
        lines += whole
        if any(line.startswith(READY) for line in lines):
            return lines
        if make.poll() is not None:
            raise RuntimeError("make run ended:\n" + "\n".join(lines[-10:]))
        time.sleep(0.01)
    raise TimeoutError("make run is not ready:\n" + "\n".join(lines[-10:]))


def _environment() -> dict[str, str]:
    """Ours, with ports that are free, and nothing of this process's own environment in it."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PERIPHERAL_") and name not in ("VIRTUAL_ENV", "MAKEFLAGS")
    }
    return kept | {
        "PERIPHERAL_KAFKA__EMBEDDED_PORT": str(free_port()),
        "PERIPHERAL_DATABASE__EMBEDDED_PORT": str(free_port()),
        "PERIPHERAL_API__PORT": str(free_port()),
    }
