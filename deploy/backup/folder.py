"""Backups in a folder of this machine's file systems."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from deploy.backup.place import Kept, Sink, Source
from deploy.errors import UserError

_DRAFT_SUFFIX = ".part"


class Folder:
    """A place that is a folder, made when it is first written to."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def where(self) -> str:
        return str(self._root)

    @contextmanager
    def create(self, path: str) -> Iterator[Sink]:
        target = self._root / path
        draft = target.with_name(target.name + _DRAFT_SUFFIX)
        with self._told():
            self._make(draft.parent)
            with draft.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            draft.replace(target)
            _settle(target.parent)

    @contextmanager
    def open(self, path: str) -> Iterator[Source]:
        with self._told(), (self._root / path).open("rb") as file:
            yield file

    def folders(self) -> list[str]:
        with self._told():
            if not self._root.is_dir():
                return []
            return sorted(each.name for each in self._root.iterdir() if each.is_dir())

    def files(self, folder: str) -> dict[str, Kept]:
        found = {}
        with self._told():
            for each in sorted((self._root / folder).rglob("*")):
                if each.is_file():
                    state = each.stat()
                    changed = datetime.fromtimestamp(state.st_mtime, UTC)
                    name = each.relative_to(self._root / folder).as_posix()
                    found[name] = Kept(state.st_size, changed)
        return found

    def delete(self, folder: str, first: str) -> None:
        with self._told():
            (self._root / folder / first).unlink(missing_ok=True)
            _settle(self._root / folder)
            shutil.rmtree(self._root / folder)

    def _make(self, folder: Path) -> None:
        """Raises `UserError` where there can be none, as where a link leads nowhere."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except (FileNotFoundError, FileExistsError) as error:
            raise UserError(
                f"{self._root} can't be used for backups: it is no folder, and none can be made."
            ) from error

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except OSError as error:
            where = error.filename or self._root
            raise UserError(
                f"{where} can't be used for backups: {error.strerror or error}."
            ) from error


def _settle(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
