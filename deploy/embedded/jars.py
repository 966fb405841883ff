"""The broker's jars: fetched once with jgo, each checked against a committed sha256.

Consumes `kafka.sha256` (lines `<sha256>  <path in a Maven repository>`, in class path
order); produces those files under `<runtime>/maven/`. Everything a jar needs is in the
list, so nothing is resolved at run time and a changed description elsewhere can't add to
it. `python -m deploy.embedded.jars` resolves anew and prints a list to commit. A mirror is
set where jgo reads it: `[repositories]` in its own configuration file.
"""

from __future__ import annotations

import fcntl
import hashlib
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.embedded.disk import is_full, require_space
from deploy.errors import UserError

if TYPE_CHECKING:
    from jgo.maven import MavenContext

ENDPOINT = "org.apache.kafka:kafka_2.13:4.4.0+org.slf4j:slf4j-simple:1.7.36"
PINS_PATH = Path(__file__).with_name("kafka.sha256")
_DOWNLOADS_AT_ONCE = 8
_ATTEMPTS = 3

Progress = Callable[[int, int], None]
"""Called with (jars here, jars in all)."""


@dataclass(frozen=True)
class Pin:
    """One jar: its sha256 in hex and its path below a Maven repository's root."""

    sha256: str
    path: str

    @property
    def coordinates(self) -> tuple[str, str, str]:
        """(group, artifact, version), as the path spells them."""
        *group, artifact, version, _ = self.path.split("/")
        return ".".join(group), artifact, version


def parse_pins(text: str) -> list[Pin]:
    """Read the lines of a pin file. Raises `ValueError` with the number of a malformed line."""
    pins = []
    for number, line in enumerate(text.splitlines(), start=1):
        digest, _, path = line.partition("  ")
        if len(digest) != 64 or set(digest) - set("0123456789abcdef") or path.count("/") < 3:
            raise ValueError(f"line {number} is not `<sha256>  <path>`: {line!r}")
        pins.append(Pin(digest, path))
    return pins


def ensure_jars(runtime_dir: Path, progress: Progress, pins_path: Path = PINS_PATH) -> list[Path]:
    """The class path, after fetching what is missing; every jar is hashed at every start.

    Raises `UserError` when a jar can't be fetched or kept, or is not the pinned one.
    """
    root = runtime_dir / "maven"
    pins = parse_pins(pins_path.read_text())
    with exclusively(runtime_dir / "maven.lock"), ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as pool:
        wrong = [
            pin
            for pin, right in zip(pins, pool.map(_checker(root), pins), strict=True)
            if not right
        ]
        if wrong:
            require_space(runtime_dir, variable="PERIPHERAL_RUNTIME_DIR")
            context = _maven(root)
            for pin in wrong:
                (root / pin.path).unlink(missing_ok=True)  # cut short, or another file
            here = len(pins) - len(wrong)
            progress(here, len(pins))
            for _ in pool.map(lambda pin: _fetch(context, root, pin), wrong):
                here += 1
                progress(here, len(pins))
    return [root / pin.path for pin in pins]


@contextmanager
def exclusively(lock_path: Path) -> Iterator[None]:
    """Hold a lock between processes: two first starts must not write the same files."""
    lock_path.parent.mkdir(parents=True, exist_ok=True)
    with lock_path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def sha256_of(path: Path) -> str:
    """The file's sha256 in hex. Raises `OSError`."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _checker(root: Path) -> Callable[[Pin], bool]:
    def right(pin: Pin) -> bool:
        path = root / pin.path
        return path.is_file() and sha256_of(path) == pin.sha256

    return right


def _fetch(context: MavenContext, root: Path, pin: Pin) -> None:
    group, artifact, version = pin.coordinates
    path = root / pin.path
    for attempt in range(_ATTEMPTS):
        try:
            context.project(group, artifact).at_version(version).artifact().resolve()
            break
        except Exception as error:
            path.unlink(missing_ok=True)  # jgo leaves what it has of a broken transfer
            if is_full(error):
                raise UserError(
                    f"The disk of {root} is full, so the broker's {path.name} could not be "
                    "kept: free some space, or set PERIPHERAL_RUNTIME_DIR to a folder on "
                    "another disk."
                ) from error
            if attempt + 1 == _ATTEMPTS:
                raise UserError(
                    f"The broker's {path.name} could not be fetched "
                    f"({type(error).__name__}: {error}): check the network or the proxy and "
                    "start again; what has arrived is kept."
                ) from error
            time.sleep(0.5 * 2**attempt)
    found = sha256_of(path)
    if found != pin.sha256:
        path.unlink()
        raise UserError(
            f"{path.name} is not the file that Peripheral was tested with (sha256 "
            f"{found[:16]}… instead of {pin.sha256[:16]}…), so it was deleted: find out what "
            "the repository or the mirror delivers before starting again."
        )


def _maven(root: Path) -> MavenContext:
    from jgo.config import GlobalSettings  # slow to import, and needed on the first start only
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext

    remote = {"central": MAVEN_CENTRAL_URL, **GlobalSettings.load().repositories}
    return MavenContext(repo_cache=root, remote_repos=remote, timeout=60)


def _print_pins() -> None:
    """Resolve `ENDPOINT` with all it needs and print a pin file, sorted by path."""
    import tempfile

    from jgo.env import EnvironmentBuilder, LinkStrategy

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "maven"
        builder = EnvironmentBuilder(
            context=_maven(root), cache_dir=Path(folder) / "env", link_strategy=LinkStrategy.COPY
        )
        names = {jar.name for jar in builder.from_endpoint(ENDPOINT).all_jars}
        for path in sorted(root.rglob("*.jar")):
            if path.name in names:
                sys.stdout.write(f"{sha256_of(path)}  {path.relative_to(root).as_posix()}\n")


if __name__ == "__main__":
    _print_pins()
