"""Source text → module: the one place that composes the stages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256

from sandbox.compiler import typed, wasm
from sandbox.compiler.check.program import check
from sandbox.compiler.encode import Encoded, custom_section, encode
from sandbox.compiler.library import LANGUAGE_VERSION, library
from sandbox.compiler.limits import DEFAULT_LIMITS, Limits
from sandbox.compiler.lower.module import lower
from sandbox.compiler.parse.strategy import parse_strategy
from sandbox.compiler.place import place
from sandbox.compiler.placed import FILLS, Placement
from sandbox.compiler.reads import bar_fields_read
from sandbox.compiler.report import Report
from sandbox.compiler.syntax import Span
from sandbox.errors import CompileError
from sandbox.fills import FILL_FIELDS
from sandbox.metadata import SECTION, Fill, Metadata, OutputColumn, Place
from schemas.events.strategies import ParamSpec


@dataclass(frozen=True, slots=True)
class Compiled:
    """A module's bytes, and what its custom section says."""

    wasm: bytes
    metadata: Metadata


@dataclass(frozen=True, slots=True)
class Stages:
    """What a source becomes on its way, for those who want to look."""

    program: typed.Program
    placement: Placement
    module: wasm.Module


def compile_source(source: str, limits: Limits = DEFAULT_LIMITS) -> Compiled:
    """Compiles a strategy; the same source gives the same bytes, on every machine.

    Raises CompileError with all findings, in the order of the source.
    """
    return assembled(source, stages_of(source, limits))


def assembled(source: str, stages: Stages) -> Compiled:
    """The last stage: the bytes, and behind them what they say about themselves."""
    encoded = encode(stages.module)
    metadata = _metadata(source, stages, encoded)
    section = custom_section(SECTION, metadata.model_dump_json().encode())
    return Compiled(encoded.code + section, metadata)


def stages_of(source: str, limits: Limits = DEFAULT_LIMITS) -> Stages:
    """Every stage but the last. Raises CompileError."""
    with _not_too_deep(source):
        program, placement = placed_program(source, limits)
        return Stages(program, placement, lower(program, placement))


@contextmanager
def _not_too_deep(source: str) -> Iterator[None]:
    """The stages recurse, from a function into those that it calls too, so functions may together
    be deeper than each is allowed to be."""
    try:
        yield
    except RecursionError:
        report = Report(source, 1)
        report.add(
            Span(1, 1, 1, 1),
            "nested-too-deep",
            "Functions, loops and expressions are together nested too deep.",
            "Let fewer functions call one another, and assign parts to local names first.",
        )
        raise CompileError(report.diagnostics()) from None


def placed_program(source: str, limits: Limits = DEFAULT_LIMITS) -> tuple[typed.Program, Placement]:
    """The front end alone: what the reference interpreter runs. Raises CompileError."""
    report = Report(source, limits.diagnostics_max)
    with _not_too_deep(source):
        strategy = parse_strategy(source, limits, report)
        program = None if strategy is None else check(strategy, library().functions, limits, report)
        placement = None if program is None else place(program, limits, report)
    if program is None or placement is None:
        raise CompileError(report.diagnostics())
    return program, placement


def _metadata(source: str, stages: Stages, encoded: Encoded) -> Metadata:
    program, placement, known = stages.program, stages.placement, library()
    kinds, reads = program.on_bar.locals, bar_fields_read(program.on_bar)
    return Metadata(
        source_sha256=sha256(source.encode("utf-8", "surrogatepass")).hexdigest(),
        language_version=LANGUAGE_VERSION,
        library_version=known.version,
        library_sha256=known.sha256,
        docstring=program.docstring,
        params=tuple(map(_param_spec, program.params)),
        param_offsets=placement.params,
        fills_offset=FILLS if placement.reads_fills else None,
        fills=FILL_FIELDS,
        inputs=program.inputs,
        reads=reads.always,
        limited_reads=reads.limited,
        outputs=tuple(
            OutputColumn(name=output.name, type=kinds[output.local].value)
            for output in program.outputs
        ),
        plots=program.plots,
        alerts=program.alerts,
        state_bytes=placement.state_bytes,
        initial=tuple(
            Fill(offset=offset, count=count, word=word) for offset, count, word in placement.initial
        ),
        float_words=placement.float_words,
        bar_cost=program.on_bar.cost,
        places=tuple(
            Place(offset=offset, reason=mark.reason.value, line=mark.line)
            for offset, mark in encoded.marks
        ),
    )


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
