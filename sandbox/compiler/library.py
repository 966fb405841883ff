"""Reads the stdlib's sources: the compiler's only look at a file, of its own package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from types import MappingProxyType

from sandbox.compiler import syntax
from sandbox.compiler.limits import DEFAULT_LIMITS
from sandbox.compiler.parse_library import parse_library
from sandbox.compiler.report import Report

LANGUAGE_VERSION = "1"
LIBRARY_VERSION = "1"


@dataclass(frozen=True, slots=True)
class Library:
    """functions: by name; those that begin with _ are for the library itself."""

    version: str
    sha256: str
    functions: Mapping[str, syntax.Function]


@cache
def library() -> Library:
    """The same object always: the sources are part of the package and do not change."""
    digest = sha256()
    functions: dict[str, syntax.Function] = {}
    folder = files("sandbox").joinpath("stdlib", "ta")
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not entry.name.endswith(".py"):
            continue
        source = entry.read_text(encoding="utf-8")
        digest.update(f"{entry.name}\0{source}\0".encode())
        report = Report(source, DEFAULT_LIMITS.diagnostics_max)
        for function in parse_library(source, DEFAULT_LIMITS, report):
            assert function.name not in functions, function.name
            functions[function.name] = function
        assert not report, (entry.name, report.diagnostics())
    return Library(LIBRARY_VERSION, digest.hexdigest(), MappingProxyType(functions))
