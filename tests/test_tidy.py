"""Style that no linter holds: sizes, docstrings, state, and what must not be in the project.

An exception is a line below with what is too large about it; one that is no longer needed
fails as well, so the lists only get shorter.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE = ("schemas", "streams", "sandbox", "processors", "api", "deploy", "bench", "tests")
TEXT = {
    ".py",
    ".md",
    ".sql",
    ".toml",
    ".yml",
    ".yaml",
    ".sh",
    ".txt",
    ".lock",
    ".html",
    ".js",
    ".css",
}
NAMED = ("Makefile", "Dockerfile", ".dockerignore", ".gitignore", ".ci/run")
HIDDEN = (".venv", ".data", ".git", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis")

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 60

LONG_FILES: set[str] = set()
LONG_FUNCTIONS: set[str] = set()

UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b")
# A path of one machine: somebody's home, or a folder that only one place has.
MACHINE_PATH = re.compile(r"(?<![\w.~*}/-])/(?:home|root|Users|work|mnt|scratch)/[\w.-]+")
OF_THE_IMAGE = ("Dockerfile", "/root/" + ".cache")
ADDRESS = re.compile(r"\bhttps?://(?!127\.0\.0\.1)[^\s\"'`)>]+")
BUILD_FILES = ("Makefile", "Dockerfile", "pyproject.toml", "docker-compose.yml", ".ci/run")

MUTATORS = {
    *("append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse"),
    *("update", "setdefault", "popitem", "add", "discard", "appendleft"),
}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def modules() -> dict[str, ast.Module]:
    """Every Python file's tree, by its path. The strategies are in a language of their own."""
    found = {}
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "stdlib" not in path.parts:
                found[relative(path)] = ast.parse(path.read_text())
    return found


def texts() -> dict[str, str]:
    """Every text file of the project, by its path."""
    paths = [ROOT / name for name in NAMED if (ROOT / name).exists()]
    for path in ROOT.rglob("*"):
        inside = path.relative_to(ROOT).parts
        if path.suffix in TEXT and inside[0] not in HIDDEN and path.is_file():
            paths.append(path)
    return {relative(path): path.read_text() for path in paths}


MODULES = modules()
TEXTS = texts()


def long_files() -> Iterator[str]:
    for name in MODULES:
        if len((ROOT / name).read_text().splitlines()) > FILE_LINES_MAX:
            yield name


def long_functions() -> Iterator[str]:
    for name, tree in MODULES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                if node.end_lineno - node.lineno >= FUNCTION_LINES_MAX:
                    yield f"{name}::{node.name}"


@pytest.mark.parametrize(
    ("found", "known"),
    [(long_files, LONG_FILES), (long_functions, LONG_FUNCTIONS)],
    ids=["files", "functions"],
)
def test_sizes_only_shrink(found: Callable[[], Iterator[str]], known: set[str]) -> None:
    assert set(found()) == known


def test_every_module_says_what_it_is() -> None:
    silent = [name for name, tree in MODULES.items() if tree.body and not ast.get_docstring(tree)]
    assert silent == []


def test_nothing_is_left_unfinished() -> None:
    assert [name for name, text in TEXTS.items() if UNFINISHED.search(text)] == []


def test_no_path_of_one_machine_is_named() -> None:
    found = {(name, path) for name, text in TEXTS.items() for path in MACHINE_PATH.findall(text)}
    assert found - {OF_THE_IMAGE} == set()


def test_the_build_names_no_address() -> None:
    # Registries and mirrors are the machine's own setting.
    names = [name for name in TEXTS if name in BUILD_FILES or name.startswith("requirements")]
    assert len(names) > len(BUILD_FILES)
    found = {name: ADDRESS.findall(TEXTS[name]) for name in names}
    assert {name: found[name] for name in names if found[name]} == {}


def module_names(tree: ast.Module) -> Iterator[str]:
    """What a module binds by assignment."""
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        yield from (target.id for target in targets if isinstance(target, ast.Name))


def changed_globals(tree: ast.Module) -> Iterator[str]:
    """Module globals that a function rebinds or changes in place."""
    globals_ = set(module_names(tree))
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        local = bound(function) | arguments(function)
        for node in ast.walk(function):
            if isinstance(node, ast.Global):
                yield from node.names
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = node.func.value
                if node.func.attr in MUTATORS and isinstance(owner, ast.Name):
                    yield from {owner.id} & (globals_ - local)
            elif (
                isinstance(node, ast.Subscript)
                and isinstance(node.ctx, ast.Store | ast.Del)
                and isinstance(node.value, ast.Name)
            ):
                yield from {node.value.id} & (globals_ - local)


def bound(function: ast.AST) -> set[str]:
    names = (node for node in ast.walk(function) if isinstance(node, ast.Name))
    return {name.id for name in names if isinstance(name.ctx, ast.Store)}


def arguments(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    given = function.args
    return {arg.arg for arg in (*given.posonlyargs, *given.args, *given.kwonlyargs)}


def test_state_is_never_a_module_global() -> None:
    changed = {name: sorted(set(changed_globals(tree))) for name, tree in MODULES.items()}
    assert {name: found for name, found in changed.items() if found} == {}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("SEEN = {}\ndef f(x):\n    SEEN[x] = 1", ["SEEN"]),
        ("SEEN = []\ndef f(x):\n    SEEN.append(x)", ["SEEN"]),
        ("n = 0\ndef f():\n    global n\n    n = 1", ["n"]),
        ("SEEN = {}\ndef f(SEEN):\n    SEEN['x'] = 1", []),
        ("SEEN = {}\ndef f(x):\n    return SEEN[x]", []),
        ("def f(x):\n    seen = []\n    seen.append(x)", []),
    ],
)
def test_a_changed_global_is_seen(source: str, found: list[str]) -> None:
    assert list(changed_globals(ast.parse(source))) == found
