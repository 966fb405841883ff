"""What commands on strategies have in common: the source compiled, times read."""

from __future__ import annotations

from pathlib import Path

import click

from deploy.commands.strategy_files import read_source
from deploy.diagnostics import render
from deploy.errors import UserError
from sandbox.compiler.driver import Compiled, compile_source
from sandbox.errors import CompileError
from streams.sources.errors import RowError
from streams.sources.times import time_us

_DAY_US = 86_400_000_000
_DATE = "2024-01-31"


def compiled_or_shown(file: Path) -> Compiled | None:
    """The strategy in a file; None after its findings were shown. Raises UserError."""
    try:
        return compile_source(read_source(file))
    except CompileError as error:
        shown = [render(each, str(file)) for each in error.diagnostics]
        click.echo("\n\n".join(shown), err=True)
        return None


def begin_us(option: str, text: str | None) -> int | None:
    """A time, UTC microseconds; None where none is given. Raises UserError."""
    if text is None:
        return None
    try:
        return time_us(text)
    except RowError as error:
        raise UserError(f"{option}: {error}.") from None


def end_us(option: str, text: str | None) -> int | None:
    """The first time that is left out: a day is meant with all of its bars, a time with its own.
    Raises UserError."""
    found = begin_us(option, text)
    if found is None or text is None:
        return None
    return found + (_DAY_US if len(text.strip()) <= len(_DATE) else 1)


def as_of_us(text: str | None) -> int | None:
    """The time up to which what closed is seen: a day is meant with all of its bars, a time as it
    is. Raises UserError."""
    found = begin_us("--as-of", text)
    if found is None or text is None:
        return None
    return found + (_DAY_US if len(text.strip()) <= len(_DATE) else 0)
