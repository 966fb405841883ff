"""Bundles for tests: of a log in memory, whole or taken apart and put together otherwise."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import zstandard
from click.testing import CliRunner, Result

from deploy.commands.verify_receipts import command
from deploy.progress import Bar
from deploy.receipts.bundle import read_manifest
from deploy.receipts.chosen import period_of
from deploy.receipts.export import Asked, export
from deploy.receipts.format import (
    MAGIC,
    Kept,
    Part,
    decode_records,
    encode_record,
    head_line,
)
from deploy.receipts.keys import make_keys, read_private
from tests.processors.evaluation.lying import LyingLog, sample

SOME = ("bands", "cross", "early", "watchful")
"""Of the sample, without one that has its place before two of them."""


def asked(out: Path, **changes: Any) -> Asked:
    given: dict[str, Any] = {"deployments": SOME, "begin": None, "end": None, "sign": None}
    given |= {"with_source": False, "data_dir": None}
    return Asked(out=out, **{**given, **changes})


def exported(out: Path, log: LyingLog | None = None, **changes: Any) -> Path:
    """The bundle of a log, the sample unless told otherwise, written there."""
    given = asked(out, **changes)
    key = None if given.sign is None else read_private(given.sign)
    period = period_of(given.begin, given.end)
    with Bar("test") as bar:
        asyncio.run(export(log or sample(), given, period, key, bar))
    return out


@cache
def signed_bundle() -> bytes:
    """The sample's, signed by a key that is gone."""
    with TemporaryDirectory() as folder:
        key = Path(folder) / "private.pem"
        make_keys(key)
        return exported(Path(folder) / "b.receipts", sign=key).read_bytes()


def verified(bundle: Path | bytes, *more: str) -> Result:
    """`peripheral verify-receipts` of it."""
    with TemporaryDirectory() as folder:
        path = bundle if isinstance(bundle, Path) else Path(folder) / "b.receipts"
        if isinstance(bundle, bytes):
            path.write_bytes(bundle)
        return CliRunner().invoke(command, [str(path), *more], standalone_mode=False)


def told(bundle: Path | bytes, *more: str) -> dict[str, Any]:
    """What it says as JSON."""
    done = verified(bundle, "--json", *more)
    assert done.exception is None, done.exception
    found: dict[str, Any] = json.loads(done.stdout)
    assert done.return_value == int(not found["holds"])
    return found


@dataclass
class Pieces:
    """A bundle taken apart. parts: unpacked, by topic and partition."""

    manifest: dict[str, Any]
    parts: dict[tuple[str, int], bytes]
    packed: dict[tuple[str, int], bytes] = field(default_factory=dict)
    """Instead of what packing gives."""

    change: Callable[[dict[str, Any]], object] = lambda _: None
    """Made to the manifest once all in it is right."""

    def bytes(self) -> bytes:
        """Put together again, with hashes and lengths that are right, signed by nobody."""
        body, described = [], []
        for told in self.manifest["parts"]:
            place = told["topic"], told["partition"]
            packed = self.packed.get(place)
            size = told["bytes"] if packed is not None else len(self.parts[place])
            packed = zstandard.compress(self.parts[place]) if packed is None else packed
            right = {"compressed_bytes": len(packed), "sha256": sha256(packed).hexdigest()}
            described.append({**told, **right, "bytes": size})
            body.append(packed)
        manifest = {**self.manifest, "parts": described, "signed_by": None}
        self.change(manifest)
        data = json.dumps(manifest).encode()
        return MAGIC + head_line(data) + data + b"".join(body)

    def replace(self, place: tuple[str, int], change: Callable[[list[Kept]], list[Kept]]) -> None:
        """Put other records in the place of a part's."""
        told = next(p for p in self.manifest["parts"] if (p["topic"], p["partition"]) == place)
        records = change(list(decode_records(Part(**told), iter([self.parts[place]]))))
        self.parts[place] = b"".join(encode_record(each, each.value) for each in records)
        told["records"] = len(records)


def taken_apart(bundle: bytes) -> Pieces:
    """Of a bundle that is whole."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "b"
        path.write_bytes(bundle)
        with path.open("rb") as file:
            manifest, at = read_manifest(file), file.tell()
    parts = {}
    for part in manifest.parts:
        packed = bundle[at : at + part.compressed_bytes]
        parts[part.topic, part.partition] = (
            zstandard.ZstdDecompressor().decompressobj().decompress(packed)
        )
        at += part.compressed_bytes
    return Pieces(manifest.model_dump(mode="json"), parts)


def with_manifest(change: Callable[[dict[str, Any]], object]) -> bytes:
    """The sample's bundle with another manifest, whose hash is right."""
    pieces = taken_apart(signed_bundle())
    pieces.change = change
    return pieces.bytes()


def with_records(place: tuple[str, int], change: Callable[[list[Kept]], list[Kept]]) -> bytes:
    """The sample's bundle with other records, whose hashes are right."""
    pieces = taken_apart(signed_bundle())
    pieces.replace(place, change)
    return pieces.bytes()
