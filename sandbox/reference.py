"""The stdlib's public functions as data: what stubs and the reference are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from sandbox.compiler.check.builtins import BUILTINS, TRUTHS
from sandbox.compiler.check.program import results_of
from sandbox.compiler.library import library
from sandbox.compiler.limits import DEFAULT_LIMITS
from sandbox.compiler.syntax import Argument, Span

PUBLIC = ("ta", "math")
# the functions of math that the compiler has itself: usage and summary
_BUILTIN_MATH: Mapping[str, tuple[str, str]] = {
    "abs": ("x", "The size of a number."),
    "ceil": ("x", "The smallest whole number not below x, as a float."),
    "copysign": ("x, y", "The size of x with the sign of y."),
    "fabs": ("x", "The size of a number."),
    "floor": ("x", "The largest whole number not above x, as a float."),
    "isfinite": ("x", "Whether x is neither an infinity nor na."),
    "isinf": ("x", "Whether x is an infinity of either sign."),
    "isnan": ("x", "Whether x is na."),
    "log": (
        "x, base=2.718281828459045",
        "The logarithm, the natural one unless a base is given; exact at whole powers of the base.",
    ),
    "sqrt": ("x", "The square root; na below 0."),
    "trunc": ("x", "x without what is behind its point, as a float."),
}


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
    return tuple(sorted([*_of_library(), *_built_in()], key=lambda signature: signature.name))


def _of_library() -> Iterator[Signature]:
    functions = library().functions
    for key in functions:
        namespace, _, plain = key.partition(".")
        if namespace in PUBLIC and not plain.startswith("_"):
            function = functions[key]
            results = tuple(kind.value for kind in results_of(key, functions, DEFAULT_LIMITS))
            yield Signature(key.rstrip("_"), function.arguments, results, function.docstring)


def _built_in() -> Iterator[Signature]:
    nowhere = Span(0, 0, 0, 0)
    for name, (builtin, least, most) in BUILTINS.items():
        namespace, _, plain = name.rpartition(".")
        if namespace == "math":
            usage, summary = _BUILTIN_MATH[plain]
            parts = [part.partition("=") for part in usage.split(", ")]
            arguments = tuple(
                Argument(nowhere, argument, "float", float(default) if default else None)
                for argument, _, default in parts
            )
            needed = [argument for argument in arguments if argument.default is None]
            assert (len(needed), len(arguments)) == (least, most), name
            result = "bool" if builtin in TRUTHS else "float"
            yield Signature(name, arguments, (result,), summary)
