"""What the old system prohibited is refused, each with a message of its own, at its place."""

from __future__ import annotations

import pytest

from sandbox.compiler.driver import compile_source
from sandbox.errors import CompileError
from schemas.diagnostics import Diagnostic
from tests.sandbox.running import body

HOST = "A strategy sees bars and params, never the host it runs on."
CODE = "A strategy is compiled ahead of time; no code can be made or found while it runs."
NO_IMPORT = "Remove the import; ta, math, bar and the outputs are there without it."

IMPORTS = {
    "os": "os would reach the operating system",
    "sys": "sys would reach the interpreter",
    "subprocess": "subprocess would reach other programs",
    "shutil": "shutil would reach the file system",
    "socket": "socket would reach the network",
    "urllib": "urllib would reach the network",
}
CALLS = {
    "open": (
        f"open() would reach the file system. {HOST}",
        "Remove it; bars come as `bar`.",
    ),
    "eval": (f"eval() would run text as code. {CODE}", "Write the expression itself."),
    "exec": (f"exec() would run text as code. {CODE}", "Write the statements themselves."),
    "compile": (f"compile() would make code from text. {CODE}", "Write the code itself."),
    "globals": (
        f"globals() would show the module's inside. {CODE}",
        "Use the names directly.",
    ),
    "locals": (
        f"locals() would show the function's inside. {CODE}",
        "Use the names directly.",
    ),
    "__import__": (f"__import__() would load a module. {HOST}", "Use ta.* and math.*."),
}
DUNDERS = {
    "bar.__class__": (9, "__class__"),
    "bar.close.__class__.__mro__": (9, "__mro__"),
    "(1.0).__class__": (9, "__class__"),
    "math.__dict__": (9, "__dict__"),
    "ta.__loader__": (9, "__loader__"),
    "ta.ema.__globals__": (9, "__globals__"),
    "__builtins__": (9, "__builtins__"),
    "__name__": (9, "__name__"),
    "1.0 + __file__": (15, "__file__"),
    "ta.__init__(bar.close)": (9, "__init__"),
    "bar.__getattribute__('close')": (9, "__getattribute__"),
    "__class__()": (9, "__class__"),
}


def findings(source: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(CompileError) as caught:
        compile_source(source)
    return caught.value.diagnostics


def refusal(source: str) -> tuple[str, int, int, str, str]:
    """The only finding: code, line, column, message, remedy."""
    (found,) = findings(source)
    assert found.source_line == source.splitlines()[found.line - 1]
    return found.code, found.line, found.column, found.message, found.remedy


def at_the_top(statement: str) -> str:
    doc, rest = body("score(bar.close)").split("\n", 1)
    return f"{doc}\n{statement}\n{rest}"


@pytest.mark.parametrize("module", IMPORTS)
def test_an_import_is_refused(module: str) -> None:
    message = f"A strategy cannot import {module}: {IMPORTS[module]}."
    for statement in (
        f"import {module}",
        f"import {module} as math",
        f"import {module}.inner",
        f"from {module} import name",
        f"from {module}.inner import *",
    ):
        assert refusal(at_the_top(statement)) == ("import", 2, 1, message, NO_IMPORT)
    assert refusal(body("x = 1.0", f"import {module}")) == ("import", 6, 5, message, NO_IMPORT)


def test_each_of_several_imports_is_refused() -> None:
    found = findings(at_the_top("import os, sys as math, urllib.request"))
    assert [(one.column, one.end_column, one.message.split()[4]) for one in found] == [
        (8, 10, "os:"),
        (12, 23, "sys:"),
        (25, 39, "urllib:"),
    ]


def test_a_module_that_nobody_thought_of_is_refused() -> None:
    assert refusal(at_the_top("import antigravity")) == (
        *("import", 2, 1),
        "A strategy cannot import antigravity.",
        NO_IMPORT,
    )


@pytest.mark.parametrize("name", CALLS)
def test_a_call_is_refused(name: str) -> None:
    expected = (f"call-{name.strip('_')}", *CALLS[name])
    code, message, remedy = expected
    for arguments in ("", "'text'", "bar.close, mode='w'"):
        assert refusal(body(f"x = {name}({arguments})")) == (code, 5, 9, message, remedy)
    assert refusal(body(f"{name}('text')")) == (code, 5, 5, message, remedy)
    assert refusal(body("if bar.close > 1.0:", f"    score(abs({name}()))")) == (
        *(code, 6, 19),
        message,
        remedy,
    )


@pytest.mark.parametrize("expression", DUNDERS)
def test_a_dunder_is_refused(expression: str) -> None:
    column, name = DUNDERS[expression]
    assert refusal(body(f"x = {expression}")) == (
        *("dunder", 5, column),
        f"{name} would reach into Python itself; names with two underscores are closed.",
        "Remove it, or use a name of your own.",
    )


@pytest.mark.parametrize(
    ("statement", "column"),
    [("__x = 1.0", 5), ("x, __x = ta.aroon(bar.high, bar.low)", 8), ("for __x in range(3):", 9)],
)
def test_a_dunder_is_refused_as_a_name_too(statement: str, column: int) -> None:
    lines = (statement, "    y = 1.0") if statement.endswith(":") else (statement,)
    assert refusal(body(*lines))[:3] == ("dunder", 5, column)


def test_all_of_them_are_found_at_once() -> None:
    source = at_the_top("import os\nimport socket\nfrom sys import argv")
    source += "    eval('1')\n    x = bar.__class__\n"
    assert [(one.line, one.code) for one in findings(source)] == [
        *((2, "import"), (3, "import"), (4, "import")),
        *((9, "call-eval"), (10, "dunder")),
    ]
