"""A partition's gate as snapshot entries: one per series, of those that have moved."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from streams.bars import LastBar, SeriesGate, Values
from streams.snapshots import Entry

GATE_PREFIX = "gate/"


def gate_entries(gate: SeriesGate, keys: set[bytes] | None) -> list[Entry]:
    """The entries of these series, or of all of them (None), in key order."""
    return [
        (
            GATE_PREFIX + key.decode(),
            msgspec.msgpack.encode((last.ts, last.values, last.next_offset)),
        )
        for key, last in sorted(gate.last.items())
        if keys is None or key in keys
    ]


def restore_gate(entries: Mapping[str, bytes]) -> SeriesGate:
    """The gate that these snapshot entries hold."""
    gate = SeriesGate()
    for name, state in entries.items():
        if name.startswith(GATE_PREFIX):
            ts, values, next_offset = msgspec.msgpack.decode(state, type=tuple[int, Values, int])
            gate.last[name.removeprefix(GATE_PREFIX).encode()] = LastBar(ts, values, next_offset)
    return gate
