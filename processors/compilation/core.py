"""Edits in → versions or diagnostics out.

Consumes strategies.edits.v1; produces strategies.versions.v1. A compile is bounded by the
compiler's own limits and a few seconds, so it is awaited, and the edits behind it wait. Whether it
keeps to the seconds depends on the machine, so an edit that has its answer on the log is never
compiled again.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

import msgspec

from sandbox.compiler.driver import Compiled
from sandbox.errors import CompileError, CompilerFaultError, ModuleError
from sandbox.host.foreign.check import Examined
from schemas.diagnostics import Diagnostic
from schemas.events.strategies import StrategyCompiled, StrategyEdited, StrategyRejected
from streams.admission import admit
from streams.catalog import EDITS, VERSIONS
from streams.codec import Outgoing, RecordError, encode, header
from streams.compute import Outputs
from streams.records import Record
from streams.snapshots import Entry, Snapshot

Make = Callable[[StrategyEdited], Awaitable[Compiled | Examined]]
"""Edit to module; raises CompileError, CompilerFaultError or ModuleError."""

Answers = Mapping[int, int | None]
"""Version by the offset of the edit that it answers; None for a rejection."""

COUNT_PREFIX = "versions/"
SOURCE = "/peripheral/compilation"


class CompilationFold:
    """How many versions each strategy of a partition has, and what its next edit becomes."""

    def __init__(
        self,
        partition: int,
        partitions: int,
        make: Make,
        snapshot: Snapshot,
        answers: Answers,
    ) -> None:
        self._partition = partition
        self._partitions = partitions
        self._make = make
        self._answers = answers
        self._moved: set[str] = set()
        self._counts: dict[str, tuple[int, int]] = {
            name.removeprefix(COUNT_PREFIX): msgspec.msgpack.decode(state, type=tuple[int, int])
            for name, state in snapshot.entries.items()
        }
        """(versions so far, offset of the edit from which on they are not counted yet)."""

    async def advance(self, records: Sequence[Record]) -> Outputs:
        edits = [(record, edit) for record in records if (edit := self._edit(record)) is not None]
        results = await asyncio.gather(*(self._result(edit) for _, edit in edits))
        answers = [
            self._answer(record, edit, result)
            for (record, edit), result in zip(edits, results, strict=True)
        ]
        return {VERSIONS.name: answers}

    def entries(self, *, everything: bool) -> list[Entry]:
        moved, self._moved = self._moved, set()
        return [
            (COUNT_PREFIX + strategy, msgspec.msgpack.encode(self._counts[strategy]))
            for strategy in sorted(self._counts if everything else moved)
        ]

    def _edit(self, record: Record) -> StrategyEdited | None:
        """The edit of a record, unless it is none or already answered.

        What is no event at all is dead-lettered by the projection of this topic.
        """
        try:
            event = admit(record, EDITS, self._partitions)
        except RecordError:
            return None
        if not isinstance(event, StrategyEdited):
            return None
        _, next_offset = self._counts.get(event.strategy_id, (0, 0))
        if record.offset < next_offset:
            return None
        if record.offset in self._answers:
            self._count(event.strategy_id, self._answers[record.offset], record.offset + 1)
            return None
        return event

    def _count(self, strategy_id: str, version: int | None, next_offset: int) -> None:
        """Note the strategy's newest version; None where an edit became none."""
        if version is None:
            version, _ = self._counts.get(strategy_id, (0, 0))
        self._counts[strategy_id] = (version, next_offset)
        self._moved.add(strategy_id)

    async def _result(self, edit: StrategyEdited) -> Compiled | Examined | tuple[Diagnostic, ...]:
        try:
            return await self._make(edit)
        except CompileError as error:
            return error.diagnostics
        except ModuleError as error:
            return (_refused(error),)
        except CompilerFaultError:
            return (COMPILER_FAULT,)

    def _answer(
        self,
        record: Record,
        edit: StrategyEdited,
        result: Compiled | Examined | tuple[Diagnostic, ...],
    ) -> Outgoing:
        versions, _ = self._counts.get(edit.strategy_id, (0, 0))
        event: StrategyCompiled | StrategyRejected
        if not isinstance(result, tuple):
            versions += 1
            event = compiled_event(edit, result, versions, record.offset)
        else:
            event = StrategyRejected(
                strategy_id=edit.strategy_id,
                edit_id=edit.edit_id,
                diagnostics=result,
                source_offset=record.offset,
                seq=0,
            )
        self._count(edit.strategy_id, versions, record.offset + 1)
        return encode(
            event,
            key=edit.strategy_id,
            event_id=f"{VERSIONS.name}/{self._partition}/{record.offset}/0",
            source=SOURCE,
            ts_us=record.timestamp * 1000,
            traceparent=header(record.headers, "traceparent"),
            timestamp_ms=record.timestamp,
            owner=edit.author,
        )


def answers_of(records: Iterable[Record], partitions: int) -> Answers:
    """What a partition of the versions topic says; the first answer to an edit counts."""
    answers: dict[int, int | None] = {}
    for record in records:
        try:
            event = admit(record, VERSIONS, partitions)
        except RecordError:
            continue
        assert isinstance(event, StrategyCompiled | StrategyRejected)
        version = event.version if isinstance(event, StrategyCompiled) else None
        answers.setdefault(event.source_offset, version)
    return answers


COMPILER_FAULT = Diagnostic(
    line=1,
    column=1,
    end_line=1,
    end_column=1,
    code="compiler-fault",
    message="The compiler failed on this strategy, which is a bug of ours.",
    remedy="Report it with the source; until then, write the last change another way.",
    source_line="",
)


def _refused(error: ModuleError) -> Diagnostic:
    return Diagnostic(
        line=1,
        column=1,
        end_line=1,
        end_column=1,
        code="module",
        message=f"The module breaks a rule: {error.reason}.",
        remedy="docs/strategy-abi.md has the rules.",
        source_line="",
    )


def compiled_event(
    edit: StrategyEdited, made: Compiled | Examined, version: int, source_offset: int
) -> StrategyCompiled:
    """The event of a version."""
    metadata = made.metadata
    facts = made if isinstance(made, Examined) else made.metadata
    return StrategyCompiled(
        strategy_id=edit.strategy_id,
        edit_id=edit.edit_id,
        version=version,
        name=edit.name,
        author=edit.author,
        source=edit.source,
        source_sha256=hashlib.sha256(edit.source.encode("utf-8", "surrogatepass")).hexdigest(),
        wasm=made.wasm,
        wasm_sha256=hashlib.sha256(made.wasm).hexdigest(),
        language_version=facts.language_version,
        library_version=facts.library_version,
        params=metadata.params,
        plots=metadata.plots,
        alerts=metadata.alerts,
        state_bytes=facts.state_bytes,
        source_offset=source_offset,
        seq=0,
    )
