"""Source text → module: the one place that composes the stages."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from hashlib import sha256

from sandbox.compiler import typed
from sandbox.compiler.check import check
from sandbox.compiler.encode import encode
from sandbox.compiler.layout import layout_of
from sandbox.compiler.library import LANGUAGE_VERSION, library
from sandbox.compiler.limits import DEFAULT_LIMITS, Limits
from sandbox.compiler.lower import lower
from sandbox.compiler.parse import parse_strategy
from sandbox.compiler.report import Report
from sandbox.compiler.semantics import NA
from sandbox.compiler.typed import Type
from sandbox.errors import CompileError
from sandbox.metadata import Fill, Metadata
from schemas.events.strategies import ParamSpec


@dataclass(frozen=True, slots=True)
class Compiled:
    """A module's bytes, and what its custom section says."""

    wasm: bytes
    metadata: Metadata


def compile_source(source: str, limits: Limits = DEFAULT_LIMITS) -> Compiled:
    """Compiles a strategy; the same source gives the same bytes, on every machine.

    Raises CompileError with all findings, in the order of the source.
    """
    program = typed_program(source, limits)
    layout = layout_of(program, limits)
    known = library()
    metadata = Metadata(
        source_sha256=sha256(source.encode("utf-8", "surrogatepass")).hexdigest(),
        language_version=LANGUAGE_VERSION,
        library_version=known.version,
        library_sha256=known.sha256,
        docstring=program.docstring,
        params=tuple(map(_param_spec, program.params)),
        param_offsets=tuple(param.offset for param in program.params),
        plots=program.plots,
        uses_score=program.uses_score,
        state_bytes=program.state_bytes,
        initial=_initial(program),
        layout=layout,
    )
    module = lower(program, layout, metadata.model_dump_json().encode())
    return Compiled(encode(module), metadata)


def typed_program(source: str, limits: Limits = DEFAULT_LIMITS) -> typed.Program:
    """The front end alone: what the reference interpreter runs. Raises CompileError."""
    report = Report(source, limits.diagnostics_max)
    strategy = parse_strategy(source, limits, report)
    functions = library().functions
    program = None if strategy is None else check(strategy, functions, limits, report)
    if program is None:
        raise CompileError(report.diagnostics())
    return program


def _param_spec(param: typed.Param) -> ParamSpec:
    return ParamSpec(
        name=param.name,
        type=param.type.value,
        default=float(param.default),
        low=None if param.low is None else float(param.low),
        high=None if param.high is None else float(param.high),
        step=None if param.step is None else float(param.step),
        title=param.title,
    )


def _word(value: float | int | bool, kind: Type) -> int:
    """The 8 bytes of a state slot, as a little-endian number."""
    packed = struct.pack("<d", value) if kind is Type.FLOAT else struct.pack("<q", int(value))
    return int.from_bytes(packed, "little")


def _initial(program: typed.Program) -> tuple[Fill, ...]:
    """A fresh block, but for its params."""
    na = _word(NA, Type.FLOAT)
    fills = [
        Fill(offset=state.offset, count=1, word=_word(state.initial, state.type))
        for state in program.states
        if _word(state.initial, state.type)
    ]
    places = [(ring.offset, ring.capacity) for ring in program.rings]
    places += [(history.offset, history.capacity) for history in program.histories]
    return (*fills, *(Fill(offset=offset, count=count, word=na) for offset, count in places))
