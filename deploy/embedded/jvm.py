"""The broker's Java command line, with class data sharing once an archive of it is there.

Loading Kafka's classes is half of its start. The JVM can write them to an archive when it
exits: the first run of a broker does, and later ones start in half the time. An archive
is good for one Java and one class path, so it lies in a folder named after both.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.embedded.java import Java

_HEAP = ["-Xms128m", "-Xmx512m", "-XX:+UseSerialGC"]
_LOGGING = [
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ",
]


@dataclass(frozen=True)
class Jvm:
    """One Java with one class path; archives lie in `archive_dir`."""

    java: Java
    class_path: tuple[Path, ...]
    archive_dir: Path

    @property
    def archive(self) -> Path:
        """The archive of Kafka's classes; absent before the first broker ended well."""
        return self.archive_dir / "kafka.jsa"

    @property
    def base_archive(self) -> Path:
        """The archive of Java's own classes that `archive` builds upon."""
        return self.archive_dir / "java.jsa"

    def draft(self) -> Path:
        """Where this process lets its broker write an archive; several may be at it."""
        return self.archive_dir / f"kafka-{os.getpid()}.jsa"

    def command(self, main_class: str, *arguments: str, record: bool = False) -> list[str]:
        """An argument list; `record` makes a run without an archive write one as it ends."""
        if self.archive.exists():
            sharing = [f"-XX:SharedArchiveFile={self.archive}", "-Xshare:auto"]
        elif self.base_archive.exists():
            sharing = [f"-XX:SharedArchiveFile={self.base_archive}", "-Xshare:auto"]
            sharing += [f"-XX:ArchiveClassesAtExit={self.draft()}"] if record else []
        else:
            sharing = []
        class_path = os.pathsep.join(map(str, self.class_path))
        quiet = ["-Xlog:cds=off", "-Xlog:cds+dynamic=off", "-Xlog:class+path=off"]
        return [
            str(self.java.path), *_HEAP, *sharing, *quiet, *_LOGGING, "-cp", class_path,
            main_class, *arguments,
        ]  # fmt: skip

    def prepare(self) -> None:
        """Write the archive of Java's own classes; a Java that can't goes without."""
        for draft in self.archive_dir.glob("kafka-*.jsa"):
            if not psutil.pid_exists(int(draft.stem.removeprefix("kafka-"))):
                draft.unlink(missing_ok=True)  # its broker was killed while it wrote
        if self.base_archive.exists() or self.archive.exists():
            return
        self.archive_dir.mkdir(parents=True, exist_ok=True)
        draft = self.archive_dir / f"java-{os.getpid()}.jsa"
        subprocess.run(
            [str(self.java.path), *_HEAP, f"-XX:SharedArchiveFile={draft}", "-Xshare:dump"],
            capture_output=True,
            timeout=60,
            check=False,
        )
        if draft.exists():
            draft.replace(self.base_archive)

    def keep_recording(self) -> None:
        """After a recorded run has ended well: its archive serves from now on."""
        if self.draft().exists():
            self.draft().replace(self.archive)


def jvm_for(java: Java, class_path: list[Path], runtime_dir: Path) -> Jvm:
    """The JVM for `class_path`, its archives kept apart from any other Java's."""
    identity = "\n".join([java.banner, str(java.path), *map(str, class_path), *_HEAP])
    name = hashlib.sha256(identity.encode()).hexdigest()[:16]
    return Jvm(java, tuple(class_path), runtime_dir / f"cds-{name}")
