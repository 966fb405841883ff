"""Brings runs to where their partition's fold is: aside, and saying nothing.

A deployment joins with the state it would have had, had it seen every earlier bar; and one that
joined after the last checkpoint has to be brought there again when its partition is taken over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from processors.evaluation.core import RUN_PREFIX, EvaluationFold
from processors.evaluation.outgoing import signals_of
from processors.evaluation.roster import Roster
from processors.evaluation.run import Run
from streams.activations import Activation
from streams.bars import BarDecoder, SeriesGate, Verdict
from streams.records import Record
from streams.snapshots import Snapshot


class History:
    """Runs runs through the bars so far.

    limit: per record key, the offset below which they must have seen every bar, where that is not
        the same for all; bars from there on the fold will give them.
    target: the highest of the limits, where that is known from the start.
    resumed: whether these runs were active before; bars: how many bars there were so far.
    """

    def __init__(
        self,
        partition: int,
        partitions: int,
        roster: Roster,
        runs: list[Run],
        limit: Callable[[bytes], int] | None = None,
        target: int = 0,
    ) -> None:
        self.partition = partition
        self.next_offset = 0
        self.bars = 0
        self.runs = runs
        self.target = target
        self.resumed = limit is not None
        self._limit = limit
        self._roster = roster
        self._decoder = BarDecoder(partition, partitions)
        self._gate = SeriesGate()

    def advance(self, records: Sequence[Record]) -> None:
        """Fold in the next records of the partition."""
        batch = self._decoder.decode(records)
        verdicts, _ = self._gate.admit(batch)
        counts = verdicts == Verdict.ADMITTED
        if self._limit is not None and batch.keys:
            limits = np.array([self._limit(key) for key in batch.keys], np.int64)
            counts &= batch.offsets < limits[batch.codes]
        rows = np.flatnonzero(counts)
        self.bars += len(rows)
        for run in self.runs:
            # What an active run says here it has said before; only its chain goes on.
            signals_of(run.advance(batch, rows).emissions, batch, self._roster)
        self.next_offset = records[-1].offset + 1

    def drop(self, runs: Iterable[Run]) -> None:
        """Go on without these."""
        for run in runs:
            self.runs.remove(run)
            run.close()

    def hand_over(self, fold: EvaluationFold) -> None:
        """Give the fold the runs, which have seen all that it has."""
        for run in self.runs:
            fold.attach(run)


def unfinished(activations: Mapping[str, Activation], next_offset: int) -> list[Activation]:
    """Those that still have something to say from that offset on, by deployment id."""
    return [
        activation
        for _, activation in sorted(activations.items())
        if activation.until_offset is None or activation.until_offset > next_offset
    ]


def resume(
    fold: EvaluationFold,
    partitions: int,
    activations: Mapping[str, Activation],
    runs: Iterable[Run],
    snapshot: Snapshot,
) -> History:
    """Give a fold that was just restored its unfinished runs as they were at the snapshot.

    Those that joined since are the returned history's: advance it to its target, then let it hand
    them over.
    """
    fold.apply(activations)
    joined = []
    for run in runs:
        run.activation = activations[run.deployment.deployment_id]
        if run.activation.from_offset < snapshot.next_offset:
            restore_run(run, snapshot)
            fold.attach(run)
        else:
            joined.append(run)
    limit, target = fold.limits(snapshot.next_offset), fold.reach(snapshot.next_offset)
    return History(fold.partition, partitions, fold.roster, joined, limit, target)


def restore_run(run: Run, snapshot: Snapshot) -> None:
    """Take the run's states from the snapshot."""
    prefix = f"{RUN_PREFIX}{run.deployment.deployment_id}/"
    for name, entry in snapshot.entries.items():
        if name.startswith(prefix):
            run.restore(name.removeprefix(prefix), entry)
