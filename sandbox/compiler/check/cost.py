"""What statements cost: the nodes of their trees, those of the functions they call included."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.compiler import typed
from sandbox.compiler.walk import walk


def cost_of(
    statements: Sequence[typed.Statement],
    sites: Sequence[int],
    functions: Sequence[typed.Function],
) -> int:
    """Of running them once, without the rounds of loops, which are counted as they run.
    sites: of the function that they are of."""
    return sum(
        1 + (functions[sites[node.site]].cost if isinstance(node, typed.Call) else 0)
        for node in walk(tuple(statements))
    )
