"""Hands out the places of one state block, and the locals, of a program being checked."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.compiler import typed
from sandbox.compiler.syntax import BAR_FIELDS, Span
from sandbox.compiler.typed import Type

WORD_BYTES = 8
HEAD_BYTES = 8  # the count of bars


@dataclass(slots=True)
class Slots:
    """Every slot is a multiple of 8 bytes, in the order in which the program asks."""

    params: list[typed.Param] = field(default_factory=list)
    locals: list[Type] = field(default_factory=list)
    states: list[typed.StateSlot] = field(default_factory=list)
    rings: list[typed.RingSlot] = field(default_factory=list)
    state_bytes: int = HEAD_BYTES
    _pasts: dict[str | int, tuple[int, int, typed.Expression]] = field(default_factory=dict)

    def _take(self, words: int) -> int:
        offset = self.state_bytes
        self.state_bytes += words * WORD_BYTES
        return offset

    def take_param(self) -> int:
        return self._take(1)

    def new_local(self, kind: Type) -> int:
        self.locals.append(kind)
        return len(self.locals) - 1

    def new_state(self, kind: Type, initial: float | int | bool) -> int:
        """The index of a scalar slot that has a local of its own."""
        self.states.append(typed.StateSlot(self._take(1), kind, self.new_local(kind), initial))
        return len(self.states) - 1

    def new_ring(self, capacity: int) -> int:
        self.rings.append(typed.RingSlot(self._take(capacity), capacity))
        return len(self.rings) - 1

    def history_of(self, series: str | int, source: typed.Expression, back_max: int) -> int:
        """The history of a bar field or local; one for all its readers, as long as the
        farthest of them needs, so its place is only known in the end."""
        index, known, _ = self._pasts.get(series, (len(self._pasts), 0, source))
        self._pasts[series] = (index, max(known, back_max), source)
        return index

    @property
    def history_bytes(self) -> int:
        return sum(_power_of_two(back_max) for _, back_max, _ in self._pasts.values()) * WORD_BYTES

    def histories(self) -> tuple[typed.HistorySlot, ...]:
        """Places the histories behind all else; called once, when the body is done."""
        slots = []
        for _, back_max, source in sorted(self._pasts.values(), key=lambda past: past[0]):
            capacity = _power_of_two(back_max)
            slots.append(typed.HistorySlot(self._take(capacity), capacity, source))
        return tuple(slots)


def _power_of_two(least: int) -> int:
    return 1 << (least - 1).bit_length() if least > 1 else 1


def bar_value(field_name: str, span: Span) -> typed.BarValue:
    """bar.time is whole microseconds, the other fields are floats."""
    assert field_name in BAR_FIELDS
    kind = Type.INT if field_name == "time" else Type.FLOAT
    return typed.BarValue(kind, field_name, span)
