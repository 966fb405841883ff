"""Each stage's output, held still: files of `=== name`, a source, `---`, what is expected."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.compiler.driver import compile_source, typed_program
from sandbox.compiler.encode import encode
from sandbox.compiler.layout import layout_of
from sandbox.compiler.limits import DEFAULT_LIMITS
from sandbox.compiler.lower import lower
from sandbox.compiler.parse import parse_strategy
from sandbox.compiler.report import Report
from sandbox.compiler.verify_typed import verify
from sandbox.compiler.verify_wasm import verify as verify_wasm
from sandbox.errors import CompileError
from tests.sandbox.dump import dump, dump_wasm

GOLDENS = Path(__file__).parent / "goldens"


def syntax_of(source: str) -> str:
    report = Report(source, 100)
    tree = parse_strategy(source, DEFAULT_LIMITS, report)
    assert not report
    return dump(tree)


def typed_of(source: str) -> str:
    program = typed_program(source)
    verify(program)
    return dump(program)


def wasm_of(source: str) -> str:
    program = typed_program(source)
    module = lower(program, layout_of(program, DEFAULT_LIMITS), b"{}")
    verify_wasm(module)
    return dump_wasm(module)


def bytes_of(source: str) -> str:
    program = typed_program(source)
    data = encode(lower(program, layout_of(program, DEFAULT_LIMITS), b"{}"))
    return "\n".join(data[at : at + 32].hex(" ") for at in range(0, len(data), 32))


def diagnostics_of(source: str) -> str:
    try:
        compile_source(source)
    except CompileError as error:
        return "\n".join(
            f"{d.line}:{d.column}-{d.end_line}:{d.end_column} {d.code}\n  {d.message}\n  {d.remedy}"
            for d in error.diagnostics
        )
    return "compiles"


STAGES: dict[str, Callable[[str], str]] = {
    "syntax": syntax_of,
    "typed": typed_of,
    "wasm": wasm_of,
    "bytes": bytes_of,
    "diagnostics": diagnostics_of,
}


def cases(stage: str) -> list[tuple[str, str, str]]:
    """(name, source, expected) of one file."""
    text = (GOLDENS / f"{stage}.txt").read_text(encoding="utf-8")
    found = []
    for block in text.split("=== ")[1:]:
        name, _, rest = block.partition("\n")
        source, _, expected = rest.partition("\n---\n")
        found.append((name, source + "\n", expected.rstrip("\n")))
    return found


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_gives_what_its_golden_says(stage: str, rewrite_goldens: bool) -> None:
    produce = STAGES[stage]
    if rewrite_goldens:
        blocks = [
            f"=== {name}\n{source}---\n{produce(source)}\n" for name, source, _ in cases(stage)
        ]
        (GOLDENS / f"{stage}.txt").write_text("\n".join(blocks), encoding="utf-8")
    for name, source, expected in cases(stage):
        assert produce(source) == expected, f"{stage}: {name}"
