"""typed → wasm, the expressions: each appends instructions that leave one value."""

from __future__ import annotations

from sandbox.compiler import typed
from sandbox.compiler.semantics import NA
from sandbox.compiler.typed import Type
from sandbox.compiler.wasm import IfElse, Kind, Node, Op

KINDS = {Type.FLOAT: Kind.F64, Type.INT: Kind.I64, Type.BOOL: Kind.I32}
PARAMETERS = 2  # run(first, last)

_FLOAT_OPS = {"+": "f64.add", "-": "f64.sub", "*": "f64.mul", "/": "f64.div"}
_INT_OPS = {"+": "i64.add", "-": "i64.sub", "*": "i64.mul"}
_COMPARE = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq", "!=": "ne"}
_FLOAT_BUILTINS = {
    "abs": "f64.abs",
    "floor": "f64.floor",
    "sqrt": "f64.sqrt",
    "min": "f64.min",
    "max": "f64.max",
}
_LOADS = {Type.FLOAT: "f64.load", Type.INT: "i64.load", Type.BOOL: "i32.load"}


class ExpressionLowerer:
    """out: the instruction list being filled. Local indexes count the two parameters."""

    def __init__(self, program: typed.Program) -> None:
        self.program = program
        self.kinds: list[Kind] = []
        self.out: list[Node] = []
        self.block = self.new_local(Kind.I32)  # the address of the bar's state block
        self.bars = self.new_local(Kind.I32)  # how many bars the block has seen
        self.locals = [self.new_local(KINDS[kind]) for kind in program.locals]
        self.fields: dict[str, int] = {}

    def new_local(self, kind: Kind) -> int:
        self.kinds.append(kind)
        return PARAMETERS + len(self.kinds) - 1

    def op(self, name: str, value: int | float | None = None) -> None:
        self.out.append(Op(name, value))

    def nested(self, *nodes: typed.Expression) -> tuple[Node, ...]:
        """The instructions of expressions, apart from the list being filled."""
        outer, self.out = self.out, []
        for node in nodes:
            self.expression(node)
        inner, self.out = tuple(self.out), outer
        return inner

    def field_local(self, field: str) -> int:
        """The local that the bar's field is in; the caller's prologue loads it."""
        if field not in self.fields:
            self.fields[field] = self.new_local(Kind.I64 if field == "time" else Kind.F64)
        return self.fields[field]

    def expression(self, node: typed.Expression) -> None:
        match node:
            case typed.Const():
                value = int(node.value) if node.type is Type.BOOL else node.value
                self.op(f"{KINDS[node.type].value}.const", value)
            case typed.Local():
                self.op("local.get", self.locals[node.index])
            case typed.ParamValue():
                self.op("local.get", self.block)
                self.op(_LOADS[node.type], self.program.params[node.index].offset)
            case typed.BarValue():
                self.op("local.get", self.field_local(node.field))
            case typed.Negate():
                self._negate(node)
            case typed.Not():
                self.expression(node.operand)
                self.op("i32.eqz")
            case typed.Arithmetic():
                self._arithmetic(node)
            case typed.Chain():
                self._chain(node)
            case typed.Logic():
                self._logic(node)
            case typed.Choose():
                self._choose(node)
            case typed.History():
                self._history(node)
            case typed.RingRead():
                self.ring_address(node.ring, node.index)
                self.op("f64.load", self.program.rings[node.ring].offset)
            case typed.ToFloat():
                self.expression(node.operand)
                self.op("f64.convert_i64_s")
            case typed.Builtin():
                self._builtin(node)

    def ring_address(self, ring: int, index: typed.Expression) -> None:
        """Leaves block + 8 × index, without the ring's offset; traps outside of the ring."""
        capacity = self.program.rings[ring].capacity
        cell = self.new_local(Kind.I64)
        self.expression(index)
        self.op("local.tee", cell)
        self.op("i64.const", capacity)
        self.op("i64.ge_u")
        self.out.append(IfElse(None, (Op("unreachable"),), ()))
        self.op("local.get", cell)
        self.op("i32.wrap_i64")
        self._times_eight_in_block()

    def _times_eight_in_block(self) -> None:
        self.op("i32.const", 3)
        self.op("i32.shl")
        self.op("local.get", self.block)
        self.op("i32.add")

    def _negate(self, node: typed.Negate) -> None:
        if node.type is Type.INT:
            self.op("i64.const", 0)
        self.expression(node.operand)
        self.op("i64.sub" if node.type is Type.INT else "f64.neg")

    def _arithmetic(self, node: typed.Arithmetic) -> None:
        self.expression(node.left)
        self.expression(node.right)
        if node.type is Type.FLOAT:
            self.op(_FLOAT_OPS[node.op])
        elif node.op in _INT_OPS:
            self.op(_INT_OPS[node.op])
        else:
            self._floor_division(node.op)

    def _floor_division(self, op: str) -> None:
        """WebAssembly rounds toward zero; we round down, as Python does."""
        a, b = self.new_local(Kind.I64), self.new_local(Kind.I64)
        rest = self.new_local(Kind.I64)
        self.op("local.set", b)
        self.op("local.set", a)
        for operand in (a, b):
            self.op("local.get", operand)
        self.op("i64.rem_s")
        self.op("local.set", rest)
        if op == "//":
            self.op("local.get", a)
            self.op("local.get", b)
            self.op("i64.div_s")
            self.op("i64.const", 1)
            self.op("i64.const", 0)
        else:
            self.op("local.get", rest)
            self.op("local.get", b)
            self.op("i64.const", 0)
        for step in ("local.get", "i64.const"):
            self.op(step, rest if step == "local.get" else 0)
        self.op("i64.ne")
        self.op("local.get", rest)
        self.op("local.get", b)
        self.op("i64.xor")
        self.op("i64.const", 0)
        self.op("i64.lt_s")
        self.op("i32.and")
        self.op("select")
        self.op("i64.sub" if op == "//" else "i64.add")

    def _compare_locals(self, op: str, left: int, right: int, kind: Kind) -> None:
        """Leaves an i32; na makes every comparison false, so != is < or >."""
        signed = "_s" if kind is Kind.I64 and op not in ("==", "!=") else ""
        ops = ("<", ">") if kind is Kind.F64 and op == "!=" else (op,)
        for each in ops:
            self.op("local.get", left)
            self.op("local.get", right)
            self.op(f"{kind.value}.{_COMPARE[each]}{signed}")
        if len(ops) == 2:
            self.op("i32.or")

    def _chain(self, node: typed.Chain) -> None:
        kind = KINDS[node.operands[0].type]
        if len(node.ops) == 1 and not (kind is Kind.F64 and node.ops[0] == "!="):
            op = node.ops[0]
            signed = "_s" if kind is Kind.I64 and op not in ("==", "!=") else ""
            self.expression(node.operands[0])
            self.expression(node.operands[1])
            self.op(f"{kind.value}.{_COMPARE[op]}{signed}")
            return
        left = self.new_local(kind)
        self.expression(node.operands[0])
        self.op("local.set", left)
        self._chain_rest(node, 0, left, kind)

    def _chain_rest(self, node: typed.Chain, position: int, left: int, kind: Kind) -> None:
        right = self.new_local(kind)
        self.expression(node.operands[position + 1])
        self.op("local.set", right)
        self._compare_locals(node.ops[position], left, right, kind)
        if position + 1 < len(node.ops):
            outer, self.out = self.out, []
            self._chain_rest(node, position + 1, right, kind)
            rest, self.out = tuple(self.out), outer
            self.out.append(IfElse(Kind.I32, rest, (Op("i32.const", 0),)))

    def _logic(self, node: typed.Logic) -> None:
        self.expression(node.operands[0])
        for position, operand in enumerate(node.operands[1:], start=1):
            if _is_cheap(operand):
                self.expression(operand)
                self.op("i32.and" if node.op == "and" else "i32.or")
                continue
            rest = typed.Logic(Type.BOOL, node.op, node.operands[position:], node.span)
            following = self.nested(rest)
            if node.op == "and":
                self.out.append(IfElse(Kind.I32, following, (Op("i32.const", 0),)))
            else:
                self.out.append(IfElse(Kind.I32, (Op("i32.const", 1),), following))
            return

    def _choose(self, node: typed.Choose) -> None:
        if _is_cheap(node.then) and _is_cheap(node.otherwise):
            self.expression(node.then)
            self.expression(node.otherwise)
            self.expression(node.test)
            self.op("select")
            return
        self.expression(node.test)
        then, otherwise = self.nested(node.then), self.nested(node.otherwise)
        self.out.append(IfElse(KINDS[node.type], then, otherwise))

    def _history(self, node: typed.History) -> None:
        """Cells are na until the block has seen enough bars."""
        slot = self.program.histories[node.history]
        self.op("local.get", self.bars)
        self.expression(node.back)
        self.op("i32.wrap_i64")
        self.op("i32.sub")
        self.op("i32.const", slot.capacity - 1)
        self.op("i32.and")
        self._times_eight_in_block()
        self.op("f64.load", slot.offset)

    def _builtin(self, node: typed.Builtin) -> None:
        if node.type is Type.FLOAT:
            for operand in node.operands:
                self.expression(operand)
            self.op(_FLOAT_BUILTINS[node.name])
            return
        kind = KINDS[node.operands[0].type]
        temporary = [self.new_local(kind) for _ in node.operands]
        for operand, local in zip(node.operands, temporary, strict=True):
            self.expression(operand)
            self.op("local.set", local)
        if node.name == "isna":
            self.op("local.get", temporary[0])
            self.op("local.get", temporary[0])
            self.op("f64.ne")
        elif node.name == "abs":
            self.op("i64.const", 0)
            self.op("local.get", temporary[0])
            self.op("i64.sub")
            self.op("local.get", temporary[0])
            self.op("local.get", temporary[0])
            self.op("i64.const", 0)
            self.op("i64.lt_s")
            self.op("select")
        else:
            for local in (*temporary, *temporary):
                self.op("local.get", local)
            self.op("i64.lt_s" if node.name == "min" else "i64.gt_s")
            self.op("select")

    def canonical(self, value: typed.Expression) -> None:
        """Leaves a float whose NaN is the canonical one: what leaves the bar is the same
        bits on every machine."""
        kept = self.new_local(Kind.F64)
        self.expression(value)
        self.op("local.set", kept)
        self.canonical_local(kept)

    def canonical_local(self, local: int) -> None:
        self.op("local.get", local)
        self.op("f64.const", NA)
        self.op("local.get", local)
        self.op("local.get", local)
        self.op("f64.eq")
        self.op("select")


def _is_cheap(node: typed.Expression) -> bool:
    """Whether evaluating needlessly costs less than a branch; never what may trap."""
    match node:
        case typed.Const() | typed.Local() | typed.BarValue() | typed.ParamValue():
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
    return isinstance(node, typed.Const | typed.Local | typed.BarValue | typed.ParamValue)
