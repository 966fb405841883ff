"""`peripheral strategy`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deploy.errors import UserError

if TYPE_CHECKING:
    from sandbox.compiler.driver import Compiled

_source_file = click.argument("file", type=click.Path(path_type=Path))
_as_json = click.option("--json", "as_json", is_flag=True, help="Write the findings as JSON.")


@click.group("strategy")
def command() -> None:
    """Check and compile strategies."""


@command.command("check")
@_source_file
@_as_json
def check(file: Path, as_json: bool) -> int:
    """Say whether FILE is a strategy, and if not, where and what to write instead.

    The exit code is 0 when it is one, else 1.
    """
    compiled = _compiled(file, as_json)
    if compiled is None:
        return 1
    if as_json:
        click.echo(json.dumps({"diagnostics": []}))
    else:
        params = ", ".join(param.name for param in compiled.metadata.params) or "none"
        click.echo(f"{file} is a strategy of {len(compiled.wasm)} bytes; params: {params}.")
    return 0


@command.command("compile")
@_source_file
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
        click.echo(f"Wrote {target}, {len(compiled.wasm)} bytes.")
    return 0


def _compiled(file: Path, as_json: bool) -> Compiled | None:
    """The compiled strategy; None after its findings were shown."""
    from deploy.diagnostics import render
    from sandbox.compiler.driver import compile_source
    from sandbox.errors import CompileError

    try:
        return compile_source(_read(file))
    except CompileError as error:
        if as_json:
            findings = [finding.model_dump() for finding in error.diagnostics]
            click.echo(json.dumps({"diagnostics": findings}, indent=2))
        else:
            click.echo("\n\n".join(render(each, str(file)) for each in error.diagnostics), err=True)
        return None


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"{file} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{file} is not UTF-8 text: save it as UTF-8.") from error
