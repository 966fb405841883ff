"""Bars in → signals of the deployed strategies out, each with its receipt, alerts and faults.

Consumes market.bars.v1; produces signals.emitted.v1, signals.alerts.v1 and signals.faults.v1. Which
deployments count at a bar is given by the activations of the partition, which are on the log
themselves, and by the traps that they had there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np

from processors.evaluation.outgoing import alert_records, fault_records, signal_records
from processors.evaluation.roster import Roster
from processors.evaluation.run import Run
from schemas.series import Series
from streams.activations import Activation
from streams.bars import BarDecoder, Verdict
from streams.catalog import ALERTS, FAULTS, SIGNALS
from streams.compute import Outputs
from streams.gates import gate_entries, restore_gate
from streams.records import Record
from streams.snapshots import Entry, Snapshot

RUN_PREFIX = "run/"


class EvaluationFold:
    """The runs of one partition, and the gate that says which bars they see.

    bars: how many of them so far.
    """

    def __init__(self, partition: int, partitions: int, roster: Roster, snapshot: Snapshot) -> None:
        self.roster = roster
        self.partition = partition
        self.bars = 0
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
        self.bars += len(rows)
        said = [run.advance(batch, rows) for run in self._runs.values()]
        emissions = [emission for each in said for emission in each.emissions]
        alerts = [alert for each in said for alert in each.alerts]
        faults = [fault for each in said for fault in each.faults]
        return {
            SIGNALS.name: signal_records(emissions, batch, self.roster),
            ALERTS.name: alert_records(alerts, batch, self.roster),
            FAULTS.name: fault_records(faults, batch, self.roster),
        }

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

    @property
    def runs(self) -> Collection[Run]:
        """In the order in which they were attached."""
        return self._runs.values()

    def series(self) -> list[Series]:
        """All series that had a bar on the partition."""
        return [Series.parse(key.decode()) for key in self._gate.last]

    def attach(self, run: Run) -> None:
        """Go on with a run that has seen all that this fold has."""
        run.steps = 0
        self._runs[run.name] = run

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
        self._runs.clear()

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
