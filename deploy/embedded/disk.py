"""Refuses to start servers on a disk that is about to be full."""

from __future__ import annotations

import shutil
from pathlib import Path

from deploy.errors import UserError

FREE_BYTES_MIN = 1 << 30


def require_space(folder: Path, free_bytes_min: int = FREE_BYTES_MIN) -> None:
    """Raise `UserError` when the disk that holds `folder` has less than `free_bytes_min` left."""
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < free_bytes_min:
        raise UserError(
            f"The disk of {folder} has {free_bytes >> 20} MiB left and at least "
            f"{free_bytes_min >> 20} MiB are needed: free some space, or set "
            "PERIPHERAL_DATA_DIR to a folder on another disk."
        )
