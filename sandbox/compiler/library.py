"""Reads the stdlib's sources: the compiler's only look at files, of its own package.

A function is parsed when it is first asked for: most strategies need few of hundreds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files

from sandbox.compiler import syntax, typed
from sandbox.compiler.limits import DEFAULT_LIMITS
from sandbox.compiler.parse.functions import parse_library
from sandbox.compiler.report import Report

LANGUAGE_VERSION = "2"
LIBRARY_VERSION = "2"
NAMESPACES = ("engine", "math", "ta", "time")
_DEF = re.compile(r"^def (\w+)\(", re.MULTILINE)


Key = tuple[str, tuple[object, ...]]


class Functions(Mapping[str, syntax.Function]):
    """Library functions by full name, such as ta.ema. After the namespace, a name that begins
    with _ is for the library itself, and one that ends with _ is called without it.

    stateful, typed: what the checker has found out about them so far: which of them keep
    state, and by name and kinds of arguments the typed function.
    """

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._sources = dict(sources)
        self._parsed: dict[str, syntax.Function] = {}
        self.stateful: dict[str, bool] = {}
        self.typed: dict[Key, typed.Function] = {}

    def __getitem__(self, name: str) -> syntax.Function:
        if name not in self._parsed:
            source = self._sources[name]
            report = Report(source, DEFAULT_LIMITS.diagnostics_max)
            (function,) = parse_library(source, report)
            assert not report, (name, report.diagnostics())
            self._parsed[name] = function
        return self._parsed[name]

    def __contains__(self, name: object) -> bool:
        return name in self._sources

    def __iter__(self) -> Iterator[str]:
        return iter(self._sources)

    def __len__(self) -> int:
        return len(self._sources)


@dataclass(frozen=True, slots=True)
class Library:
    """sha256: of all sources."""

    version: str
    sha256: str
    functions: Functions


@cache
def library() -> Library:
    """The same object always: the sources are part of the package and do not change."""
    digest = sha256()
    sources: dict[str, str] = {}
    for namespace in NAMESPACES:
        folder = files("sandbox").joinpath("stdlib", namespace)
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
            if not entry.name.endswith(".py"):
                continue
            text = entry.read_text(encoding="utf-8")
            digest.update(f"{namespace}/{entry.name}\0{text}\0".encode())
            starts = list(_DEF.finditer(text))
            ends = [match.start() for match in starts[1:]] + [len(text)]
            for match, end in zip(starts, ends, strict=True):
                name = f"{namespace}.{match[1]}"
                assert name not in sources, name
                sources[name] = text[match.start() : end]
    return Library(LIBRARY_VERSION, digest.hexdigest(), Functions(sources))
