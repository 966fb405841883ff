"""A gate comes back from its snapshot entries as it was."""

from __future__ import annotations

import math

from streams.bars import BarDecoder, LastBar, SeriesGate
from streams.gates import gate_entries, restore_gate, restore_last, save_last
from tests.records import SERIES, walk


def test_a_gate_comes_back_as_it_was() -> None:
    gate = SeriesGate()
    gate.admit(BarDecoder(0, 1).decode(walk(200, seed=6)))
    entries = gate_entries(gate, None)
    assert [name for name, _ in entries] == sorted(f"gate/{series.key}" for series in SERIES)
    restored = restore_gate({name: state for name, state in entries if state is not None})
    assert restored.last == gate.last


def test_only_the_series_that_are_asked_for_are_written() -> None:
    gate = SeriesGate()
    gate.admit(BarDecoder(0, 1).decode(walk(200, seed=6)))
    some = gate_entries(gate, {SERIES[1].key.encode(), b"not/there/1d"})
    assert [name for name, _ in some] == [f"gate/{SERIES[1].key}"]


def test_entries_of_others_are_left_alone() -> None:
    assert restore_gate({"run/x/walk/AAA/1d": b"?"}).last == {}


def test_values_come_back_to_the_bit() -> None:
    last = LastBar(-1, (0.1, -0.0, 5e-324, 1.7976931348623157e308, 2.0**53 + 2), 2**60)
    found = restore_last(save_last(last))
    assert found == last
    assert math.copysign(1, found.values[1]) == -1
