"""Where a command is to write its result: refused before the run, which may take hours."""

from __future__ import annotations

import os
from pathlib import Path

from deploy.errors import UserError


def check_file(option: str, path: Path | None) -> None:
    """Raises UserError where a file can't be written there."""
    if path is None:
        return
    if path.is_dir():
        raise UserError(f"{option}: {path} is a folder: name a file in it.")
    if not path.parent.is_dir():
        raise UserError(f"{option}: {path} can't be written: there is no folder {path.parent}.")
    _check_allowed(option, path, path if path.exists() else path.parent)


def check_folder(option: str, path: Path | None) -> None:
    """The same of a folder, which is made with all above it."""
    if path is None:
        return
    there = next(each for each in (path, *path.absolute().parents) if each.exists())
    if not there.is_dir():
        raise UserError(f"{option}: {there} is a file: name a folder.")
    _check_allowed(option, path, there)


def _check_allowed(option: str, path: Path, there: Path) -> None:
    if not os.access(there, os.W_OK):
        raise UserError(f"{option}: {path} can't be written: {there} is not yours to write.")
