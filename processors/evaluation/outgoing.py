"""What runs said as records, every byte of which follows from the log.

(source_offset, seq) rises within a partition. A deployment's numbers at a bar begin at its place
among those that are active there, whoever else says something.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any, TypeVar

from processors.evaluation.roster import Roster
from processors.evaluation.said import Alert, Emission, Fault, Saying
from schemas.events.base import DerivedEvent, Event
from schemas.events.faults import DeploymentSuspended, StrategyTrapped
from schemas.events.signals import ALERTS_MAX, ORDERS, AlertRaised, OrderEmitted, SignalEmitted
from schemas.series import interval_us
from streams.bars import BarBatch
from streams.catalog import ALERTS, FAULTS, SIGNALS, Topic
from streams.codec import Outgoing, event_headers

SOURCE = "/peripheral/evaluation"
FAULTS_MAX = 2
"""Of one deployment at one bar: its trap, and its suspension."""

S = TypeVar("S", bound=Saying)


def placed(sayings: Sequence[S], batch: BarBatch, roster: Roster) -> list[tuple[int, S]]:
    """Each with its deployment's place at its bar, by offset and place."""
    if not sayings:
        return []
    first, last = int(batch.offsets[0]), int(batch.offsets[-1])
    places = [roster.places(series, first, last) for series in batch.series]
    found = []
    for saying in sayings:
        deployment_id = saying.run.deployment.deployment_id
        known = places[saying.code]
        if known is not None:
            place = known[deployment_id]
        else:
            place = roster.place(deployment_id, batch.series[saying.code], saying.offset)
        found.append((saying.offset, place, saying))
    found.sort(key=itemgetter(0, 1))
    return [(place, saying) for _, place, saying in found]


def signals_of(
    emissions: Sequence[Emission], batch: BarBatch, roster: Roster
) -> list[tuple[Emission, int, bytes]]:
    """Emissions with their seq and value, by (offset, seq); chains go on in that order."""
    return [
        (e, place, e.run.signal(e, batch, place)) for place, e in placed(emissions, batch, roster)
    ]


def signal_records(
    emissions: Sequence[Emission], batch: BarBatch, roster: Roster
) -> list[Outgoing]:
    """The signals and orders of a batch."""
    return [
        _record(
            emission,
            SIGNALS,
            OrderEmitted if emission.action in ORDERS else SignalEmitted,
            seq,
            value,
            batch,
        )
        for emission, seq, value in signals_of(emissions, batch, roster)
    ]


def alert_records(alerts: Sequence[Alert], batch: BarBatch, roster: Roster) -> list[Outgoing]:
    """The alerts of a batch; those of one deployment at one bar by their number."""
    records = []
    for place, alert in placed(alerts, batch, roster):
        seq = place * ALERTS_MAX + alert.alert
        event = AlertRaised(
            **_place_of(alert, batch),
            seq=seq,
            alert=alert.alert,
            message=alert.run.version.alerts[alert.alert],
        )
        author = alert.run.version.author  # whose words it says
        records.append(_event_record(alert, ALERTS, event, batch, author))
    return records


def fault_records(faults: Sequence[Fault], batch: BarBatch, roster: Roster) -> list[Outgoing]:
    """The traps of a batch, and behind the last one of a deployment its suspension."""
    records = []
    for place, fault in placed(faults, batch, roster):
        seq = place * FAULTS_MAX + fault.suspends
        fields = {
            **_place_of(fault, batch),
            "seq": seq,
            "reason": fault.reason,
            "line": fault.line,
            "traps": fault.traps,
        }
        event: StrategyTrapped | DeploymentSuspended
        if fault.suspends:
            event = DeploymentSuspended(**fields, author=fault.run.deployment.author)
        else:
            event = StrategyTrapped(**fields)
        author = fault.run.deployment.author
        records.append(_event_record(fault, FAULTS, event, batch, author))
    return records


def _place_of(saying: Saying, batch: BarBatch) -> dict[str, Any]:
    """Which bar, and whose version: the fields that alerts and faults have in common."""
    series = batch.series[saying.code]
    deployment = saying.run.deployment
    return {
        "source_offset": saying.offset,
        "feed": series.feed,
        "symbol": series.symbol,
        "interval": series.interval,
        "ts": saying.ts,
        "deployment_id": deployment.deployment_id,
        "strategy_id": deployment.strategy_id,
        "version": deployment.version,
    }


def _event_record(
    saying: Saying, topic: Topic, event: DerivedEvent, batch: BarBatch, author: str
) -> Outgoing:
    value = event.model_dump_json().encode()
    return _record(saying, topic, type(event), event.seq, value, batch, author)


def _record(
    saying: Saying,
    topic: Topic,
    kind: type[Event],
    seq: int,
    value: bytes,
    batch: BarBatch,
    owner: str | None = None,
) -> Outgoing:
    return Outgoing(
        saying.key,
        value,
        event_headers(
            kind.event_type(),
            f"{topic.name}/{batch.partition}/{saying.offset}/{seq}",
            SOURCE,
            saying.ts + interval_us(batch.series[saying.code].interval),
            batch.traceparents[saying.row],
        ),
        int(batch.timestamps_ms[saying.row]),
        owner or None,
    )
