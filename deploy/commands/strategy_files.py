"""`peripheral strategy check|compile|explain`: what needs a file and nothing that runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deploy.diagnostics import render
from deploy.errors import UserError

if TYPE_CHECKING:
    from sandbox.compiler.driver import Compiled
    from sandbox.errors import CompileError

STAGES = ("typed", "slots", "wat")

source_file = click.argument("file", type=click.Path(path_type=Path))
_as_json = click.option("--json", "as_json", is_flag=True, help="Write the findings as JSON.")


@click.command("check")
@source_file
@_as_json
def check(file: Path, as_json: bool) -> int:
    """Say whether FILE is a strategy, and if not, where and what to write instead.

    FILE.wasm is a module from another language, by docs/strategy-abi.md. The exit code is 0
    when it is one, else 1.
    """
    if file.suffix == ".wasm":
        return _check_module(file, as_json)
    compiled = _compiled(file, as_json)
    if compiled is None:
        return 1
    if as_json:
        click.echo(json.dumps({"diagnostics": []}))
    else:
        params = ", ".join(param.name for param in compiled.metadata.params) or "none"
        click.echo(
            f"{file} is a strategy of {len(compiled.wasm):,} bytes that keeps"
            f" {compiled.metadata.state_bytes:,} bytes a series; params: {params}."
        )
    return 0


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
        stages = stages_of(read_source(file))
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
    from sandbox.errors import SandboxError
    from sandbox.host.foreign.check import examine
    from sandbox.host.foreign.engine import ForeignEngine

    engine = ForeignEngine()
    try:
        module = examine(engine, read_bytes(file))
    except SandboxError as error:
        if as_json:
            click.echo(json.dumps({"reason": str(error)}))
        else:
            click.echo(f"{file} is {error}. docs/strategy-abi.md has the rules.", err=True)
        return 1
    finally:
        engine.close()
    if as_json:
        click.echo(json.dumps({"reason": None}))
    else:
        params = ", ".join(param.name for param in module.metadata.params) or "none"
        click.echo(
            f"{file} is a strategy (language: {module.metadata.language}) that keeps"
            f" {len(module.initial_state):,} bytes, and takes {module.memory_bytes:,} bytes of"
            f" memory, a series; params: {params}."
        )
    return 0


def read_bytes(file: Path) -> bytes:
    """Of a module. Raises UserError."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise UserError(f"{file} can't be read: {error.strerror}.") from error


def read_source(file: Path) -> str:
    """The text of a strategy file. Raises UserError."""
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"{file} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{file} is not UTF-8 text: save it as UTF-8.") from error


def _compiled(file: Path, as_json: bool) -> Compiled | None:
    """The compiled strategy; None after its findings were shown."""
    from sandbox.compiler.driver import compile_source
    from sandbox.errors import CompileError

    try:
        return compile_source(read_source(file))
    except CompileError as error:
        _show(error, file, as_json)
        return None


def _show(error: CompileError, file: Path, as_json: bool) -> None:
    if as_json:
        findings = [finding.model_dump() for finding in error.diagnostics]
        click.echo(json.dumps({"diagnostics": findings}, indent=2))
    else:
        click.echo("\n\n".join(render(each, str(file)) for each in error.diagnostics), err=True)
