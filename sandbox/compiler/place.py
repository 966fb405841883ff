"""typed → placed: a frame for every call, the size of every array, one block for all.

Walks the calls from on_bar down, with the range of every length as each call gives it. What
is too large or out of range is reported here, at the user's line.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from sandbox.abi import SHARED_BYTES
from sandbox.compiler import typed
from sandbox.compiler.limits import Limits
from sandbox.compiler.placed import WORD_BYTES, Array, Frame, FrameShape, Placement
from sandbox.compiler.ranges import whole_range
from sandbox.compiler.report import Report
from sandbox.compiler.semantics import NA
from sandbox.compiler.syntax import Span
from sandbox.compiler.typed import Type
from sandbox.compiler.walk import statements, walk
from sandbox.fills import FILL_FIELDS

_NA_WORD = int.from_bytes(struct.pack("<d", NA), "little")
Ranges = Mapping[int, tuple[int, int]]


def place(program: typed.Program, limits: Limits, report: Report) -> Placement | None:
    """The places of everything that lives from bar to bar; None when the report has findings."""
    placer = _Placer(program, limits, report)
    params = tuple(WORD_BYTES * (1 + index) for index in range(len(program.params)))
    head = WORD_BYTES * (1 + len(params))
    fills = head if _reads_fills(program) else None
    head += 0 if fills is None else WORD_BYTES * len(FILL_FIELDS)
    placer.next_array = head + placer.shapes[-1].size
    on_bar = program.on_bar
    if on_bar.cost > limits.bar_budget:
        placer.refuse(
            on_bar.span,
            "strategy-too-large",
            f"One bar takes more than {limits.bar_budget:,} operations.",
            "Call fewer functions; a loop is counted as it runs.",
        )
        return None
    _check_common(program, placer.shapes)
    root = placer.frame(len(program.functions) - 1, head, {}, Span(1, 1, 1, 1))
    if report:
        return None
    return Placement(
        shapes=placer.shapes,
        params=params,
        fills=fills,
        root=root,
        state_bytes=placer.next_array,
        initial=tuple(sorted(placer.initial)),
        float_words=tuple(sorted(placer.float_words)),
    )


def word_of(value: float | int | bool, kind: Type) -> int:
    """The 8 bytes of a state slot, as a little-endian number."""
    packed = struct.pack("<d", value) if kind is Type.FLOAT else struct.pack("<q", int(value))
    return int.from_bytes(packed, "little")


def _reads_fills(program: typed.Program) -> bool:
    nodes = (node for function in program.functions for node in walk(function.body))
    return any(isinstance(node, typed.FillValue) for node in nodes)


def _check_common(program: typed.Program, shapes: tuple[FrameShape, ...]) -> None:
    """What all blocks share is in memory that nobody initialises."""
    if program.common is not None:
        function = program.functions[program.common]
        assert not function.windows and not function.histories
        assert not any(word_of(slot.initial, slot.type) for slot in function.states)
        assert all(place < SHARED_BYTES for place in shapes[program.common].states)


class _Placer:
    def __init__(self, program: typed.Program, limits: Limits, report: Report) -> None:
        self.initial: list[tuple[int, int, int]] = []
        self.float_words: list[tuple[int, int]] = []
        self.next_array = 0
        self.shapes: tuple[FrameShape, ...] = ()
        for function in program.functions:
            self.shapes += (_shape(function, self.shapes),)
        self._program = program
        self._limits = limits
        self._report = report
        self._frames = 0
        self._called: dict[int, list[typed.Call]] = {}
        self._stateless: dict[int, Frame] = {}  # nothing in them depends on the caller

    def refuse(self, span: Span, code: str, message: str, remedy: str) -> None:
        self._report.add(span, code, message, remedy)

    def frame(self, index: int, offset: int, given: Ranges, user: Span) -> Frame:
        """The frame of one call and of all below it. user: the user's line that leads here."""
        function, shape = self._program.functions[index], self.shapes[index]
        if not shape.size and index in self._stateless:
            return self._stateless[index]
        self._frames += 1
        if self._frames > self._limits.calls_max:
            self._refuse_calls(user)
            return Frame(index, offset, (), (), ())
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
        sites = self._sites(index, shape, offset, ranges, user)
        frame = Frame(index, offset, windows, histories, sites)
        if not shape.size:
            self._stateless[index] = frame
        return frame

    def _sites(
        self,
        index: int,
        shape: FrameShape,
        offset: int,
        ranges: Ranges,
        user: Span,
    ) -> tuple[Frame, ...]:
        frames: list[Frame] = []
        for call in self._calls(index):
            number = self._program.functions[index].sites[call.site]
            callee = self._program.functions[number]
            span = _user(call.span, user)
            given, fits = {}, True
            for local, argument in zip(callee.arguments, call.arguments, strict=True):
                found = whole_range(argument, self._program.params, ranges)
                if found is not None:
                    given[local] = found
                if local in callee.lengths and not self._is_length(callee, found, span):
                    fits = False
            at = offset + shape.sites[call.site]
            empty = Frame(number, at, (), (), ())
            frames.append(self.frame(number, at, given, span) if fits else empty)
        return tuple(frames)

    def _calls(self, index: int) -> list[typed.Call]:
        """The calls of a function, in the order of their sites."""
        if index not in self._called:
            function = self._program.functions[index]
            nodes = statements((*function.body, *function.closing))
            calls = [node for node in nodes if isinstance(node, typed.Call)]
            self._called[index] = sorted(calls, key=lambda call: call.site)
        return self._called[index]

    def _ranges(self, function: typed.Function, given: Ranges) -> Ranges:
        ranges = dict(given)
        for bounds in function.bounds:
            low = whole_range(bounds.low, self._program.params, ranges)
            high = whole_range(bounds.high, self._program.params, ranges)
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
        found = whole_range(slot.length, self._program.params, ranges)
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
            found = whole_range(back, self._program.params, ranges)
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


def _shape(function: typed.Function, shapes: tuple[FrameShape, ...]) -> FrameShape:
    at = 0

    def take(size: int) -> int:
        nonlocal at
        at += size
        return at - size

    states = tuple(take(WORD_BYTES) for _ in function.states)
    windows = tuple(take(WORD_BYTES) for _ in function.windows)
    histories, counts = [], []
    for slot in function.histories:
        histories.append(take(WORD_BYTES))
        counts.append(None if slot.by_bar else take(WORD_BYTES))
    sites = tuple(take(shapes[callee].size) for callee in function.sites)
    return FrameShape(states, windows, tuple(histories), tuple(counts), sites, at)
