"""`schemas/released/`: a folder for each release, 001 and on, which is never changed again.

Each has the schemas that the release brought or changed, and `log.jsonl`, samples of their events.
`digests.txt` has a line for each, so that whoever touches an old release has to say so twice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.errors import UserError
from deploy.releases.sample_log import SampleRecord, sample_log
from schemas.export import Schema, text_of

LOG = "log.jsonl"
DIGESTS = "digests.txt"


@dataclass(frozen=True, slots=True)
class Release:
    """What a release brought."""

    number: int
    schemas: Mapping[str, Schema]
    log: tuple[SampleRecord, ...]


def releases(folder: Path) -> list[Release]:
    """All of them in their order. Raises UserError where one is not as it was released."""
    digests = (folder / DIGESTS).read_text().splitlines() if (folder / DIGESTS).exists() else []
    numbers = range(1, len(digests) + 1)
    names = {f"{number:03}" for number in numbers}
    for path in sorted(folder.glob("*")):
        if path.name not in {*names, DIGESTS}:
            raise UserError(
                f"{path} is of no release: delete it, and `peripheral schemas release` adds what "
                "is new."
            )
    return [_read(folder, number, digests[number - 1]) for number in numbers]


def newest(found: Iterable[Release]) -> dict[str, Schema]:
    """Each event's schema as of the last of these."""
    return {name: schema for release in found for name, schema in release.schemas.items()}


def add(folder: Path, changed: Mapping[str, Schema]) -> int:
    """Write the next release; its number. Raises NoSampleError."""
    before = releases(folder)
    number = len(before) + 1
    log = sample_log(number, changed, {**newest(before), **changed})
    made = folder / f"{number:03}"
    made.mkdir(parents=True)
    for name, schema in changed.items():
        (made / f"{name}.json").write_text(text_of(schema), encoding="utf-8")
    lines = "".join(f"{record.line()}\n" for record in log)
    (made / LOG).write_text(lines, encoding="utf-8")
    with (folder / DIGESTS).open("a") as digests:
        digests.write(f"{digest_of(made)}\n")
    return number


def _read(folder: Path, number: int, digest: str) -> Release:
    found = folder / f"{number:03}"
    if not found.is_dir() or digest_of(found) != digest:
        raise UserError(
            f"{found} is not what was released: restore it; what is new is the next release's."
        )
    schemas = {
        path.name.removesuffix(".json"): json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(found.glob("*.json"))
    }
    lines = (found / LOG).read_text(encoding="utf-8").split("\n")[:-1]
    return Release(number, schemas, tuple(map(SampleRecord.parse, lines)))


def digest_of(release: Path) -> str:
    """The release's line: its number and the SHA-256 of its files, by name."""
    found = hashlib.sha256()
    for path in sorted(release.iterdir()):
        data = path.read_bytes()
        found.update(f"{path.name} {len(data)}\n".encode() + data)
    return f"{release.name} {found.hexdigest()}"
