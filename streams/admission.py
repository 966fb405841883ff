"""A raw record → the event it carries, if it lies where an event of its aggregate must lie."""

from __future__ import annotations

from schemas.events.base import TS_US_MAX, TS_US_MIN, Event, InstrumentEvent, SeriesEvent
from schemas.events.chat import (
    ReplyCompleted,
    ReplyDelta,
    ReplyFailed,
    ReplyStarted,
    TurnPosted,
)
from schemas.events.people import UserErased
from schemas.events.research import ResearchEvent
from schemas.events.screens import ScreenEvent
from schemas.events.strategies import (
    DeploymentRefused,
    PartitionClaimed,
    StrategyActivated,
    StrategyCompiled,
    StrategyDeactivated,
    StrategyDeleted,
    StrategyDeployed,
    StrategyEdited,
    StrategyRejected,
    StrategyUndeployed,
)
from schemas.events.trials import TrialsMade
from schemas.events.universes import UniverseDefined
from schemas.series import Series
from streams.catalog import NOBODYS, Topic
from streams.codec import SEALED_BY, RecordError, decode, header
from streams.producer import partition_of
from streams.records import Record

StrategyEvent = (
    StrategyEdited
    | StrategyDeleted
    | StrategyCompiled
    | StrategyRejected
    | StrategyDeployed
    | StrategyUndeployed
    | DeploymentRefused
    | TrialsMade
)
ChatEvent = TurnPosted | ReplyStarted | ReplyDelta | ReplyCompleted | ReplyFailed
PartitionEvent = PartitionClaimed | StrategyActivated | StrategyDeactivated


def admit(record: Record, topic: Topic, partitions: int) -> Event:
    """The event of a record of `topic`, a topic with that many partitions.

    Raises RecordError: malformed, unknown_type, key_mismatch or wrong_partition. A record beside
    its aggregate's partition has no order among the aggregate's others, so it counts for nobody.
    """
    if not TS_US_MIN <= record.timestamp * 1_000 <= TS_US_MAX:
        raise RecordError(
            "malformed",
            f"the record's timestamp is {record.timestamp}; send milliseconds since 1970",
        )
    if header(record.headers, SEALED_BY) is not None and topic in NOBODYS:
        raise RecordError("malformed", "the record is sealed; send this topic's in the clear")
    event = decode(record.value, record.headers, topic.events)
    right = place_of(event, record.key, partitions)
    if right != record.partition:
        raise wrong_partition(f"this {type(event).__name__}", right, record.partition)
    return event


def place_of(event: Event, key: bytes | None, partitions: int) -> int:
    """The partition that a record of this event must lie on; RecordError where `key` is not its
    aggregate's."""
    if isinstance(event, PartitionEvent):
        return event.partition
    wanted = key_of(event)
    if key != wanted.encode():
        raise RecordError(
            "key_mismatch", f"the record's key is {key!r}; this event's key is {wanted}"
        )
    return partition_of(key, partitions)


def key_of(event: Event) -> str:
    """The key of an event: the id of its aggregate."""
    if isinstance(event, SeriesEvent):
        return event.series.key
    if isinstance(event, InstrumentEvent):
        return event.instrument.key
    if isinstance(event, StrategyEvent):
        return event.strategy_id
    if isinstance(event, ResearchEvent):
        return event.request_id
    if isinstance(event, ScreenEvent):
        return event.screen_id
    if isinstance(event, UniverseDefined):
        return event.universe
    if isinstance(event, UserErased):
        return event.user_sha256
    assert isinstance(event, ChatEvent), f"no topic is keyed for {type(event).__name__}"
    return event.conversation_id


def series_of_key(key: bytes | None, partition: int, partitions: int) -> Series:
    """The series that a record key names; RecordError if none, or one of another partition."""
    try:
        series = Series.parse((key or b"").decode())
    except ValueError as error:
        raise RecordError("malformed", f"key: {error}") from None
    right = partition_of(series.key.encode(), partitions)
    if right != partition:
        raise wrong_partition(series.key, right, partition)
    return series


def wrong_partition(what: str, right: int, found: int) -> RecordError:
    """The error of a record that lies on another partition than its key's."""
    return RecordError(
        "wrong_partition",
        f"{what} belongs on partition {right} and came on {found}; use the murmur2 "
        "partitioner (librdkafka: partitioner=murmur2_random)",
    )
