"""Each stage's output, held still: files of `=== name`, a source, `---`, what is expected."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.compiler.driver import compile_source, stages_of
from sandbox.compiler.encode import encode
from sandbox.compiler.limits import DEFAULT_LIMITS
from sandbox.compiler.parse.strategy import parse_strategy
from sandbox.compiler.report import Report
from sandbox.compiler.show import slots_text, typed_text
from sandbox.compiler.verify.typed import verify
from sandbox.compiler.verify.wasm import verify as verify_wasm
from sandbox.compiler.wat import wat
from sandbox.errors import CompileError
from tests.sandbox.dump import dump
from tests.sandbox.running import REPOSITORY

GOLDENS = Path(__file__).parent / "goldens"


def syntax_of(source: str) -> str:
    report = Report(source, 100)
    tree = parse_strategy(source, DEFAULT_LIMITS, report)
    assert not report
    return dump(tree)


def typed_of(source: str) -> str:
    program = stages_of(source).program
    verify(program)
    return typed_text(program, library=False)


def slots_of(source: str) -> str:
    stages = stages_of(source)
    return slots_text(stages.program, stages.placement)


def wasm_of(source: str) -> str:
    module = stages_of(source).module
    verify_wasm(module)
    return wat(module).rstrip("\n")


def bytes_of(source: str) -> str:
    data = encode(stages_of(source).module).code
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


# by the file's name, up to a hyphen
STAGES: dict[str, Callable[[str], str]] = {
    "syntax": syntax_of,
    "typed": typed_of,
    "slots": slots_of,
    "wasm": wasm_of,
    "bytes": bytes_of,
    "diagnostics": diagnostics_of,
}
CAPS = {
    "source-too-long",
    "source-too-large",
    "statement-too-long",
    "nested-too-deep",
    "too-many-params",
    "too-many-calls",
    "strategy-too-large",
    "state-too-large",
}
FILES = sorted(GOLDENS.glob("*.txt"))


def cases(path: Path) -> list[tuple[str, str, str]]:
    """(name, source, expected) of one file."""
    found = []
    for block in path.read_text(encoding="utf-8").split("=== ")[1:]:
        name, _, rest = block.partition("\n")
        source, _, expected = rest.partition("\n---\n")
        found.append((name, source + "\n", expected.rstrip("\n")))
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_stage_gives_what_its_golden_says(path: Path, rewrite_goldens: bool) -> None:
    produce = STAGES[path.stem.split("-")[0]]
    if rewrite_goldens:
        written = [
            f"=== {name}\n{source}---\n{produce(source)}\n" for name, source, _ in cases(path)
        ]
        path.write_text("\n".join(written), encoding="utf-8")
    for name, source, expected in cases(path):
        assert produce(source) == expected, f"{path.stem}: {name}"


def test_every_finding_of_the_compiler_is_in_a_golden() -> None:
    """But for those of caps, which test_limits comes to."""
    expected = [case[2] for path in FILES if "diagnostics" in path.stem for case in cases(path)]
    heads = [line for text in expected for line in text.splitlines() if not line.startswith(" ")]
    assert _codes() - CAPS <= {head.split(" ")[1] for head in heads}


def _codes() -> set[str]:
    """The second argument of every call that reports."""
    found = set()
    for path in (REPOSITORY / "sandbox/compiler").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr="refuse" | "add"),
                    args=[_, ast.Constant(value=str() as code), _, *_],
                ):
                    found.add(code)
    assert len(found) > 30
    return found
