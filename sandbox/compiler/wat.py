"""wasm → text: the lowered tree as WebAssembly's text format (W3C WebAssembly Core §6)."""

from __future__ import annotations

import math
import re
from collections import Counter

from sandbox.compiler.inlined import written_out
from sandbox.compiler.wasm import Block, Function, IfElse, Kind, Loop, Module, Node, Op, TrapIf

_NOT_IN_AN_IDENTIFIER = re.compile(r"[^0-9A-Za-z_.]")


def wat(module: Module) -> str:
    """One instruction a line, nested ones indented; with the reason and the line of the
    source behind each that can trap."""
    module = written_out(module)
    names = _identifiers(module)
    lines = ["(module", f'  (memory (export "memory") {module.pages} {module.pages})']
    for function, name in zip(module.functions, names, strict=True):
        lines += _function(function, name, names)
    lines += [f'  (export "run" (func ${names[-1]})))', ""]
    return "\n".join(lines)


def _identifiers(module: Module) -> tuple[str, ...]:
    """By function; a name that several have gets the function's index behind it."""
    names = [_NOT_IN_AN_IDENTIFIER.sub("_", function.name) for function in module.functions]
    often = Counter(names)
    return tuple(
        name if often[name] == 1 else f"{name}:{number}" for number, name in enumerate(names)
    )


def _function(function: Function, name: str, names: tuple[str, ...]) -> list[str]:
    def declared(word: str, kinds: tuple[Kind, ...]) -> str:
        return f" ({word} {' '.join(kind.value for kind in kinds)})" if kinds else ""

    signature = declared("param", function.parameters) + declared("result", function.results)
    lines = [f"  (func ${name}{signature}"]
    if function.locals:
        lines.append(f"   {declared('local', function.locals)}")
    _nodes(function.body, 2, lines, names)
    return [*lines, "  )"]


def _nodes(body: tuple[Node, ...], depth: int, lines: list[str], names: tuple[str, ...]) -> None:
    pad = "  " * depth
    for node in body:
        match node:
            case Op():
                lines.append(pad + _op(node, names))
            case Block() | Loop():
                lines.append(pad + ("block" if isinstance(node, Block) else "loop"))
                _nodes(node.body, depth + 1, lines, names)
                lines.append(f"{pad}end")
            case IfElse():
                lines.append(f"{pad}if" + (f" (result {node.result.value})" if node.result else ""))
                _nodes(node.then, depth + 1, lines, names)
                if node.otherwise:
                    lines.append(f"{pad}else")
                    _nodes(node.otherwise, depth + 1, lines, names)
                lines.append(f"{pad}end")
            case TrapIf(mark=mark):
                why = f"  ;; {mark.reason.value}, line {mark.line}"
                lines += [f"{pad}if", f"{pad}  unreachable{why}", f"{pad}end"]


def _op(op: Op, names: tuple[str, ...]) -> str:
    text = op.name
    if op.name == "call":
        assert isinstance(op.value, int)
        text += f" ${names[op.value]}"
    elif op.name.endswith(("load", "load32_u", "store")):
        text += f" offset={op.value}" if op.value else ""
    elif op.name == "f64.const":
        assert op.value is not None
        text += " nan" if math.isnan(op.value) else f" {float(op.value)!r}"
    elif op.value is not None:
        text += f" {op.value}"
    return text if op.mark is None else f"{text}  ;; {op.mark.reason.value}, line {op.mark.line}"
