"""Modules that say they are our compiler's, and read another row than their own."""

from __future__ import annotations

import json
import re

import wasmtime

from sandbox.compiler.driver import compile_source, stages_of
from sandbox.compiler.encode import custom_section
from sandbox.compiler.wat import wat
from sandbox.metadata import SECTION

_COLUMN = re.compile(r"(local\.get \d+\s+local\.get \d+\s+i32\.add)\s+f64\.load(?=\n)")

PLOTTED = '"""Draws the close."""\ndef on_bar(bar):\n    plot("close", bar.close)\n'
CROSSING = '''"""Enters where the close rises above its average."""

length = param(10, low=2, high=50)


def on_bar(bar):
    close = bar.close
    mean = ta.sma(close, length)
    if crossover(close, mean):
        enter_long(percent=90.0)
    elif crossunder(close, mean):
        exit()
'''


def peeking(source: str, rows: int = 1) -> bytes:
    """The strategy's module, with the first column that it reads shifted by so many rows."""
    text = wat(stages_of(source).module)
    text, changed = _COLUMN.subn(rf"\1 i32.const {8 * rows} i32.add f64.load", text, count=1)
    assert changed == 1
    claims = json.loads(compile_source(source).metadata.model_dump_json()) | {"places": []}
    return bytes(wasmtime.wat2wasm(text)) + custom_section(SECTION, json.dumps(claims).encode())
