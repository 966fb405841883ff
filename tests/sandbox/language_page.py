"""docs/strategy-language.md: its examples, and the tables that are made of the code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files

import talib

from sandbox.compiler.check.outputs import _ALERTS_MAX
from sandbox.compiler.limits import DEFAULT_LIMITS
from sandbox.reference import Signature, signatures
from tests.sandbox.running import REPOSITORY, body

_GROUPS: Mapping[str, list[str]] = talib.get_function_groups()  # type: ignore[no-untyped-call] # talib has no types
_ORDER = (
    "Crossings, conditions and changes",
    "Overlap Studies",
    "Momentum Indicators",
    "Volatility Indicators",
    "Volume Indicators",
    "Statistic Functions",
    "Extremes and pivots",
    "Cycle Indicators",
    "Price Transform",
    "Math Operators",
    "Math Transform",
    "Pattern Recognition",
)
PAGE = REPOSITORY / "docs/strategy-language.md"
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_MARK = re.compile(r"# (refused|traps): ([\w-]+)\n")
_VALUE = re.compile(r'^plot\("(.*?)", .*\)  # (-?[\d.]+)$', re.MULTILINE)

# functions that TA-Lib has not, by the file of the library that they are in
_BEYOND_TALIB = {
    "changes": "Crossings, conditions and changes",
    "channels": "Overlap Studies",
    "conditions": "Crossings, conditions and changes",
    "crossing": "Crossings, conditions and changes",
    "direction": "Momentum Indicators",
    "dispersion": "Statistic Functions",
    "extremes": "Extremes and pivots",
    "pivots": "Extremes and pivots",
    "ranks": "Statistic Functions",
    "volume_flow": "Volume Indicators",
    "weighted": "Overlap Studies",
}
# field of Limits → (what it bounds, the diagnostic)
_LIMITS = {
    "source_bytes_max": ("bytes of source", "source-too-long"),
    "bracket_depth_max": ("brackets in brackets", "nested-too-deep"),
    "statement_tokens_max": ("words and signs of a statement", "statement-too-long"),
    "nodes_max": ("names, values and operations of a source", "source-too-large"),
    "depth_max": ("expressions and branches in each other", "nested-too-deep"),
    "nesting_max": ("the same, through the calls of helpers", "nested-too-deep"),
    "diagnostics_max": ("findings that are shown", "none"),
    "params_max": ("params", "too-many-params"),
    "plots_max": ("plots", "plot"),
    "window_bars_max": ("bars of a length or of history", "length, history-length"),
    "calls_max": ("indicators and helpers, nested ones counted", "too-many-calls"),
    "typed_nodes_max": ("operations, of each function once", "strategy-too-large"),
    "state_bytes_max": ("bytes of state a series", "state-too-large"),
    "bar_budget": ("operations of a bar", "strategy-too-large, or a trap"),
}


@dataclass(frozen=True)
class Example:
    """refused: the code of its diagnostic. traps: the reason. values: of plots, by name."""

    line: int
    source: str
    refused: str | None
    traps: str | None
    values: Mapping[str, float]


def examples(text: str) -> Iterator[Example]:
    """The Python blocks of a page; one without a docstring is what on_bar holds."""
    for block in _BLOCK.finditer(text):
        code = block[1]
        mark = _MARK.match(code)
        kind, detail = (mark[1], mark[2]) if mark else (None, None)
        yield Example(
            line=text.count("\n", 0, block.start()) + 1,
            source=code if code.startswith('"""') else body(*code.splitlines()),
            refused=detail if kind == "refused" else None,
            traps=detail if kind == "traps" else None,
            values={name: float(value) for name, value in _VALUE.findall(code)},
        )


def with_tables(text: str) -> str:
    """The page with what is between its markers made anew."""
    for name, table in (("limits", limits_table()), ("ta", ta_tables()), ("math", math_table())):
        before, begin, rest = text.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition(f"<!-- /{name} -->")
        assert begin and end, name
        text = before + begin + table + end + after
    return text


def limits_table() -> str:
    rows = [("at most", "of", "finding")]
    for field in fields(DEFAULT_LIMITS):
        what, code = _LIMITS[field.name]
        rows.append((f"{getattr(DEFAULT_LIMITS, field.name):,}", what, code))
        if field.name == "plots_max":
            rows.append((f"{_ALERTS_MAX}", "messages of alerts", "alert"))
    return _table(rows)


def ta_tables() -> str:
    """A table a group."""
    groups: dict[str, list[Signature]] = {name: [] for name in _ORDER}
    for signature in signatures():
        if signature.name.startswith("ta."):
            groups[_group(signature.name.removeprefix("ta."))].append(signature)
    return "\n".join(f"### {name.capitalize()}\n\n{_functions(groups[name])}" for name in groups)


def math_table() -> str:
    return _functions([each for each in signatures() if each.name.startswith("math.")])


def _functions(group: list[Signature]) -> str:
    rows = [(f"`{s.usage}`", _gives(s), _cell(s.summary)) for s in group]
    return _table([("function", "gives", "what"), *rows])


def _group(name: str) -> str:
    for group, names in _GROUPS.items():
        if name.upper() in names:
            return group
    return _BEYOND_TALIB[_files()[name]]


@cache
def _files() -> Mapping[str, str]:
    """The file of the library that has a function, by name."""
    found = {}
    for entry in files("sandbox").joinpath("stdlib", "ta").iterdir():
        if entry.name.endswith(".py"):
            text = entry.read_text(encoding="utf-8")
            for name in re.findall(r"^def (\w+)\(", text, re.MULTILINE):
                found[name.rstrip("_")] = entry.name.removesuffix(".py")
    return found


def _gives(signature: Signature) -> str:
    words = {"float": "float", "int": "whole number", "bool": "truth"}
    kinds = [words[kind] for kind in signature.results]
    assert len(set(kinds)) == 1, signature.name
    return kinds[0] if len(kinds) == 1 else f"{len(kinds)} {kinds[0]}s"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "| --- " * len(rows[0]) + "|", *lines[1:]]) + "\n"
