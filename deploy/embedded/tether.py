"""Ties a server to its starter, drops root, and becomes the server.

Run as `python -I -S tether.py PARENT SIGNAL UID GID -- PROGRAM ARGUMENT…`. Imports
nothing of ours, since the target user may not be able to read the project. The kernel's
tie has to be asked for by the child itself, and after its change of user, which clears it.
"""

from __future__ import annotations

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1


def main(argv: list[str]) -> None:
    """Replace this process by the program named after `--`; `UID` -1 keeps the user."""
    parent, signal_number, uid, gid = (int(text) for text in argv[:4])
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal_number)
        if os.getppid() != parent:  # it ended before the tie was made
            sys.exit(1)
    program = argv[5:]
    os.execv(program[0], program)  # noqa: S606 -- becoming the program is the point


if __name__ == "__main__":
    main(sys.argv[1:])
