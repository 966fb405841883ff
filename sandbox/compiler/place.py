"""typed → placed: a frame for every call, the size of every array, one block for all.

Walks the calls from on_bar down, with the range of every length as each call gives it. What
is too large or out of range is reported here, at the user's line.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sandbox.abi import SHARED_BYTES
from sandbox.compiler import typed
from sandbox.compiler.limits import Limits
from sandbox.compiler.once import once
from sandbox.compiler.placed import (
    WORD_BYTES,
    Array,
    Frame,
    FrameShape,
    Placement,
    head_bytes,
    shape_of,
)
from sandbox.compiler.ranges import whole_range
from sandbox.compiler.report import Report
from sandbox.compiler.semantics import NA
from sandbox.compiler.syntax import Span
from sandbox.compiler.typed import Type
from sandbox.compiler.walk import statements, walk

_NA_WORD = int.from_bytes(struct.pack("<d", NA), "little")
Ranges = Mapping[int, tuple[int, int]]


def place(program: typed.Program, limits: Limits, report: Report) -> Placement | None:
    """The places of everything that lives from bar to bar; None when the report has findings."""
    placer = _Placer(program, limits, report)
    reads_fills = any(map(_reads_fills, program.functions))
    *params, head = (
        head_bytes(reads_fills=reads_fills, params=count)
        for count in range(len(program.params) + 1)
    )
    on_bar = program.on_bar
    placer.next_array = head + shape_of(on_bar).size
    if on_bar.cost > limits.bar_budget:
        placer.refuse(
            on_bar.span,
            "strategy-too-large",
            f"One bar takes more than {limits.bar_budget:,} operations.",
            "Call fewer functions; a loop is counted as it runs.",
        )
        return None
    _check_common(program.common)
    root = placer.frame(on_bar, head, {}, Span(1, 1, 1, 1))
    if report:
        return None
    return Placement(
        reads_fills=reads_fills,
        params=tuple(params),
        root=root,
        state_bytes=placer.next_array,
        initial=tuple(sorted(placer.initial)),
        float_words=tuple(sorted(placer.float_words)),
    )


def word_of(value: float | int | bool, kind: Type) -> int:
    """The 8 bytes of a state slot, as a little-endian number."""
    packed = struct.pack("<d", value) if kind is Type.FLOAT else struct.pack("<q", int(value))
    return int.from_bytes(packed, "little")


@once
def _reads_fills(function: typed.Function) -> bool:
    return any(isinstance(node, typed.FillValue) for node in walk(function.body))


@dataclass(frozen=True, slots=True)
class _Site:
    """A call. whole: what its callee's arguments that are whole numbers are given."""

    callee: typed.Function
    whole: tuple[tuple[int, typed.Expression], ...]
    span: Span


@once
def _sites_of(function: typed.Function) -> tuple[_Site, ...]:
    """In their order."""
    nodes = statements((*function.body, *function.closing))
    calls = [node for node in nodes if isinstance(node, typed.Call)]
    calls.sort(key=lambda call: call.site)
    return tuple(
        _Site(callee, tuple(_whole(callee.arguments, call.arguments)), call.span)
        for call, callee in zip(calls, function.sites, strict=True)
    )


def _whole(
    locals_: tuple[int, ...], given: tuple[typed.Expression, ...]
) -> Iterator[tuple[int, typed.Expression]]:
    for local, value in zip(locals_, given, strict=True):
        if value.type is Type.INT:
            yield local, value


def _check_common(function: typed.Function | None) -> None:
    """What all blocks share is in memory that nobody initialises."""
    if function is not None:
        assert not function.windows and not function.histories
        assert not any(word_of(slot.initial, slot.type) for slot in function.states)
        assert all(place < SHARED_BYTES for place in shape_of(function).states)


class _Placer:
    def __init__(self, program: typed.Program, limits: Limits, report: Report) -> None:
        self.initial: list[tuple[int, int, int]] = []
        self.float_words: list[tuple[int, int]] = []
        self.next_array = 0
        self._params = program.params
        self._limits = limits
        self._report = report
        self._frames = 0
        self._stateless: dict[typed.Function, Frame] = {}  # nothing in them depends on the caller

    def refuse(self, span: Span, code: str, message: str, remedy: str) -> None:
        self._report.add(span, code, message, remedy)

    def frame(self, function: typed.Function, offset: int, given: Ranges, user: Span) -> Frame:
        """The frame of one call and of all below it. user: the user's line that leads here."""
        shape = shape_of(function)
        if not shape.size and function in self._stateless:
            return self._stateless[function]
        self._frames += 1
        if self._frames > self._limits.calls_max:
            self._refuse_calls(user)
            return Frame(function, offset, (), (), ())
        ranges = self._ranges(function, given)
        self._place_scalars(function, shape, offset)
        windows = tuple(
            self._window(slot, ranges, offset + at, _user(slot.span, user))
            for slot, at in zip(function.windows, shape.windows, strict=True)
        )
        histories = tuple(
            self._history(slot, ranges, offset + at, user)
            for slot, at in zip(function.histories, shape.histories, strict=True)
        )
        sites = self._sites(function, offset, ranges, user)
        frame = Frame(function, offset, windows, histories, sites)
        if not shape.size:
            self._stateless[function] = frame
        return frame

    def _sites(
        self, function: typed.Function, offset: int, ranges: Ranges, user: Span
    ) -> tuple[Frame, ...]:
        frames: list[Frame] = []
        for site, at in zip(_sites_of(function), shape_of(function).sites, strict=True):
            callee, span = site.callee, _user(site.span, user)
            given, fits = {}, True
            for local, argument in site.whole:
                found = whole_range(argument, self._params, ranges)
                if found is not None:
                    given[local] = found
                if local in callee.lengths and not self._is_length(callee, found, span):
                    fits = False
            frame = self.frame(callee, offset + at, given, span) if fits else None
            frames.append(frame or Frame(callee, offset + at, (), (), ()))
        return tuple(frames)

    def _ranges(self, function: typed.Function, given: Ranges) -> Ranges:
        ranges = dict(given)
        for bounds in function.bounds:
            low = whole_range(bounds.low, self._params, ranges)
            high = whole_range(bounds.high, self._params, ranges)
            if low is not None and high is not None:
                ranges[bounds.local] = (low[0], max(low[0], high[1]))
        return ranges

    def _is_length(self, callee: typed.Function, found: tuple[int, int] | None, span: Span) -> bool:
        """Whether the range is a length's; reports where it is not."""
        most = self._limits.window_bars_max
        fits = found is not None and found[0] >= 1 and found[1] <= most
        if not fits:
            self.refuse(
                span,
                "length",
                f"A length of {callee.name} is from 1 to {most:,} bars"
                + ("." if found is None else f", and here it can be {_text(found)}."),
                "Correct the number, or the param's low= and high=.",
            )
        return fits

    def _place_scalars(self, function: typed.Function, shape: FrameShape, offset: int) -> None:
        for slot, at in zip(function.states, shape.states, strict=True):
            word = word_of(slot.initial, slot.type)
            if word:
                self.initial.append((offset + at, 1, word))
            if slot.type is Type.FLOAT:
                self.float_words.append(((offset + at) // WORD_BYTES, 1))

    def _window(self, slot: typed.WindowSlot, ranges: Ranges, at: int, user: Span) -> Array:
        found = whole_range(slot.length, self._params, ranges)
        most = self._limits.window_bars_max
        if found is None or found[1] < 1 or found[1] > most:
            self.refuse(
                user,
                "length",
                f"A window has 1 to {most:,} cells"
                + ("." if found is None else f", and here it can have {_text(found)}."),
                "Correct the number, or the param's low= and high=.",
            )
            return Array(0, 1)
        return self._array(found[1], at, user)

    def _history(self, slot: typed.HistorySlot, ranges: Ranges, at: int, user: Span) -> Array:
        most = 1
        for back in slot.backs:
            span = _user(back.span, user)
            found = whole_range(back, self._params, ranges)
            if found is not None and found[0] < 0:
                self.refuse(
                    span,
                    "lookahead",
                    "A negative index would look at bars that have not come yet.",
                    "Write x[1] for the bar before, and low=0 on a param.",
                )
            elif found is None or found[1] > self._limits.window_bars_max:
                self.refuse(
                    span,
                    "history-length",
                    f"History goes back {self._limits.window_bars_max:,} bars at most.",
                    "Write a smaller number, or a param with a smaller high=.",
                )
            else:
                most = max(most, found[1])
        return self._array(1 << (most - 1).bit_length(), at, user)

    def _array(self, capacity: int, descriptor: int, user: Span) -> Array:
        array = Array(self.next_array, capacity)
        self.next_array += WORD_BYTES * capacity
        self.initial.append((descriptor, 1, array.offset | capacity << 32))
        self.initial.append((array.offset, capacity, _NA_WORD))
        self.float_words.append((array.offset // WORD_BYTES, capacity))
        if self.next_array > self._limits.state_bytes_max:
            self.refuse(
                user,
                "state-too-large",
                f"The strategy keeps more than {self._limits.state_bytes_max:,} bytes a series.",
                "Use shorter lengths, a smaller high= on params, or fewer indicators.",
            )
        return array

    def _refuse_calls(self, user: Span) -> None:
        self.refuse(
            user,
            "too-many-calls",
            f"The strategy has more than {self._limits.calls_max:,} indicators and functions at"
            " work, counting those that they are made of.",
            "Assign a result to a local and use it again, or use fewer.",
        )


def _user(span: Span, user: Span) -> Span:
    """Library code has no line of its own in the user's source."""
    return span if span.line else user


def _text(found: tuple[int, int]) -> str:
    return f"{found[0]:,}" if found[0] == found[1] else f"{found[0]:,} to {found[1]:,}"
