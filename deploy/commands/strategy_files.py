"""`peripheral strategy check|compile|explain`: what needs a file and nothing that runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deploy.diagnostics import render
from deploy.errors import UserError
from schemas.diagnostics import Diagnostic

if TYPE_CHECKING:
    from sandbox.compiler.driver import Compiled
    from sandbox.errors import CompileError, ModuleError
    from schemas.events.strategies import ParamSpec

STAGES = ("typed", "slots", "wat")

source_file = click.argument("file", type=click.Path(path_type=Path))
_as_json = click.option("--json", "as_json", is_flag=True, help="Write the findings as JSON.")


@click.command("check")
@source_file
@_as_json
def check(file: Path, as_json: bool) -> int:
    """Say whether FILE is a strategy, and if not, where and what to write instead.

    FILE.wasm is what `compile` wrote, or a module from another language, by
    docs/strategy-abi.md. The exit code is 0 when it is one, 1 when it is none, and 2 when FILE
    can't be read.
    """
    if file.suffix == ".wasm":
        return _check_module(file, as_json)
    compiled = _compiled(file, as_json)
    if compiled is None:
        return 1
    metadata = compiled.metadata
    return _approved(
        f"{file} is a strategy of {len(compiled.wasm):,} bytes that keeps"
        f" {metadata.state_bytes:,} bytes a series; {_listed(metadata.params)}.",
        as_json,
    )


@click.command("compile")
@source_file
@click.option("-o", "--output", type=click.Path(path_type=Path), help="FILE with .wasm by default.")
@_as_json
def compile_(file: Path, output: Path | None, as_json: bool) -> int:
    """Compile the strategy in FILE to WebAssembly.

    The same source gives the same bytes on every machine. The exit code is 0 when it is a
    strategy, else 1.
    """
    compiled = _compiled(file, as_json)
    if compiled is None:
        return 1
    target = output or file.with_suffix(".wasm")
    try:
        target.write_bytes(compiled.wasm)
    except OSError as error:
        raise UserError(f"{target} can't be written: {error.strerror}.") from error
    if as_json:
        click.echo(json.dumps({"diagnostics": [], "output": str(target)}))
    else:
        click.echo(f"Wrote {target}, {len(compiled.wasm):,} bytes.")
    return 0


@click.command("explain")
@source_file
@click.option("--stage", type=click.Choice(STAGES), help="Only this; all by default.")
@click.option("--library", is_flag=True, help="Show the stdlib's functions too.")
def explain(file: Path, stage: str | None, library: bool) -> int:
    """Show what the strategy in FILE is compiled to, stage by stage.

    typed: names resolved, calls in the order in which they run. slots: the state of one
    series, in bytes. wat: the module as WebAssembly text.
    """
    from sandbox.compiler.driver import stages_of
    from sandbox.compiler.show import slots_text, typed_text
    from sandbox.compiler.wat import wat
    from sandbox.errors import CompileError

    try:
        stages = stages_of(_strategy_source(file))
    except CompileError as error:
        _show(error, file, as_json=False)
        return 1
    program, placement = stages.program, stages.placement
    texts = {
        "typed": lambda: typed_text(program, library=library),
        "slots": lambda: (
            f"{slots_text(program, placement)}\n\n"
            f"One series takes {placement.state_bytes:,} bytes; a bar takes"
            f" {program.on_bar.cost:,} operations, and those of its loops."
        ),
        "wat": lambda: wat(stages.module),
    }
    shown = [stage] if stage else list(STAGES)
    parts = [texts[name]() if stage else f"== {name}\n{texts[name]()}" for name in shown]
    click.echo("\n\n".join(part.rstrip() for part in parts))
    return 0


def _check_module(file: Path, as_json: bool) -> int:
    from sandbox.errors import ModuleError
    from sandbox.metadata import is_ours

    with _unreadable_shown(as_json):
        wasm = read_bytes(file)
    ours = is_ours(wasm)
    try:
        words = _of_our_compiler(wasm) if ours else _of_another_language(wasm)
    except ModuleError as error:
        _refuse_module(error, file, ours, as_json)
        return 1
    return _approved(f"{file} is {words}.", as_json)


def _of_our_compiler(wasm: bytes) -> str:
    from sandbox.host.engine import SandboxEngine
    from sandbox.host.module import load_module

    metadata = load_module(SandboxEngine(), wasm).metadata
    return (
        f"a strategy that our compiler made, of {len(wasm):,} bytes, that keeps"
        f" {metadata.state_bytes:,} bytes a series; {_listed(metadata.params)}. To register it,"
        " give the source file that it was made from"
    )


def _of_another_language(wasm: bytes) -> str:
    from sandbox.errors import CallInterruptedError, ModuleError
    from sandbox.host.foreign.check import examine
    from sandbox.host.foreign.engine import ForeignEngine

    engine = ForeignEngine()
    try:
        module = examine(engine, wasm)
    except CallInterruptedError as error:
        raise ModuleError(f"rule state: sample bars could not be run: {error}") from error
    finally:
        engine.close()
    return (
        f"a strategy (language: {module.metadata.language}) that keeps"
        f" {len(module.initial_state):,} bytes, and takes {module.memory_bytes:,} bytes of"
        f" memory, a series; {_listed(module.metadata.params)}"
    )


def _refuse_module(error: ModuleError, file: Path, ours: bool, as_json: bool) -> None:
    remedy = "Compile it again from its source." if ours else "docs/strategy-abi.md has the rules."
    if as_json:
        _echo_json(_of_file("module", f"The module breaks a rule: {error.reason}.", remedy))
    else:
        click.echo(f"{file} is {error}. {remedy}", err=True)


def _approved(words: str, as_json: bool) -> int:
    if as_json:
        _echo_json()
    else:
        click.echo(words)
    return 0


def _listed(params: tuple[ParamSpec, ...]) -> str:
    return f"params: {', '.join(param.name for param in params) or 'none'}"


def read_bytes(file: Path) -> bytes:
    """Of a module. Raises UserError."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise UserError(f"{file} can't be read: {error.strerror}.") from error


def read_source(file: Path) -> str:
    """The text of a file, without the byte order mark that some editors begin it with. Raises
    UserError."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UserError(f"{file} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{file} is not UTF-8 text: save it as UTF-8.") from error


def _strategy_source(file: Path) -> str:
    """Raises UserError."""
    if file.suffix == ".wasm":
        raise UserError(f"{file} is a module: give the source file that it was made from.")
    return read_source(file)


def _compiled(file: Path, as_json: bool) -> Compiled | None:
    """The compiled strategy; None after its findings were shown."""
    from sandbox.compiler.driver import compile_source
    from sandbox.errors import CompileError

    with _unreadable_shown(as_json):
        source = _strategy_source(file)
    try:
        return compile_source(source)
    except CompileError as error:
        _show(error, file, as_json)
        return None


@contextmanager
def _unreadable_shown(as_json: bool) -> Iterator[None]:
    """Has a UserError shown as a finding too, for a program that reads nothing else."""
    try:
        yield
    except UserError as error:
        if as_json:
            remedy = "Give the path of a strategy's source, in UTF-8, or of its module."
            _echo_json(_of_file("file", str(error), remedy))
        raise


def _show(error: CompileError, file: Path, as_json: bool) -> None:
    if as_json:
        _echo_json(*error.diagnostics)
    else:
        click.echo("\n\n".join(render(each, str(file)) for each in error.diagnostics), err=True)


def _echo_json(*diagnostics: Diagnostic) -> None:
    findings = [finding.model_dump() for finding in diagnostics]
    click.echo(json.dumps({"diagnostics": findings}, indent=2))


def _of_file(code: str, message: str, remedy: str) -> Diagnostic:
    """A finding about a file as a whole; it stands at the beginning."""
    return Diagnostic(
        line=1,
        column=1,
        end_line=1,
        end_column=1,
        code=code,
        message=message,
        remedy=remedy,
        source_line="",
    )
