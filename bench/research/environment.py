"""The peers' own virtual environment, made from the committed lock when it is not there."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from bench.system import ROOT

LOCK = Path(__file__).parent / "peers.lock"
FOLDER = ROOT / ".data" / "bench" / "peers"
INSTALL_LIMIT_S = 600.0


class EnvironmentFailedError(Exception):
    """The peers could not be installed; the message says what to do."""


def peers_python() -> Path:
    """The interpreter of the peers' environment, as the lock says; 1.2 GB when it is made first.

    Raises EnvironmentFailedError.
    """
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    python, made_of = FOLDER / "bin" / "python", FOLDER / "made_of"
    if not made_of.exists() or made_of.read_text() != wanted:
        uv = str(Path(sys.executable).with_name("uv"))
        _run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(FOLDER))
        _run(uv, "pip", "sync", "--quiet", "--require-hashes", "--only-binary", ":all:", str(LOCK))
        made_of.write_text(wanted)
    return python


def _run(*command: str) -> None:
    environment = {**os.environ, "VIRTUAL_ENV": str(FOLDER)}
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=INSTALL_LIMIT_S
        )
    except subprocess.TimeoutExpired:
        raise EnvironmentFailedError(f"`{' '.join(command)}` took too long: try again") from None
    if done.returncode:
        raise EnvironmentFailedError(
            f"`{' '.join(command)}` failed: {done.stderr.strip()}\n"
            "The bench installs its peers from the package registry: look at the network and at"
            " the disk, then try again"
        )
