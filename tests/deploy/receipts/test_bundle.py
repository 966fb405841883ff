"""A bundle in which anything was changed is refused, and none can take more than it may."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st

from deploy.receipts.bundle import BundleSource
from deploy.receipts.format import (
    EVENTS_BYTES_MAX,
    MAGIC,
    MANIFEST_BYTES_MAX,
    RECORD_BYTES_MAX,
    BundleError,
    Kept,
    head_line,
)
from deploy.receipts.keys import make_keys
from schemas.events.signals import HASH_CHARS, HASH_END, sealed
from schemas.events.strategies import StrategyCompiled
from streams.catalog import ACTIVATIONS, BARS, DEPLOYMENTS, SIGNALS, VERSIONS
from tests.deploy.receipts.bundles import (
    exported,
    signed_bundle,
    taken_apart,
    told,
    with_manifest,
    with_records,
)
from tests.processors.evaluation.lying import sample

Manifest = dict[str, Any]
PRICES = ("open", "high", "low", "close")
SIGNED, BARRED, ACTIVE = (SIGNALS.name, 1), (BARS.name, 1), (ACTIVATIONS.name, 1)


def refusal(data: bytes, *more: str) -> str:
    """Why a bundle is refused; it must be."""
    found = told(data, *more)
    assert not found["holds"] and found["refused"] is not None, found
    return str(found["refused"])


def edge_places() -> list[int]:
    """In each piece of the file the first byte and the last."""
    data = signed_bundle()
    line = data.index(b"\n", len(MAGIC))
    size = int(data[len(MAGIC) : line].split()[0])
    ends = [len(MAGIC), line + 1, line + 1 + size, line + 1 + size + 64]
    for part in taken_apart(data).manifest["parts"]:
        ends.append(ends[-1] + part["compressed_bytes"])
    assert ends[-1] == len(data)
    return [0, *(end - 1 for end in ends), *ends[:-1]]


def with_byte(place: int, by: int) -> bytes:
    changed = bytearray(signed_bundle())
    changed[place] ^= by
    return bytes(changed)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "b.receipts"


def test_a_byte_changed_at_any_edge_is_found(path: Path) -> None:
    for place in edge_places():
        for by in (1, 0x20, 0x80):
            path.write_bytes(with_byte(place, by))
            with pytest.raises(BundleError):
                BundleSource(path)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(place=st.integers(0, len(signed_bundle()) - 1), by=st.integers(1, 255))
@example(place=len(signed_bundle()) - 1, by=1)
def test_a_byte_changed_anywhere_is_found(
    place: int, by: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "flipped.receipts"
    path.write_bytes(with_byte(place, by))
    with pytest.raises(BundleError):
        BundleSource(path)


def test_an_unsigned_bundle_shows_a_changed_byte_too(path: Path, tmp_path: Path) -> None:
    data = exported(tmp_path / "whole.receipts").read_bytes()
    chance = random.Random(1)
    for _ in range(200):
        changed = bytearray(data)
        changed[chance.randrange(len(data))] ^= chance.randrange(1, 256)
        path.write_bytes(changed)
        with pytest.raises(BundleError):
            BundleSource(path)


@pytest.mark.parametrize("cut", [0, 5, 60, 3_000, -100, -1])
def test_a_bundle_that_is_cut_short_or_longer_is_refused(cut: int) -> None:
    refusal(signed_bundle()[:cut])
    assert "follows behind its last part" in refusal(signed_bundle() + b"\0")


CHANGES: list[tuple[str, Callable[[Manifest], object]]] = [
    ("names something twice", lambda m: m["parts"].append(m["parts"][0])),
    ("names something twice", lambda m: m["deployments"].append("cross")),
    ("other topics", lambda m: m["parts"][0].update(topic="chat.turns.v1")),
    ("other topics", lambda m: m["parts"][0].update(topic="../../etc/passwd")),
    ("Extra inputs", lambda m: m.update(more=1)),
    ("valid integer", lambda m: m.update(log_partitions="2")),
    ("less than or equal to 256", lambda m: m.update(log_partitions=10**9)),
    ("more partitions than its log", lambda m: m.update(log_partitions=1)),
    ("deployments that it does not have", lambda m: m["deployments"].append("ghost")),
    ("deployments that it does not have", lambda m: m["deployments"].remove("cross")),
    ("records that it is not about", lambda m: m.update(begin_us=1_640_000_000_000_000)),
    ("bars that it is not about", lambda m: m["partitions"][1].update(until_offset=9)),
    ("at least 1 item", lambda m: m.update(deployments=[])),
    ("Field required", lambda m: m.pop("partitions")),
]


@pytest.mark.parametrize(("why", "change"), CHANGES)
def test_a_manifest_that_is_wrong_is_refused(
    why: str, change: Callable[[Manifest], object]
) -> None:
    assert why in refusal(with_manifest(change))


def test_a_manifest_of_any_nesting_or_size_is_refused() -> None:
    deep = b"[" * 1_000_000
    assert "manifest is wrong" in refusal(MAGIC + head_line(deep) + deep)
    line = f"{MANIFEST_BYTES_MAX + 1} {'0' * 64}\n".encode()
    assert "its manifest would have" in refusal(MAGIC + line)
    for line in (b"-1 " + b"0" * 64, b"1e9 " + b"0" * 64, b"9" * 4_000):
        assert "second line" in refusal(MAGIC + line + b"\n")
    assert "first line" in refusal(b"PK\3\4" + bytes(1_000))


def packed_as(place: tuple[str, int], packed: bytes, size: int) -> bytes:
    """The sample's bundle with a part that says it unpacks to that size."""
    pieces = taken_apart(signed_bundle())
    pieces.packed[place] = packed
    for part in pieces.manifest["parts"]:
        if (part["topic"], part["partition"]) == place:
            part["bytes"] = size
    return pieces.bytes()


def test_a_part_can_not_unpack_to_more_than_it_says_nor_say_too_much() -> None:
    bomb = zstandard.compress(bytes(300_000_000))
    said = "would be 300,000,000 bytes of "
    assert said in refusal(packed_as(BARRED, bomb, 300_000_000))
    packed = zstandard.compress(framed(0, 0, b"k", bytes(2_000_000), []))
    assert "unpacks to more than 100,000 bytes" in refusal(packed_as(BARRED, packed, 100_000))
    assert "are over" in refusal(packed_as((VERSIONS.name, 1), bomb, EVENTS_BYTES_MAX))
    fewer = zstandard.compress(b"")
    assert "fewer than" in refusal(packed_as(BARRED, fewer, 10))
    assert "can't be unpacked" in refusal(packed_as(BARRED, b"no zstd", 7))


def test_a_window_that_takes_much_memory_is_refused() -> None:
    params = zstandard.ZstdCompressionParameters.from_level(3, window_log=27, enable_ldm=True)
    noise = random.Random(2).randbytes(9_000_000)
    packed = zstandard.ZstdCompressor(compression_params=params).compress(noise)
    assert "can't be unpacked" in refusal(packed_as(BARRED, packed, len(noise)))


def records_as(place: tuple[str, int], change: Callable[[bytes], bytes]) -> bytes:
    pieces = taken_apart(signed_bundle())
    pieces.parts[place] = change(pieces.parts[place])
    return pieces.bytes()


def framed(*fields: Any) -> bytes:
    data = msgspec.msgpack.encode(fields)
    return len(data).to_bytes(4, "big") + data


@pytest.mark.parametrize(
    ("why", "data"),
    [
        (f"would have {RECORD_BYTES_MAX + 1:,} bytes", (RECORD_BYTES_MAX + 1).to_bytes(4, "big")),
        ("would have 4,294,967,295 bytes", b"\xff" * 4),
        ("is none", framed(1, 2, 3)),
        ("is none", framed("0", 0, b"", b"", [])),
        ("is none", framed(-1, 0, b"", b"", [])),
        ("is none", framed(2**63, 0, b"", b"", [])),
        ("is none", framed(0, 0, b"", b"", [["h", "text"]])),
        ("is none", b"\0\0\0\1\xc1"),
        ("is none", b"\0\0\x10\0" + b"\x91" * 4_096),
        ("has not the", b""),
        ("has not the", b"\0\0\0\x09\1"),
    ],
)
def test_records_that_are_none_are_refused(why: str, data: bytes) -> None:
    assert why in refusal(records_as(BARRED, lambda _: data))
    assert why in refusal(records_as(ACTIVE, lambda _: data))


def test_records_that_are_no_events_of_their_topic_are_refused() -> None:
    one = framed(0, 0, b"cross", b"{}", [])
    assert "is no event" in refusal(records_as(ACTIVE, lambda _: one))
    assert "is no event" in refusal(records_as((DEPLOYMENTS.name, 1), lambda _: one))


def test_records_twice_or_out_of_order_are_refused() -> None:
    assert "not in their order" in refusal(records_as(BARRED, lambda data: data + data))


def test_bars_of_series_that_nobody_runs_on_are_refused(tmp_path: Path) -> None:
    early = exported(tmp_path / "early.receipts", deployments=("early",)).read_bytes()
    pieces = taken_apart(early)
    pieces.replace(BARRED, lambda records: [each._replace(key=b"walk/Z/1d") for each in records])
    assert "bars that it is not about" in refusal(pieces.bytes())


def test_a_module_that_is_not_its_hash_is_not_run() -> None:
    events = [event for n in range(2) for event in sample().events(VERSIONS.name, n)]
    versions = {each.strategy_id: each for each in events if isinstance(each, StrategyCompiled)}
    right = versions["watchful"].wasm_sha256.encode()

    def change(records: list[Kept]) -> list[Kept]:
        return [
            each._replace(value=(each.value or b"").replace(right, b"0" * 64)) for each in records
        ]

    parts = taken_apart(signed_bundle()).parts
    (place,) = [each for each in parts if each[0] == VERSIONS.name and right in parts[each]]
    found = told(with_records(place, change))
    assert not found["holds"] and "another SHA-256" in found["unverifiable"]["watchful"]


def sealed_anew(record: Kept) -> Kept:
    """A signal with another price, whose hash is right."""
    forged = re.sub(rb'"price":[^,]+', b'"price":1.5', record.value or b"")
    value, _ = sealed(forged[: -len(HASH_END) - HASH_CHARS] + HASH_END)
    return record._replace(value=value)


def test_what_somebody_else_put_together_anew_is_told_by_the_run_and_by_the_key(
    tmp_path: Path,
) -> None:
    data = with_records(SIGNED, lambda records: [sealed_anew(records[0]), *records[1:]])
    found = told(data)
    assert not found["holds"] and found["refused"] is None
    assert [each["kind"] for each in found["differences"]] == ["changed"]
    make_keys(tmp_path / "mine.pem")
    assert "not signed by" in refusal(data, "--key", str(tmp_path / "mine.pub.pem"))
    assert "not signed by" in refusal(signed_bundle(), "--key", str(tmp_path / "mine.pub.pem"))


def test_a_record_left_out_or_a_bar_put_in_is_found_by_the_run() -> None:
    found = told(with_records(SIGNED, lambda records: records[:5] + records[6:]))
    assert [each["kind"] for each in found["differences"]] == ["missing"]

    def higher(record: Kept) -> Kept:
        bar = json.loads(record.value or b"{}")
        if "close" in bar:
            bar = {name: value * 2 if name in PRICES else value for name, value in bar.items()}
        return record._replace(value=json.dumps(bar).encode())

    found = told(
        with_records(BARRED, lambda records: [*records[:200], *map(higher, records[200:])])
    )
    assert found["differences"]


def test_a_bundle_whose_strategies_take_too_much_memory_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("deploy.receipts.verify.MEMORY_BYTES_MAX", 10_000)
    assert "take more than 10,000 bytes" in refusal(signed_bundle())


def test_a_bundle_of_too_many_series_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.receipts.bundle.SERIES_MAX", 3)
    assert "more than 3 series" in refusal(signed_bundle())
