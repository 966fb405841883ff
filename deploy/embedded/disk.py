"""Refuses to start servers on a disk that is about to be full."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

from deploy.errors import UserError

FREE_BYTES_MIN = 1 << 30


def require_space(
    folder: Path, free_bytes_min: int = FREE_BYTES_MIN, variable: str = "PERIPHERAL_DATA_DIR"
) -> None:
    """Raise `UserError` when the disk that holds `folder` has less than `free_bytes_min` left.

    `variable` is the setting that moves the folder.
    """
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < free_bytes_min:
        raise UserError(
            f"The disk of {folder} has {free_bytes >> 20} MiB left and at least "
            f"{free_bytes_min >> 20} MiB are needed: free some space, or set "
            f"{variable} to a folder on another disk."
        )


def is_full(error: BaseException | None) -> bool:
    """Whether a full disk or a used-up quota is what `error` came of."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        error = error.__cause__ or error.__context__
    return False
