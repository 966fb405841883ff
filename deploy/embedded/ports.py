"""Is a loopback port free, and if not, which setting moves us away from it."""

from __future__ import annotations

import errno
import socket

from deploy.errors import UserError


def require_free(port: int, what: str, variable: str, host: str = "127.0.0.1") -> None:
    """Raise `UserError` when `port` is taken; `variable` is the setting that changes it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # Servers set this too: a connection in TIME_WAIT of our last run is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise UserError(port_sentence(error.errno, host, port, what, variable)) from error


def port_sentence(error: int | None, host: str, port: int, what: str, variable: str) -> str:
    """Say in one sentence why `what` can't listen there, and what to change."""
    reasons = {
        errno.EADDRINUSE: "is taken by another program",
        errno.EACCES: "needs more rights than this user has",
        errno.EADDRNOTAVAIL: "is not an address of this machine",
    }
    reason = reasons.get(error or 0, "can't be listened on")
    remedy = f"set {variable} to another value"
    if error == errno.EADDRINUSE:
        remedy = f"stop that program or {remedy}"
    return f"{what} needs {host}:{port}, which {reason}: {remedy}."


def free_port() -> int:
    """A loopback port that was free a moment ago; the kernel avoids giving it out again soon."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
