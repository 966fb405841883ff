"""An edit becomes the strategy's next version or says why not, once and the same each time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.compilation.core import CompilationFold, answers_of
from sandbox.compiler.driver import Compiled, compile_source
from sandbox.errors import CompilerFaultError
from sandbox.host.foreign.check import Examined, examine
from schemas.events.base import Event
from schemas.events.strategies import (
    StrategyCompiled,
    StrategyDeleted,
    StrategyEdited,
    StrategyRejected,
)
from streams.catalog import EDITS, VERSIONS
from streams.codec import decode, header
from streams.records import Record
from streams.snapshots import Snapshot
from tests.processors.owners import EVERYTHING, Partition, Step, live, steps
from tests.records import RawRecord, Written, all_written, event_record, pieces, raw
from tests.sandbox.foreign.modules import SCORE_COUNT, engine, module_bytes

GOOD = '"""Says its close."""\n\n\ndef on_bar(bar):\n    score(bar.close * {number})\n'
BROKEN = '"""Is broken."""\n\n\ndef on_bar(bar):\n    score(bar.clothes)\n'


def edit(
    offset: int,
    strategy: str = "s1",
    source: str = GOOD.format(number=2),
    wasm: bytes | None = None,
) -> RawRecord:
    event = StrategyEdited(
        strategy_id=strategy,
        edit_id=f"e{offset}",
        name="N",
        source=source,
        wasm=wasm,
        author="ann",
    )
    return event_record(offset, event, strategy, EDITS.name)


def log() -> list[RawRecord]:
    """Edits of three strategies, some broken, with a deletion and records that are none."""
    records: list[RawRecord] = []
    for offset in range(60):
        strategy = f"s{offset * 7 % 3}"
        if offset % 11 == 10:
            records.append(raw(offset, strategy.encode(), b"{}", topic=EDITS.name))
        elif offset % 13 == 12:
            gone = StrategyDeleted(strategy_id=strategy, edit_id="x", author="ann")
            records.append(event_record(offset, gone, strategy, EDITS.name))
        else:
            source = BROKEN if offset % 4 == 3 else GOOD.format(number=offset % 5)
            records.append(edit(offset, strategy, source))
    return records


@cache
def compiled(source: str) -> Compiled:
    return compile_source(source)


async def compile_here(edited: StrategyEdited) -> Compiled | Examined:
    """The real compiler, with a turn for others in between."""
    await asyncio.sleep(0)
    if edited.wasm is None:
        return compiled(edited.source)
    module = examine(engine(), edited.wasm)
    return Examined(edited.wasm, module.metadata, module.memory_bytes)


async def make_fold(snapshot: Snapshot) -> CompilationFold:
    return CompilationFold(0, 1, compile_here, snapshot, {})


def folded(batches: Sequence[Sequence[Record]]) -> list[Written]:
    async def fold() -> list[Written]:
        compilation = await make_fold(Snapshot())
        outputs = [await compilation.advance(batch) for batch in batches]
        return all_written(outputs)[VERSIONS.name]

    return asyncio.run(fold())


def events(records: Sequence[Written]) -> list[Event]:
    return [decode(value, headers, VERSIONS.events) for _, value, headers, _ in records]


LOG = log()
WHOLE = folded([LOG])


def test_versions_rise_per_strategy_and_a_broken_edit_uses_up_no_number() -> None:
    answers = events(folded([[edit(0), edit(1, source=BROKEN), edit(2), edit(3, "s2"), edit(4)]]))
    told = [
        (answer.strategy_id, answer.version) if isinstance(answer, StrategyCompiled) else "rejected"
        for answer in answers
    ]
    assert told == [("s1", 1), "rejected", ("s1", 2), ("s2", 1), ("s1", 3)]


def test_a_rejection_says_where_and_what_to_do() -> None:
    (answer,) = events(folded([[edit(0, source=BROKEN)]]))
    assert isinstance(answer, StrategyRejected)
    (found,) = answer.diagnostics
    assert (found.line, found.source_line.strip()) == (5, "score(bar.clothes)")
    assert found.remedy
    assert (answer.edit_id, answer.source_offset) == ("e0", 0)


def test_a_version_carries_what_is_needed_to_run_it() -> None:
    source = GOOD.format(number=3)
    (answer,) = events(folded([[edit(7, source=source)]]))
    assert isinstance(answer, StrategyCompiled)
    assert answer.wasm == compile_source(source).wasm
    assert (answer.edit_id, answer.source, answer.name, answer.author) == ("e7", source, "N", "ann")


def test_a_module_of_another_compiler_becomes_a_version_as_it_is() -> None:
    wasm = module_bytes(SCORE_COUNT)
    bad = module_bytes(memory="1 2")
    made, refused = events(folded([[edit(0, source="in C", wasm=wasm), edit(1, wasm=bad)]]))
    assert isinstance(made, StrategyCompiled) and isinstance(refused, StrategyRejected)
    assert (made.wasm, made.source, made.version) == (wasm, "in C", 1)
    assert (made.language_version, made.plots, made.alerts) == ("wasm-abi/1", ("a", "b"), ("so",))
    assert made.state_bytes == 65_536, "an instance a series"
    assert "rule memory: it is not fixed" in refused.diagnostics[0].message


def test_answers_are_keyed_and_dated_by_their_edits() -> None:
    key, _, headers, timestamp_ms = folded([[edit(5, "s9")]])[0]
    assert (key, timestamp_ms) == (b"s9", edit(5).timestamp)
    assert header(headers, "ce_id") == b"strategies.versions.v1/0/5/0"


def test_what_is_no_edit_has_no_answer() -> None:
    edits = [record.offset for record in LOG if b'"source"' in (record.value or b"")]
    assert [json.loads(value or b"")["source_offset"] for _, value, _, _ in WHOLE] == edits
    assert folded([[raw(0, b"other", edit(0).value, edit(0).headers, EDITS.name)]]) == []


def test_an_edit_that_has_its_answer_on_the_log_is_not_compiled_again() -> None:
    """Else a compile that took too long the first time could become a version the second time."""
    written = [
        raw(offset, key, value, headers, VERSIONS.name)
        for offset, (key, value, headers, _) in enumerate(
            folded([[edit(0), edit(1, source=BROKEN), edit(2)]])
        )
    ]

    async def replay() -> list[Written]:
        fold = CompilationFold(0, 1, compile_here, Snapshot(), answers_of(written, 1))
        outputs = [await fold.advance([edit(0), edit(1), edit(2), edit(3)])]
        return all_written(outputs)[VERSIONS.name]

    (answer,) = events(asyncio.run(replay()))
    assert isinstance(answer, StrategyCompiled)
    assert (answer.source_offset, answer.version) == (3, 3)


def test_a_fault_of_the_compiler_becomes_a_diagnostic() -> None:
    async def fault(edited: StrategyEdited) -> Compiled:
        raise CompilerFaultError("Traceback\nKeyError: 'x'")

    fold = CompilationFold(0, 1, fault, Snapshot(), {})
    (written,) = asyncio.run(fold.advance([edit(0)]))[VERSIONS.name]
    answer = decode(written.value, written.headers, VERSIONS.events)
    assert isinstance(answer, StrategyRejected)
    assert [found.code for found in answer.diagnostics] == ["compiler-fault"]


@settings(max_examples=30, deadline=None, derandomize=True)
@given(cuts=st.lists(st.integers(1, len(LOG)), max_size=12))
def test_outputs_do_not_depend_on_where_the_log_is_cut(cuts: list[int]) -> None:
    assert folded(pieces(LOG, cuts)) == WHOLE


@settings(max_examples=60, deadline=None, derandomize=True)
@given(happens=steps())
def test_whatever_happens_to_owners_readers_see_each_answer_once(happens: list[Step]) -> None:
    seen = asyncio.run(live(Partition(LOG, make_fold), happens))
    assert seen == {VERSIONS.name: WHOLE}


@settings(max_examples=30, deadline=None, derandomize=True)
@given(first=st.integers(1, 40), more=st.integers(1, 20), kept=st.integers(0, 4))
def test_a_checkpoint_may_be_cut_short_anywhere(first: int, more: int, kept: int) -> None:
    happens = [
        ("publish", 0, 60),
        ("advance", 0, first),
        ("save", 0, EVERYTHING),
        ("advance", 0, more),
        ("save", 0, kept),
    ]
    assert asyncio.run(live(Partition(LOG, make_fold), happens)) == {VERSIONS.name: WHOLE}
