"""Typed programs and their places as text, for `explain` and for goldens."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.compiler import typed
from sandbox.compiler.placed import WORD_BYTES, Frame, Placement, shape_of


def typed_text(program: typed.Program, *, library: bool = True) -> str:
    """Every function, those of the stdlib too unless told otherwise; on_bar is the last."""
    parts = [
        "\n".join(_Function(program, function).lines())
        for function in program.functions
        if library or "." not in function.name
    ]
    return "\n\n".join(parts)


def slots_text(program: typed.Program, placement: Placement) -> str:
    """The state block of a series: offset, bytes, and what is there."""
    rows = [(0, WORD_BYTES, "bars so far")]
    for param, offset in zip(program.params, placement.params, strict=True):
        rows.append((offset, WORD_BYTES, f"param {param.name}: {param.type.value}"))
    rows += _frame_rows(placement.root, "on_bar")
    lines = [f"{offset:>7} {size:>7}  {what}" for offset, size, what in sorted(rows)]
    return "\n".join(["  offset   bytes  what", *lines])


def _frame_rows(frame: Frame, path: str) -> list[tuple[int, int, str]]:
    function, shape = frame.function, shape_of(frame.function)
    rows = [
        (frame.offset + at, WORD_BYTES, f"{path}: {function.names[slot.local]}: {slot.type.value}")
        for slot, at in zip(function.states, shape.states, strict=True)
    ]
    arrays = [(array, "window") for array in frame.windows]
    arrays += [(array, "history") for array in frame.histories]
    for at, count in zip(shape.histories, shape.counts, strict=True):
        rows.append((frame.offset + at, WORD_BYTES, f"{path}: where a history is"))
        if count is not None:
            rows.append((frame.offset + count, WORD_BYTES, f"{path}: how much was pushed"))
    rows += [(frame.offset + at, WORD_BYTES, f"{path}: where a window is") for at in shape.windows]
    for array, kind in arrays:
        size = WORD_BYTES * array.capacity
        rows.append((array.offset, size, f"{path}: {kind} of {array.capacity} floats"))
    for site in frame.sites:
        if shape_of(site.function).size:
            rows += _frame_rows(site, f"{path} > {site.function.name}")
    return rows


class _Function:
    """One function's text."""

    def __init__(self, program: typed.Program, function: typed.Function) -> None:
        self._program = program
        self._function = function

    def lines(self) -> Iterator[str]:
        function = self._function
        arguments = ", ".join(map(self._declared, function.arguments))
        results = ", ".join(function.locals[local].value for local in function.results)
        yield f"{function.name}({arguments})" + (f" -> {results}" if results else "") + ":"
        for state in function.states:
            yield f"    state {self._declared(state.local)} = {state.initial!r}"
        for number, window in enumerate(function.windows):
            yield f"    window{number}[{self._text(window.length)}]"
        for number, history in enumerate(function.histories):
            yield f"    history{number}[{', '.join(map(self._text, history.backs))}]"
        yield from self._block((*function.body, *function.closing), 1)
        if function.results:
            yield f"    return {', '.join(map(self._name, function.results))}"

    def _name(self, local: int) -> str:
        return self._function.names[local]

    def _declared(self, local: int) -> str:
        return f"{self._name(local)}: {self._function.locals[local].value}"

    def _block(self, body: tuple[typed.Statement, ...], depth: int) -> Iterator[str]:
        for node in body:
            yield from self._statement(node, depth)

    def _statement(self, node: typed.Statement, depth: int) -> Iterator[str]:
        pad = "    " * depth
        match node:
            case typed.SetLocal():
                yield f"{pad}{self._name(node.index)} = {self._text(node.value)}"
            case typed.Call():
                callee = self._function.sites[node.site].name
                results = ", ".join(map(self._name, node.results))
                arguments = ", ".join(map(self._text, node.arguments))
                yield f"{pad}{results} = {callee}#{node.site}({arguments})"
            case typed.If():
                yield f"{pad}if {self._text(node.test)}:"
                yield from self._block(node.then, depth + 1)
                if node.otherwise:
                    yield f"{pad}else:"
                    yield from self._block(node.otherwise, depth + 1)
            case typed.Loop():
                bounds = f"{self._text(node.start)}, {self._text(node.stop)}, {node.step}"
                counter = self._name(node.local)
                yield f"{pad}for {counter} in range({bounds}):  # {node.cost} a round"
                yield from self._block(node.body, depth + 1)
            case typed.Forever():
                yield f"{pad}loop:  # {node.cost} a round"
                yield from self._block(node.body, depth + 1)
            case typed.CellWrite():
                cell = f"window{node.window}[{self._text(node.index)}]"
                yield f"{pad}{cell} = {self._text(node.value)}"
            case typed.Push():
                yield f"{pad}push history{node.history}, {self._text(node.value)}"
            case _:
                yield pad + type(node).__name__.lower()

    def _text(self, node: typed.Expression) -> str:
        match node:
            case typed.Const(value=value):
                return "na" if value != value else repr(value)
            case typed.Local(index=index):
                return self._name(index)
            case typed.ParamValue(index=index):
                return self._program.params[index].name
            case typed.FillValue(field=field):
                return f"fills.{field}"
            case typed.BarValue(field=field):
                return f"bar.{field}"
            case typed.Negate(operand=operand):
                return f"-{self._text(operand)}"
            case typed.Not(operand=operand):
                return f"not {self._text(operand)}"
            case typed.Arithmetic(op=op, left=left, right=right):
                return f"({self._text(left)} {op} {self._text(right)})"
            case typed.Chain(ops=ops, operands=operands):
                rest = (f" {op} {self._text(o)}" for op, o in zip(ops, operands[1:], strict=True))
                return f"({self._text(operands[0])}{''.join(rest)})"
            case typed.Logic(op=op, operands=operands):
                return f"({f' {op} '.join(map(self._text, operands))})"
            case typed.Choose(test=test, then=then, otherwise=otherwise):
                return f"({self._text(then)} if {self._text(test)} else {self._text(otherwise)})"
            case typed.History(history=history, back=back):
                return f"history{history}[{self._text(back)}]"
            case typed.CellRead(window=window, index=index):
                return f"window{window}[{self._text(index)}]"
            case typed.ToFloat(operand=operand):
                return f"float({self._text(operand)})"
            case typed.ToInt(operand=operand):
                return f"int({self._text(operand)})"
            case typed.Builtin(name=name, operands=operands):
                return f"{name}({', '.join(map(self._text, operands))})"
