"""Which records of a log belong into a bundle, and what is left out of them."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.receipts.chosen import Chosen, event_of
from deploy.receipts.format import Neighbour
from processors.evaluation.receipts.heads import head_of
from processors.evaluation.receipts.replay import Source
from schemas.events.strategies import (
    PartitionClaimed,
    SeriesFilter,
    StrategyActivated,
    StrategyCompiled,
    StrategyDeactivated,
    StrategyDeployed,
)
from streams.catalog import ACTIVATIONS, BARS, BY_NAME, DEPLOYMENTS, VERSIONS
from streams.records import Record

_OF_EVENTS = (VERSIONS.name, DEPLOYMENTS.name, ACTIVATIONS.name)


class Picks:
    """Goes through a log's records in order."""

    def __init__(self, chosen: Chosen, partitions: int) -> None:
        self._chosen = chosen
        self._partitions = partitions
        self._versions, self._deployments = dict(chosen.versions), dict(chosen.deployments)

    def value(self, record: Record) -> bytes | None:
        """The value that a record has in the bundle; None where it is not in it."""
        if record.topic == BARS.name:  # one without a value is no bar, and changes nothing
            return record.value if record.key in self._chosen.keys else None
        if record.topic in _OF_EVENTS:
            return self._of_event(record)
        return record.value if self._is_said(record) else None

    def _is_said(self, record: Record) -> bool:
        head = head_of(record.value)
        if head is None or not self._chosen.said(head):
            return False
        below = head.source_offset < self._chosen.until[record.partition]
        return below and event_of(record, BY_NAME[record.topic], self._partitions) is not None

    def _of_event(self, record: Record) -> bytes | None:
        """Of versions and deployments the records that count."""
        event = event_of(record, BY_NAME[record.topic], self._partitions)
        match event:
            case StrategyCompiled(strategy_id=strategy, version=version):
                counts = self._versions.pop((strategy, version), None) is not None
            case StrategyDeployed(strategy_id=strategy, deployment_id=deployment):
                counts = self._deployments.pop((strategy, deployment), None) is not None
            case StrategyActivated() | StrategyDeactivated():
                counts = event.deployment_id in self._chosen.ids
            case _:
                counts = isinstance(event, PartitionClaimed)
        if counts and isinstance(event, StrategyCompiled) and not self._chosen.with_source:
            return event.model_copy(update={"source": ""}).model_dump_json().encode()
        return record.value if counts else None


def neighbours_of(source: Source, chosen: Chosen, partition: int) -> Iterator[Neighbour]:
    """Of others' deployments on a partition those whose place comes before one of the chosen."""
    behind = ""
    waiting: list[Neighbour] = []
    find = source.find(partition)
    for name, activation in sorted(source.activations(partition).items()):
        found = find(activation)
        if name in chosen.ids:
            yield from waiting
            behind, waiting = name, []
        elif found is not None:
            series = _narrowed(found.series, chosen)
            waiting.append(
                Neighbour(
                    behind=behind,
                    from_offset=activation.from_offset,
                    until_offset=activation.until_offset,
                    feed=series.feed,
                    symbols=series.symbols,
                    interval=series.interval,
                )
            )


def _narrowed(series: SeriesFilter, chosen: Chosen) -> SeriesFilter:
    """Without symbols that the chosen deployments don't run on."""
    ours = [each.series.symbols for each in chosen.deployments.values()]
    if "*" in series.symbols or any("*" in symbols for symbols in ours):
        return series
    kept = {symbol for symbols in ours for symbol in symbols} & set(series.symbols)
    return series.model_copy(update={"symbols": tuple(sorted(kept))})
