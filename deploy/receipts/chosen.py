"""What of a log is looked at: which deployments, when, and on which partitions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from deploy.errors import UserError
from deploy.research.asked import begin_us, end_us
from processors.evaluation.receipts.heads import Head
from processors.evaluation.receipts.replay import Source
from schemas.events.base import Event
from schemas.events.strategies import StrategyCompiled, StrategyDeployed
from schemas.series import Series
from streams.admission import admit
from streams.catalog import Topic
from streams.codec import RecordError
from streams.records import Record


class Log(Source, Protocol):
    """What can be exported from."""

    def end(self, topic: str, partition: int) -> int:
        """The offset behind the last record."""


class Period(NamedTuple):
    """Bars from begin_us on and before end_us, UTC microseconds; None where it has no such end."""

    begin_us: int | None
    end_us: int | None

    def has(self, ts: int) -> bool:
        return (self.begin_us is None or ts >= self.begin_us) and (
            self.end_us is None or ts < self.end_us
        )

    def within(self, other: Period) -> Period:
        """What both have."""
        begins = [each for each in (self.begin_us, other.begin_us) if each is not None]
        ends = [each for each in (self.end_us, other.end_us) if each is not None]
        return Period(max(begins, default=None), min(ends, default=None))


ALWAYS = Period(None, None)


class SeriesKeys:
    """The keys of records about series that any of some deployments runs on.

    count: how many different ones were met.
    """

    def __init__(self, deployments: Iterable[StrategyDeployed]) -> None:
        """deployments: gone through at each new key, so that a view may be filled meanwhile."""
        self.count = 0
        self._deployments = deployments
        self._known: dict[bytes | None, bool] = {}

    def __contains__(self, key: bytes | None) -> bool:
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._matches(key or b"")
            self.count += found
        return found

    def _matches(self, key: bytes) -> bool:
        try:
            series = Series.parse(key.decode())
        except ValueError:
            return False
        return any(each.series.matches(series) for each in self._deployments)


@dataclass(slots=True)
class Chosen:
    """What is exported. deployments, versions: those that count, by the keys of the directory.
    until: by partition, the offset of its bars below which everything is."""

    ids: frozenset[str]
    period: Period
    with_source: bool
    deployments: dict[tuple[str, str], StrategyDeployed] = field(default_factory=dict)
    versions: dict[tuple[str, int], StrategyCompiled] = field(default_factory=dict)
    until: dict[int, int] = field(default_factory=dict)
    keys: SeriesKeys = field(init=False)

    def __post_init__(self) -> None:
        self.keys = SeriesKeys(self.deployments.values())

    def said(self, head: Head) -> bool:
        """Whether a signal, alert or fault belongs to it."""
        return head.deployment_id in self.ids and self.period.has(head.ts)


def period_of(begin: str | None, end: str | None) -> Period:
    """Raises UserError."""
    period = Period(begin_us("--from", begin), end_us("--to", end))
    if None not in period and not period.begin_us < period.end_us:  # type: ignore[operator]  # no None
        raise UserError("--from lies behind --to.")
    return period


def erased_on(source: Source) -> frozenset[str]:
    """Deployments of versions whose author was erased with them: nobody can run them again."""
    found = set()
    for partition in range(source.partitions):
        for name, activation in source.activations(partition).items():
            deployment = source.directory.deployment(activation)
            known = deployment is not None and source.directory.version_of(deployment) is not None
            if not known and activation.strategy_id in source.erased:
                found.add(name)
    return frozenset(found)


def active_on(source: Source) -> dict[str, list[int]]:
    """By deployment, the partitions on which it was ever active."""
    found: dict[str, list[int]] = {}
    for partition in range(source.partitions):
        for name in source.activations(partition):
            found.setdefault(name, []).append(partition)
    return found


def check_known(names: Collection[str], known: Mapping[str, object]) -> None:
    """Raises UserError."""
    missing = sorted(set(names) - known.keys())
    if missing:
        there = ", ".join(sorted(known)[:20]) or "none"
        raise UserError(f"Nothing named {', '.join(missing)} was ever active; there are: {there}.")


def event_of(record: Record, topic: Topic, partitions: int) -> Event | None:
    """None where a record is no event of its topic."""
    try:
        return admit(record, topic, partitions)
    except RecordError:
        return None
