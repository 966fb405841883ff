"""A series' place in a gate as bytes, for the snapshot entries of folds that judge bars."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from streams.bars import LastBar, SeriesGate, Values
from streams.snapshots import Entry

GATE_PREFIX = "gate/"


def gate_entries(gate: SeriesGate, keys: set[bytes] | None) -> list[Entry]:
    """The entries of these series, or of all of them (None), in key order."""
    return [
        (GATE_PREFIX + key.decode(), save_last(last))
        for key, last in sorted(gate.last.items())
        if keys is None or key in keys
    ]


def restore_gate(entries: Mapping[str, bytes]) -> SeriesGate:
    """The gate that these snapshot entries hold."""
    gate = SeriesGate()
    for name, state in entries.items():
        if name.startswith(GATE_PREFIX):
            gate.last[name.removeprefix(GATE_PREFIX).encode()] = restore_last(state)
    return gate


def save_last(last: LastBar) -> bytes:
    return msgspec.msgpack.encode((last.ts, last.values, last.next_offset))


def restore_last(state: bytes) -> LastBar:
    return LastBar(*msgspec.msgpack.decode(state, type=tuple[int, Values, int]))
