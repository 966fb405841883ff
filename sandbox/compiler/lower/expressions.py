"""typed → wasm, the expressions: each appends instructions that leave one value."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.compiler import typed
from sandbox.compiler.lower.frames import ArrayPlace, FramePlace
from sandbox.compiler.lower.numbers import NumberCode, comparison
from sandbox.compiler.lower.plan import Facts
from sandbox.compiler.placed import FILLS, WORD_BYTES, head_bytes
from sandbox.compiler.semantics import NA
from sandbox.compiler.syntax import Span
from sandbox.compiler.typed import Type
from sandbox.compiler.wasm import Kind, Mark, Reason, TrapIf
from sandbox.fills import FILL_FIELDS

KINDS = {Type.FLOAT: Kind.F64, Type.INT: Kind.I64, Type.BOOL: Kind.I32}
LOADS = {Type.FLOAT: "f64.load", Type.INT: "i64.load", Type.BOOL: "i32.load"}

_FLOAT_OPS = {"+": "add", "-": "sub", "*": "mul", "/": "div"}
_INT_OPS = {
    "+": "add",
    "-": "sub",
    "*": "mul",
    "&": "and",
    "|": "or",
    "^": "xor",
    "<<": "shl",
    ">>": "shr_s",
    ">>>": "shr_u",
}
_ONE_STEP = ("abs", "floor", "ceil", "trunc", "nearest", "sqrt", "min", "max")
_FLOAT_BUILTINS = {
    **{name: f"f64.{name}" for name in _ONE_STEP},
    "from_bits": "f64.reinterpret_i64",
}


@dataclass(slots=True)
class Scope:
    """A function whose code is being written. locals: wasm's, by the function's own index.
    scalars: base and offset of its states. The rest are labels."""

    function: typed.Function
    facts: Facts
    frame: FramePlace
    locals: tuple[int, ...]
    scalars: tuple[int, int]
    windows: tuple[ArrayPlace, ...]
    histories: tuple[ArrayPlace, ...]
    leave: int = 0
    breaks: list[int] = field(default_factory=list)
    continues: list[int] = field(default_factory=list)


class ExpressionLowerer(NumberCode):
    """block_local, bars_local: where the address of the state block is, and its count of bars;
    the latter in code of on_bar only, as are the bar's fields. scope: of the function whose code
    is being written."""

    def __init__(self, parameters: tuple[Kind, ...], *, reads_fills: bool) -> None:
        super().__init__(parameters)
        self._reads_fills = reads_fills
        self.block_local = 0
        self.bars_local: int | None = None
        self.fields: dict[str, tuple[Type, int]] = {}
        self.scope: Scope

    def bar_value(self, node: typed.BarValue) -> None:
        """The bar's field, from the local into which the caller's prologue loads it."""
        if node.field not in self.fields:
            self.fields[node.field] = node.type, self.new_local(KINDS[node.type])
        self.get(self.fields[node.field][1])

    def expression(self, node: typed.Expression) -> None:
        match node:
            case typed.Local():
                self.get(self.scope.locals[node.index])
            case typed.Const():
                value = int(node.value) if node.type is Type.BOOL else node.value
                self.op(f"{KINDS[node.type].value}.const", value)
            case typed.Arithmetic():
                self._arithmetic(node)
            case typed.Chain():
                self._chain(node)
            case typed.ParamValue():
                self.get(self.block_local)
                offset = head_bytes(reads_fills=self._reads_fills, params=node.index)
                self.op(LOADS[node.type], offset)
            case typed.FillValue():
                self.get(self.block_local)
                self.op("f64.load", FILLS + WORD_BYTES * FILL_FIELDS.index(node.field))
            case typed.BarValue():
                self.bar_value(node)
            case typed.Negate():
                self._negate(node)
            case typed.Not():
                self._not(node.operand)
            case typed.Logic():
                self._logic(node)
            case typed.Choose():
                self._choose(node)
            case typed.History():
                self._history(node)
            case typed.CellRead():
                place = self.cell_address(node.window, node.index, node.span)
                self.op("f64.load", place.offset)
            case typed.ToFloat():
                self.expression(node.operand)
                self.op("f64.convert_i64_s")
            case typed.ToInt():
                self.expression(node.operand)
                self.op("i64.trunc_f64_s", mark=Mark(Reason.CONVERSION, node.span.line))
            case typed.Builtin():
                self._builtin(node)

    def cell_address(self, window: int, index: typed.Expression, span: Span) -> ArrayPlace:
        """Leaves base + 8 × index; traps outside of the window."""
        place = self.scope.windows[window]
        cell = self.new_local(Kind.I64)
        self.expression(index)
        self.op("local.tee", cell)
        self.out.append(place.extent)
        self.op("i64.ge_u")
        self.out.append(TrapIf(Mark(Reason.WINDOW, span.line)))
        self.get(place.base, cell)
        self.op("i32.wrap_i64")
        self.add_times_eight()
        return place

    def load_history_count(self, history: int) -> None:
        """Leaves how often the history was pushed, an i64."""
        frame = self.scope.frame
        count = frame.shape.counts[history]
        if count is None:
            assert self.bars_local is not None, "a history by bar is on_bar's own"
            self.get(self.bars_local)
        else:
            self.get(frame.base)
            self.op("i64.load", frame.offset + count)

    def _history(self, node: typed.History) -> None:
        place = self.scope.histories[node.history]
        count, back = self.new_local(Kind.I64), self.new_local(Kind.I64)
        self.load_history_count(node.history)
        self.put(count)
        self.expression(node.back)
        self.put(back)
        self.get(place.base, count, back)
        self.op("i64.sub")
        self.op("i32.wrap_i64")
        self.out.append(place.extent)
        self.op("i32.and")
        self.add_times_eight()
        self.op("f64.load", place.offset)
        self.op("f64.const", NA)
        self.get(back, count)
        self.op("i64.le_s")
        self.op("select")

    def _negate(self, node: typed.Negate) -> None:
        if node.type is Type.INT:
            self.op("i64.const", 0)
        self.expression(node.operand)
        self.op("i64.sub" if node.type is Type.INT else "f64.neg")

    def _not(self, operand: typed.Expression) -> None:
        match operand:
            case typed.Builtin(name="isna", operands=(value,)):
                self.expression(value)
                self.compare_with_itself("eq")  # engines branch on it, not on its opposite
            case _:
                self.expression(operand)
                self.op("i32.eqz")

    def _arithmetic(self, node: typed.Arithmetic) -> None:
        self.expression(node.left)
        if node.op in ("//", "%") and _is_power_of_two(node.right):
            self._by_power_of_two(node)
            return
        self.expression(node.right)
        if node.type is Type.FLOAT:
            self.op(f"f64.{_FLOAT_OPS[node.op]}")
        elif node.op in _INT_OPS:
            self.op(f"i64.{_INT_OPS[node.op]}")
        else:
            self.floor_division(node.op, Mark(Reason.DIVISION, node.span.line))

    def _by_power_of_two(self, node: typed.Arithmetic) -> None:
        """Without a division, which takes a processor forty times as long. Both round down."""
        assert isinstance(node.right, typed.Const)
        divisor = int(node.right.value)
        if node.op == "%":
            self.op("i64.const", divisor - 1)
            self.op("i64.and")
        else:
            self.op("i64.const", divisor.bit_length() - 1)
            self.op("i64.shr_s")

    def _chain(self, node: typed.Chain) -> None:
        kind = KINDS[node.operands[0].type]
        if len(node.ops) == 1 and not (kind is Kind.F64 and node.ops[0] == "!="):
            self.expression(node.operands[0])
            self.expression(node.operands[1])
            self.op(comparison(node.ops[0], kind))
            return
        left = self.new_local(kind)
        self.expression(node.operands[0])
        self.put(left)
        self._chain_rest(node, 0, left, kind)

    def _chain_rest(self, node: typed.Chain, position: int, left: int, kind: Kind) -> None:
        right = self.new_local(kind)
        self.expression(node.operands[position + 1])
        self.put(right)
        self.compare(node.ops[position], left, right, kind)
        if position + 1 < len(node.ops):
            self.branch(
                lambda: self._chain_rest(node, position + 1, right, kind),
                lambda: self.op("i32.const", 0),
                Kind.I32,
            )

    def _logic(self, node: typed.Logic) -> None:
        """Operands that cost less than a branch are evaluated even if they do not count."""
        self.expression(node.operands[0])
        for position, operand in enumerate(node.operands[1:], start=1):
            if is_cheap(operand):
                self.expression(operand)
                self.op("i32.and" if node.op == "and" else "i32.or")
                continue
            rest = typed.Logic(Type.BOOL, node.op, node.operands[position:], node.span)
            self._short_circuit(rest)
            return

    def _short_circuit(self, rest: typed.Logic) -> None:
        """Takes what the operands before gave."""
        if rest.op == "and":
            self.branch(lambda: self._logic(rest), lambda: self.op("i32.const", 0), Kind.I32)
        else:
            self.branch(lambda: self.op("i32.const", 1), lambda: self._logic(rest), Kind.I32)

    def _choose(self, node: typed.Choose) -> None:
        if is_cheap(node.then) and is_cheap(node.otherwise):
            self.expression(node.then)
            self.expression(node.otherwise)
            self.expression(node.test)
            self.op("select")
            return
        self.expression(node.test)
        self.branch(
            lambda: self.expression(node.then),
            lambda: self.expression(node.otherwise),
            KINDS[node.type],
        )

    def _builtin(self, node: typed.Builtin) -> None:
        if node.type is Type.FLOAT and node.name in ("min", "max"):
            value, bound = node.operands
            awkward = {"nan", "-0.0"} if node.name == "min" else {"nan"}
            if isinstance(bound, typed.Const) and str(bound.value) not in awkward:
                self._bounded(node.name, value, bound)
                return
        if node.type is Type.FLOAT and node.name in _FLOAT_BUILTINS:
            for operand in node.operands:
                self.expression(operand)
            self.op(_FLOAT_BUILTINS[node.name])
            return
        kept = [self.new_local(KINDS[operand.type]) for operand in node.operands]
        for operand, local in zip(node.operands, kept, strict=True):
            self.expression(operand)
            self.put(local)
        self.builtin(node.name, kept)

    def _bounded(self, name: str, value: typed.Expression, bound: typed.Const) -> None:
        """min or max with a constant: as a comparison and a choice in this order it is one
        instruction of x86-64, where IEEE 754's is six. na stays; 0.0 is added to have
        max(-0.0, 0.0) be 0.0."""
        kept = self.new_local(Kind.F64)
        self.expression(value)
        self.put(kept)
        self.expression(bound)
        self.get(kept)
        if name == "min":
            self.expression(bound)
            self.get(kept)
        else:
            self.get(kept)
            self.expression(bound)
        self.op("f64.lt")
        self.op("select")
        if name == "max" and str(bound.value) == "0.0":
            self.expression(bound)
            self.op("f64.add")


def is_cheap(node: typed.Expression) -> bool:
    """Whether evaluating needlessly costs less than a branch; never what may trap."""
    match node:
        case (
            typed.Const()
            | typed.Local()
            | typed.BarValue()
            | typed.ParamValue()
            | typed.FillValue()
        ):
            return True
        case typed.Chain(operands=operands):
            return len(operands) == 2 and all(map(_is_leaf, operands))
        case typed.Builtin(name=("isna" | "abs"), operands=(operand,)):
            return _is_leaf(operand)
        case typed.Not(operand=operand) | typed.Negate(operand=operand):
            return _is_leaf(operand)
        case typed.ToFloat(operand=operand):
            return _is_leaf(operand)
    return False


def _is_leaf(node: typed.Expression) -> bool:
    return isinstance(
        node, typed.Const | typed.Local | typed.BarValue | typed.ParamValue | typed.FillValue
    )


def _is_power_of_two(node: typed.Expression) -> bool:
    if not (isinstance(node, typed.Const) and node.type is Type.INT):
        return False
    value = int(node.value)
    return value > 0 and value & (value - 1) == 0
