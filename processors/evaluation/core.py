"""Bars in → signals of the deployed strategies out, each with its receipt.

Consumes market.bars.v1; produces signals.emitted.v1. Which deployments count at a bar is given by
the activations of the partition, which are on the log themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from processors.evaluation.run import Emission, Run
from schemas.events.signals import SignalEmitted
from schemas.events.strategies import StrategyDeployed
from schemas.series import Series, interval_us
from streams.activations import Activation
from streams.bars import BarBatch, BarDecoder, Verdict
from streams.catalog import SIGNALS
from streams.codec import Outgoing, event_headers
from streams.compute import Outputs
from streams.gates import gate_entries, restore_gate
from streams.records import Record
from streams.snapshots import Entry, Snapshot

RUN_PREFIX = "run/"
SOURCE = "/peripheral/evaluation"
SIGNAL_TYPE = SignalEmitted.event_type()

FindDeployment = Callable[[Activation], StrategyDeployed | None]


class Roster:
    """Who is active at a bar, in order: a signal's seq is its deployment's place there.

    The place does not depend on who else said something, so a replay of one deployment alone
    numbers its signals the same.
    """

    def __init__(self, find: FindDeployment) -> None:
        self._find = find
        self._activations: Mapping[str, Activation] = {}
        self._candidates: dict[Series, list[Activation]] = {}

    def apply(self, activations: Mapping[str, Activation]) -> None:
        """Go by these from now on."""
        self._activations = activations
        self._candidates.clear()

    def place(self, deployment_id: str, series: Series, offset: int) -> int:
        """How many before it, by id, are active at the bar of the series at that offset."""
        if series not in self._candidates:
            self._candidates[series] = self._on(series)
        place = 0
        for activation in self._candidates[series]:
            if activation.deployment_id == deployment_id:
                return place
            place += activation.covers(offset)
        raise AssertionError(f"{deployment_id} does not run on {series.key}")

    def _on(self, series: Series) -> list[Activation]:
        """The activations of deployments that run on a series, by deployment id."""
        return [
            activation
            for _, activation in sorted(self._activations.items())
            if (deployment := self._find(activation)) is not None
            and deployment.series.matches(series)
        ]


class EvaluationFold:
    """The runs of one partition, and the gate that says which bars they see."""

    def __init__(self, partition: int, partitions: int, roster: Roster, snapshot: Snapshot) -> None:
        self.roster = roster
        self.partition = partition
        self._decoder = BarDecoder(partition, partitions)
        self._gate = restore_gate(snapshot.entries)
        self._moved: set[bytes] = set()
        self._runs: dict[str, Run] = {}
        self._gone: list[Entry] = []

    async def advance(self, records: Sequence[Record]) -> Outputs:
        batch = self._decoder.decode(records)
        verdicts, _ = self._gate.admit(batch)
        self._moved.update(batch.keys)
        rows = np.flatnonzero(verdicts == Verdict.ADMITTED)
        emissions = [e for run in self._runs.values() for e in run.advance(batch, rows)]
        signals = signals_of(emissions, batch, self.roster)
        return {SIGNALS.name: [signal_record(*signal, batch) for signal in signals]}

    def entries(self, *, everything: bool) -> list[Entry]:
        """The runs' states before the gate's, whose entries say that the runs have seen the bar."""
        moved, self._moved = self._moved, set()
        states: list[Entry] = [
            (f"{RUN_PREFIX}{deployment_id}/{key}", state)
            for deployment_id, run in sorted(self._runs.items())
            for key, state in run.entries(everything=everything)
        ]
        gone, self._gone = self._gone, []
        return gone + states + gate_entries(self._gate, None if everything else moved)

    def attach(self, run: Run) -> None:
        """Go on with a run that has seen all that this fold has."""
        self._runs[run.deployment.deployment_id] = run

    def apply(self, activations: Mapping[str, Activation]) -> None:
        """Take over what the log says about who is active from where."""
        self.roster.apply(activations)
        for deployment_id, run in self._runs.items():
            run.activation = activations.get(deployment_id)

    def drop_ended(self, saved_offset: int) -> None:
        """Forget runs that ended below what is saved, so that no replay needs them again."""
        for deployment_id, run in list(self._runs.items()):
            until = run.activation.until_offset if run.activation is not None else None
            if until is not None and until <= saved_offset:
                del self._runs[deployment_id]
                self._gone += [(f"{RUN_PREFIX}{deployment_id}/{key}", None) for key in run.close()]

    def close(self) -> None:
        """Give all blocks back: the partition is released."""
        for run in self._runs.values():
            run.close()

    def limits(self, next_offset: int) -> Callable[[bytes], int]:
        """Per record key: the offset below which this fold passes over bars, as it has seen them.

        Above next_offset for the series that a checkpoint held which was cut short.
        """
        last = self._gate.last

        def limit(key: bytes) -> int:
            return max(next_offset, last[key].next_offset) if key in last else next_offset

        return limit

    def reach(self, next_offset: int) -> int:
        """The highest of the limits."""
        return max([next_offset, *(last.next_offset for last in self._gate.last.values())])

    def is_caught_up(self, next_offset: int) -> bool:
        """Whether this fold passes over no more bars, so that a run can join it here."""
        return self.reach(next_offset) == next_offset


def signals_of(
    emissions: Iterable[Emission], batch: BarBatch, roster: Roster
) -> list[tuple[Emission, int, bytes]]:
    """Emissions with their seq and value, by (offset, seq); chains go on in that order."""
    placed = []
    for emission in emissions:
        series = batch.series[int(batch.codes[emission.row])]
        deployment_id = emission.run.deployment.deployment_id
        place = roster.place(deployment_id, series, emission.offset)
        placed.append((emission.offset, place, emission))
    placed.sort(key=lambda item: item[:2])
    return [(e, place, e.run.signal(e, batch, place)) for _, place, e in placed]


def signal_record(emission: Emission, seq: int, value: bytes, batch: BarBatch) -> Outgoing:
    """A signal as a record, every byte of which follows from the log."""
    interval = batch.series[int(batch.codes[emission.row])].interval
    return Outgoing(
        emission.key,
        value,
        event_headers(
            SIGNAL_TYPE,
            f"{SIGNALS.name}/{batch.partition}/{emission.offset}/{seq}",
            SOURCE,
            int(batch.columns.ts[emission.row]) + interval_us(interval),
            batch.traceparents[emission.row],
        ),
        int(batch.timestamps_ms[emission.row]),
    )
