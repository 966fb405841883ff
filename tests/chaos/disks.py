"""Disks of their own for servers, that can be filled up and slowed down: a file as a loop device.

Needs root on Linux, and for a slow disk the blkio controller of cgroups; a test is skipped without.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

BLKIO = Path("/sys/fs/cgroup/blkio")
PIECE_BYTES = 4096


@dataclass(frozen=True)
class Disk:
    """A file system at `folder`."""

    folder: Path

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"

    def fill(self) -> None:
        """Leave no byte."""
        with self._ballast.open("ab", buffering=0) as file:
            # Extents take some of it, so only most can be asked for at once.
            os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(self.folder).free * 9 // 10)
            file.seek(0, os.SEEK_END)
            with suppress(OSError):
                while file.write(b"\0" * PIECE_BYTES):
                    pass

    def free(self) -> None:
        """Give it all back."""
        self._ballast.unlink()

    @contextmanager
    def slow(self, processes: Iterable[psutil.Process], writes_per_s: int) -> Iterator[None]:
        """Let these processes, and what they start, write so often only."""
        device = self.folder.stat().st_dev
        group = BLKIO / f"chaos-{uuid.uuid4().hex[:8]}"
        try:
            group.mkdir()
            limit = f"{os.major(device)}:{os.minor(device)} {writes_per_s}"
            (group / "blkio.throttle.write_iops_device").write_text(limit)
        except OSError as error:
            pytest.skip(f"no disk can be slowed down here: {error}")
        try:
            move(processes, group)
            yield
        finally:
            pids = (group / "cgroup.procs").read_text().split()
            move((psutil.Process(int(pid)) for pid in pids), BLKIO)
            group.rmdir()


def move(processes: Iterable[psutil.Process], group: Path) -> None:
    for process in processes:
        (group / "cgroup.procs").write_text(str(process.pid))


@contextmanager
def disk_at(folder: Path, image: Path, mebibytes: int) -> Iterator[Disk]:
    """Put the folder, with what is in it, on a disk of that size, kept in the file `image`."""
    with image.open("wb") as file:
        file.truncate(mebibytes << 20)
    aside = folder.with_name(folder.name + ".aside")
    folder.rename(aside)
    folder.mkdir()
    try:
        run("mkfs.ext4", "-q", "-m", "0", str(image))
        run("mount", "-o", "loop", str(image), str(folder))
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no disk can be made here: {error}")
    try:
        (folder / "lost+found").rmdir()
        run("cp", "-a", f"{aside}/.", str(folder))
        shutil.rmtree(aside)
        yield Disk(folder)
    finally:
        run("umount", str(folder))
        image.unlink()


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=60)
