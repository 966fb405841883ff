"""The stdlib's public functions as data: what stubs and the reference are made of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sandbox.compiler.check import results_of
from sandbox.compiler.check_builtins import BUILTINS
from sandbox.compiler.library import library
from sandbox.compiler.limits import DEFAULT_LIMITS
from sandbox.compiler.syntax import Argument

PUBLIC = ("ta", "math")


@dataclass(frozen=True, slots=True)
class Signature:
    """name: as a strategy writes it, ta.ema. results: 'float', 'int' or 'bool' each. summary:
    the first sentence of the docstring."""

    name: str
    arguments: tuple[Argument, ...]
    results: tuple[str, ...]
    docstring: str

    @property
    def summary(self) -> str:
        first = " ".join(self.docstring.split("\n\n")[0].split())
        return first.split(". ")[0].rstrip(".") + "."

    @property
    def usage(self) -> str:
        """The call, with defaults."""
        parts = [a.name if a.default is None else f"{a.name}={a.default}" for a in self.arguments]
        return f"{self.name}({', '.join(parts)})"


@cache
def signatures() -> tuple[Signature, ...]:
    """Every function that a strategy may call by ta. or math., by name."""
    functions = library().functions
    found = []
    for key in sorted(functions):
        namespace, _, plain = key.partition(".")
        if namespace in PUBLIC and not plain.startswith("_"):
            function = functions[key]
            results = tuple(kind.value for kind in results_of(key, functions, DEFAULT_LIMITS))
            name = key.rstrip("_")
            found.append(Signature(name, function.arguments, results, function.docstring))
    return tuple(found)


def builtin_math() -> tuple[str, ...]:
    """The functions of math that are single operations."""
    return tuple(sorted(name for name in BUILTINS if name.startswith("math.")))
