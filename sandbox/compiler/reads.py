"""Which fields of a bar a program looks at: the host fills no other columns."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from sandbox.compiler import typed
from sandbox.compiler.once import once
from sandbox.compiler.walk import walk

LIMITED = "engine.limited"


class Reads(NamedTuple):
    """By name, sorted. always: what every bar is looked at for; limited: what else is where the
    account has limits."""

    always: tuple[str, ...]
    limited: tuple[str, ...]


@once
def bar_fields_read(on_bar: typed.Function) -> Reads:
    """Only on_bar reads the bar itself."""
    read, passed = Counter[str](), Counter[str]()
    for node in walk((on_bar.body, on_bar.closing)):
        if isinstance(node, typed.BarValue):
            read[node.field] += 1
        elif isinstance(node, typed.Call) and on_bar.sites[node.site].name == LIMITED:
            arguments = walk(node.arguments)
            passed.update(each.field for each in arguments if isinstance(each, typed.BarValue))
    limited = {name for name, count in passed.items() if count == read[name]}
    return Reads(tuple(sorted(read.keys() - limited)), tuple(sorted(limited)))
