"""What `peripheral verify` is given: a source, or a module of ours or of another compiler."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from deploy.commands.strategy_files import read_bytes
from deploy.errors import UserError
from deploy.research.asked import compiled_or_shown
from sandbox.compiler.driver import Compiled
from sandbox.errors import ModuleError
from sandbox.host.foreign.engine import ForeignEngine
from sandbox.host.foreign.module import ForeignModule, load_foreign
from sandbox.metadata import is_ours, metadata_of


@dataclass(frozen=True, slots=True)
class Foreign:
    """A module of another compiler, and the engine that it runs in."""

    wasm: bytes
    module: ForeignModule
    engine: ForeignEngine


def subject_of(file: Path) -> Compiled | Foreign | None:
    """What is in a file; None after a source's findings were shown. A module counts as ours if it
    says so: the checks are for finding out. Raises UserError."""
    if file.suffix != ".wasm":
        return compiled_or_shown(file)
    wasm = read_bytes(file)
    try:
        if is_ours(wasm):
            return Compiled(wasm, metadata_of(wasm))
        engine = ForeignEngine()
        return Foreign(wasm, load_foreign(engine, wasm), engine)
    except ModuleError as error:
        raise UserError(
            f"{file} is {error}: compile its source again, or see docs/strategy-abi.md."
        ) from None
