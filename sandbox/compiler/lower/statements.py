"""typed → wasm, the statements, and the fragments that functions are, but for on_bar."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from sandbox.abi import LIMIT, SHARED, SPENT
from sandbox.compiler import typed
from sandbox.compiler.lower.expressions import KINDS, LOADS, ExpressionLowerer, Scope
from sandbox.compiler.lower.frames import FramePlace, history_places, window_places
from sandbox.compiler.lower.plan import Facts, facts_of
from sandbox.compiler.once import once
from sandbox.compiler.placed import shape_of
from sandbox.compiler.semantics import wrap
from sandbox.compiler.syntax import Span
from sandbox.compiler.typed import Type
from sandbox.compiler.walk import statements
from sandbox.compiler.wasm import FRAME, Fragment, Inlined, Kind, Mark, Reason, TrapIf

STORES = {Type.FLOAT: "f64.store", Type.INT: "i64.store", Type.BOOL: "i32.store"}
_FRAME = 1  # a fragment's locals: the block, the frame, the arguments
_JUMPS = typed.Break | typed.Continue | typed.Leave


@dataclass(frozen=True, slots=True)
class Around:
    """What a function's code depends on besides the function. shared: the wasm function of each
    that is not inlined. common, reads_fills: as Program and Placement have them."""

    shared: tuple[tuple[typed.Function, int], ...]
    common: typed.Function | None
    reads_fills: bool

    def of(self, function: typed.Function) -> Around:
        """As much of it as that function's code depends on."""
        if not self.shared:
            return self
        below = _below(function)
        shared = tuple(each for each in self.shared if each[0] in below)
        return Around(shared, self.common, self.reads_fills)


@once
def _below(function: typed.Function) -> frozenset[typed.Function]:
    """All that it calls, and that those call."""
    return frozenset(function.sites).union(*map(_below, function.sites))


@lru_cache(maxsize=512)
def fragment(function: typed.Function, around: Around, *, is_known: bool) -> Fragment:
    """The code of a function that is not on_bar, which is given the addresses of the block and of
    its frame, and its arguments. is_known: whether the way to its frame is."""
    arguments = tuple(KINDS[function.locals[local]] for local in function.arguments)
    code = StatementLowerer(around, (Kind.I32, Kind.I32, *arguments))
    frame = FramePlace(_FRAME, FRAME, shape_of(function), is_known)
    given = tuple(range(_FRAME + 1, _FRAME + 1 + len(arguments)))
    scope = code.function(function, facts_of(function), frame, given)
    results = tuple(scope.locals[local] for local in function.results)
    return Fragment(tuple(code.kinds), results, tuple(code.out))


class StatementLowerer(ExpressionLowerer):
    """A function's body."""

    def __init__(self, around: Around, parameters: tuple[Kind, ...]) -> None:
        super().__init__(parameters, reads_fills=around.reads_fills)
        self._around = around
        self._shared = dict(around.shared)

    def function(
        self,
        function: typed.Function,
        facts: Facts,
        frame: FramePlace,
        arguments: tuple[int, ...],
    ) -> Scope:
        """A function's whole work, without its results: those are in the locals of the scope
        that is returned. arguments: the wasm locals that hold them."""
        given = dict(zip(function.arguments, arguments, strict=True))
        self.scope = Scope(
            function=function,
            facts=facts,
            frame=frame,
            locals=tuple(
                given[index] if index in given else self.new_local(KINDS[kind])
                for index, kind in enumerate(function.locals)
            ),
            scalars=self._scalars(function, frame),
            windows=window_places(self, self.block_local, frame),
            histories=history_places(self, self.block_local, frame),
        )
        self._load_states()
        if any(isinstance(node, typed.Leave) for node in statements(function.body)):
            self.block(lambda label: self._body_until(label, function.body))
        else:
            self._statements(function.body)
        self._statements(function.closing)
        for state in facts.stored_late:
            self._store_state(state)
        return self.scope

    def _scalars(self, function: typed.Function, frame: FramePlace) -> tuple[int, int]:
        if function is not self._around.common:
            return frame.base, frame.offset
        return self.new_local(Kind.I32), SHARED  # a local that is never set is 0

    def _body_until(self, label: int, body: tuple[typed.Statement, ...]) -> None:
        self.scope.leave = label
        self._statements(body)

    def _load_states(self) -> None:
        scope = self.scope
        for state, offset in zip(scope.function.states, scope.frame.shape.states, strict=True):
            if state.local not in scope.facts.read:
                continue
            base, first = scope.scalars
            self.get(base)
            self.op(LOADS[state.type], first + offset)
            self.put(scope.locals[state.local])

    def _store_state(self, state: int) -> None:
        scope = self.scope
        slot = scope.function.states[state]
        base, first = scope.scalars
        self.get(base, scope.locals[slot.local])
        self.op(STORES[slot.type], first + scope.frame.shape.states[state])

    def _set(self, local: int) -> None:
        """Takes the value."""
        self.put(self.scope.locals[local])
        state = self.scope.facts.stored_at_once.get(local)
        if state is not None:
            self._store_state(state)

    def _statements(self, body: tuple[typed.Statement, ...]) -> None:
        """Up to a jump: nothing gets to what is behind one."""
        for node in body:
            self._statement(node)
            if isinstance(node, _JUMPS):
                return

    def _statement(self, node: typed.Statement) -> None:
        match node:
            case typed.SetLocal():
                self.expression(node.value)
                self._set(node.index)
            case typed.Call():
                self._call(node)
            case typed.If():
                self.expression(node.test)
                self.branch(
                    lambda: self._statements(node.then), lambda: self._statements(node.otherwise)
                )
            case typed.Loop():
                self._loop(node)
            case typed.Forever():
                self.block(lambda end: self.loop(lambda again: self._forever(node, end, again)))
            case typed.Break():
                self.jump(self.scope.breaks[-1])
            case typed.Continue():
                self.jump(self.scope.continues[-1])
            case typed.Leave():
                self.jump(self.scope.leave)
            case typed.CellWrite():
                place = self.cell_address(node.window, node.index, node.span)
                self.expression(node.value)
                self.op("f64.store", place.offset)
            case typed.Push():
                self._push(node)

    def _call(self, node: typed.Call) -> None:
        callee = self.scope.function.sites[node.site]
        frame, shape = self.scope.frame, self.scope.frame.shape
        offset = frame.offset + shape.sites[node.site]
        if callee in self._shared:
            self._call_shared(node, self._shared[callee], offset)
            return
        part = fragment(callee, self._around.of(callee), is_known=frame.is_known)
        given = tuple(self.new_local(KINDS[argument.type]) for argument in node.arguments)
        for argument, local in zip(node.arguments, given, strict=True):
            self.expression(argument)
            self.put(local)
        own = (self.new_local(kind) for kind in part.locals[2 + len(given) :])
        locals_ = (self.block_local, frame.base, *given, *own)
        array, line = shape.firsts[node.site], node.span.line
        self.out.append(Inlined(part, locals_, offset, array, line))
        for target, result in zip(node.results, part.results, strict=True):
            self.get(locals_[result])
            self._set(target)

    def _call_shared(self, node: typed.Call, shared: int, offset: int) -> None:
        self.get(self.block_local, self.scope.frame.base)
        self.op("i32.const", offset)
        self.op("i32.add")
        for argument in node.arguments:
            self.expression(argument)
        self.op("call", shared, Mark(Reason.CALL, node.span.line))
        for target in reversed(node.results):
            self._set(target)

    def _loop(self, node: typed.Loop) -> None:
        first, stop = self.new_local(Kind.I64), self.new_local(Kind.I64)
        self.expression(node.start)
        self.put(first)
        self.expression(node.stop)
        self.put(stop)
        self.block(lambda end: self._rounds(node, first, stop, end))

    def _rounds(self, node: typed.Loop, first: int, stop: int, end: int) -> None:
        """How far it is to the stop, without a sign, is less than 2**64, so no step can wrap."""
        self.get(first, stop)
        self.op("i64.ge_s" if node.step > 0 else "i64.le_s")
        self.jump_if(end)
        self.get(first)
        self._set(node.local)
        local = self.scope.locals[node.local]

        def round_(again: int) -> None:
            self._take(node.cost, node.span)
            self.block(lambda next_: self._in_loop(node.body, end, next_))
            self.get(*((stop, local) if node.step > 0 else (local, stop)))
            self.op("i64.sub")
            self.op("i64.const", wrap(abs(node.step)))
            self.op("i64.le_u")
            self.jump_if(end)
            self.get(local)
            self.op("i64.const", node.step)
            self.op("i64.add")
            self._set(node.local)
            self.jump(again)

        self.loop(round_)

    def _forever(self, node: typed.Forever, end: int, again: int) -> None:
        self._take(node.cost, node.span)
        self._in_loop(node.body, end, again)
        if not any(isinstance(inner, _JUMPS) for inner in node.body):
            self.jump(again)

    def _in_loop(self, body: tuple[typed.Statement, ...], end: int, next_: int) -> None:
        self.scope.breaks.append(end)
        self.scope.continues.append(next_)
        self._statements(body)
        self.scope.breaks.pop()
        self.scope.continues.pop()

    def _take(self, cost: int, span: Span) -> None:
        """A round's cost from the bar's budget."""
        assert cost >= 1, "rounds for nothing could go on for ever"
        spent = self.new_local(Kind.I64)
        self.op("i32.const", 0)
        self.op("i32.const", 0)
        self.op("i64.load", SPENT)
        self.op("i64.const", cost)
        self.op("i64.add")
        self.op("local.tee", spent)
        self.op("i64.store", SPENT)
        self.get(spent)
        self.op("i32.const", 0)
        self.op("i64.load", LIMIT)
        self.op("i64.gt_s")
        self.out.append(TrapIf(Mark(Reason.BUDGET, span.line)))

    def _push(self, node: typed.Push) -> None:
        frame, place = self.scope.frame, self.scope.histories[node.history]
        count = self.new_local(Kind.I64)
        self.load_history_count(node.history)
        self.put(count)
        self.get(place.base, count)
        self.op("i32.wrap_i64")
        self.out.append(place.extent)
        self.op("i32.and")
        self.add_times_eight()
        self.expression(node.value)
        self.op("f64.store", place.offset)
        word = frame.shape.counts[node.history]
        if word is not None:
            self.get(frame.base, count)
            self.op("i64.const", 1)
            self.op("i64.add")
            self.op("i64.store", frame.offset + word)
