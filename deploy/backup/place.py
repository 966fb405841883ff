"""Where backups lie, a folder each: in a folder, or in S3-compatible storage."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from deploy.errors import UserError
from streams.settings import BackupSettings

S3_PREFIX = "s3://"


class Sink(Protocol):
    """Takes the bytes of one file."""

    def write(self, data: bytes, /) -> object: ...


class Source(Protocol):
    """Gives the bytes of one file; b"" at its end."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that is there."""

    bytes: int
    changed: datetime


class Place(Protocol):
    """Paths are relative, with slashes: `FOLDER/FILE`, `FOLDER/log/TOPIC/0.zst`.

    Each method raises `UserError` where the place can't be used.
    """

    @property
    def where(self) -> str:
        """As the user writes it."""

    def create(self, path: str) -> AbstractContextManager[Sink]:
        """A new file, which is there, whole and to stay, once the context has ended well."""

    def open(self, path: str) -> AbstractContextManager[Source]:
        """A file to read. Raises FileNotFoundError."""

    def folders(self) -> list[str]:
        """The names of the folders."""

    def files(self, folder: str) -> dict[str, Kept]:
        """All files below a folder, by their paths in it."""

    def delete(self, folder: str, first: str) -> None:
        """Delete a folder with all below, beginning with the file `first`."""


def open_place(where: str, settings: BackupSettings) -> Place:
    """The place that `where` names: a folder, or `s3://bucket/prefix`. Raises `UserError`."""
    if where.startswith(S3_PREFIX):
        from deploy.backup.bucket import open_bucket  # boto3's import takes half a second

        return open_bucket(where, settings)
    if "://" in where:
        raise UserError(f"{where} is no place for backups: give a folder, or s3://bucket/prefix.")
    from deploy.backup.folder import Folder

    return Folder(Path(where).expanduser().absolute())
