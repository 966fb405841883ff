"""Every topic of the log, as data: its events, key, retention and clean-up, spelled once."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.events.actions import DividendDeclared, SplitDeclared
from schemas.events.base import Event
from schemas.events.chat import (
    ReplyCompleted,
    ReplyDelta,
    ReplyFailed,
    ReplyStarted,
    TurnPosted,
)
from schemas.events.dead_letters import (
    DeadLetter,
    DeadLetterDropped,
    DeadLetterRetried,
    DeadLetterRetryStarted,
)
from schemas.events.faults import DeploymentSuspended, StrategyTrapped
from schemas.events.feeds import FeedProgressed
from schemas.events.indicators import IndicatorsComputed
from schemas.events.instruments import InstrumentListed
from schemas.events.market import BarClosed, BarCorrected
from schemas.events.people import KeyIssued, UserErased
from schemas.events.research import (
    CancelResearch,
    ResearchCancelled,
    ResearchCompleted,
    ResearchFailed,
    ResearchProgressed,
    ResearchStarted,
    RunBacktest,
)
from schemas.events.screens import (
    RunScreen,
    ScreenClosed,
    ScreenEnded,
    ScreenRefused,
    ScreenRegistered,
)
from schemas.events.signals import AlertRaised, OrderEmitted, SignalEmitted
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

FOREVER_MS = -1
PROMPTLY = {
    "min.cleanable.dirty.ratio": "0.0",
    "max.compaction.lag.ms": "1000",
    "segment.ms": "1000",
    "delete.retention.ms": "86400000",
    "file.delete.delay.ms": "0",
}
"""Only a segment that is no longer written to is compacted, and a record too many begins one."""
DLQ_SUFFIX = ".dlq"


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. Every topic has the same number of partitions, set once for the log.

    key: what its records are keyed by, and so ordered by.
    compacted: only the newest record of a key is kept; else all are, for retention_ms.
    promptly: what is compacted is so within a minute, and nothing of it left on the disk.
    derived_from: its records are computed from that topic's and may repeat, byte for byte
        the same.
    """

    name: str
    title: str
    key: str
    events: tuple[type[Event], ...]
    compacted: bool = False
    derived_from: str | None = None
    retention_ms: int = FOREVER_MS
    has_dead_letters: bool = True
    promptly: bool = False

    @property
    def dlq(self) -> str:
        """The name of its dead-letter topic."""
        return self.name + DLQ_SUFFIX

    @property
    def config(self) -> dict[str, str]:
        """The broker's settings of the topic."""
        if self.promptly:
            return {"cleanup.policy": "compact", **PROMPTLY}
        if self.compacted:
            return {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.2"}
        return {"cleanup.policy": "delete", "retention.ms": str(self.retention_ms)}


SERIES_KEY = "series: feed/symbol/interval"
INSTRUMENT_KEY = "instrument: feed/symbol"

BARS = Topic("market.bars.v1", "Bars as their sources close them", SERIES_KEY, (BarClosed,))
CORRECTIONS = Topic(
    "market.corrections.v1",
    "Bars that came again with other values",
    SERIES_KEY,
    (BarCorrected,),
    derived_from=BARS.name,
)
ACTIONS = Topic(
    "market.actions.v1",
    "Splits and dividends, as their sources declare them",
    INSTRUMENT_KEY,
    (SplitDeclared, DividendDeclared),
)
INSTRUMENTS = Topic(
    "market.instruments.v1",
    "What is traded: tick, lot, currency, sector and trading calendar",
    INSTRUMENT_KEY,
    (InstrumentListed,),
)
UNIVERSES = Topic(
    "market.universes.v1",
    "Which symbols are looked at together, and since when",
    "universe",
    (UniverseDefined,),
)
INDICATORS = Topic(
    "indicators.values.v1",
    "The indicator panel, one row a bar",
    SERIES_KEY,
    (IndicatorsComputed,),
    derived_from=BARS.name,
)
SIGNALS = Topic(
    "signals.emitted.v1",
    "What deployed strategies want to do, with receipts",
    SERIES_KEY,
    (SignalEmitted, OrderEmitted),
    derived_from=BARS.name,
)
ALERTS = Topic(
    "signals.alerts.v1",
    "What deployed strategies want people to know",
    SERIES_KEY,
    (AlertRaised,),
    derived_from=BARS.name,
)
FAULTS = Topic(
    "signals.faults.v1",
    "Bars on which deployed strategies failed, and deployments suspended for it",
    SERIES_KEY,
    (StrategyTrapped, DeploymentSuspended),
    derived_from=BARS.name,
)
EDITS = Topic(
    "strategies.edits.v1",
    "What people wrote",
    "strategy id",
    (StrategyEdited, StrategyDeleted),
)
VERSIONS = Topic(
    "strategies.versions.v1",
    "Compiled versions, and diagnostics of edits that do not compile",
    "strategy id",
    (StrategyCompiled, StrategyRejected),
    derived_from=EDITS.name,
)
DEPLOYMENTS = Topic(
    "strategies.deployments.v1",
    "Which version shall run where",
    "strategy id",
    (StrategyDeployed, StrategyUndeployed, DeploymentRefused),
)
ACTIVATIONS = Topic(
    "strategies.activations.v1",
    "From which bar on a deployment counts; partitioned as the bars are",
    "deployment id, on the partition it is about",
    (PartitionClaimed, StrategyActivated, StrategyDeactivated),
)
CHAT = Topic(
    "chat.turns.v1",
    "Conversations with the assistant",
    "conversation id",
    (TurnPosted, ReplyStarted, ReplyDelta, ReplyCompleted, ReplyFailed),
)
RESEARCH_REQUESTS = Topic(
    "research.requests.v1",
    "Research that somebody waits for",
    "request id",
    (RunBacktest, RunScreen, CancelResearch),
)
RESEARCH_BATCH = Topic(
    "research.batch.v1",
    "Research that nobody waits for",
    "request id",
    (RunBacktest, RunScreen, CancelResearch),
)
RESEARCH_RESULTS = Topic(
    "research.results.v1",
    "What becomes of research, of both topics of requests",
    "request id",
    (
        ResearchStarted,
        ResearchProgressed,
        ResearchCompleted,
        ResearchFailed,
        ResearchCancelled,
    ),
)
STANDING = Topic(
    "research.standing.v1",
    "Screens that shall run on each close",
    "screen id",
    (ScreenRegistered, ScreenEnded, ScreenRefused),
)
SCREENS = Topic(
    "research.screens.v1",
    "What standing screens pick at each close: who entered, and who left",
    "screen id",
    (ScreenClosed,),
)
RESEARCH_TRIALS = Topic(
    "research.trials.v1",
    "What was tried of strategies, and how well it did",
    "strategy id",
    (TrialsMade,),
)
FEEDS = Topic(
    "market.feeds.v1",
    "How far each market-data source has come",
    "feed",
    (FeedProgressed,),
    compacted=True,
    has_dead_letters=False,
)
LETTER_DECISIONS = Topic(
    "letters.decisions.v1",
    "What people decided about dead letters",
    "dead letter, on the partition of the letter's number",
    (DeadLetterRetryStarted, DeadLetterRetried, DeadLetterDropped),
    has_dead_letters=False,
)


ERASURES = Topic(
    "people.erasures.v1",
    "Who was erased: copies of what they wrote are to be deleted",
    "SHA-256 of the name",
    (UserErased,),
    has_dead_letters=False,
)
KEYS = Topic(
    "people.keys.v1",
    "Keys that what people write is sealed under",
    "the key's id, on the partition of the person",
    (KeyIssued,),
    compacted=True,
    has_dead_letters=False,
    promptly=True,
)


def snapshots_of(agent: str) -> Topic:
    """The compacted topic in which a compute agent keeps its state."""
    return Topic(
        f"{agent}.snapshots.v1",
        f"State of the {agent} agent",
        "owner, then the state's own key",
        (),
        compacted=True,
        has_dead_letters=False,
    )


BARS_SNAPSHOTS = snapshots_of("bars")
INDICATORS_SNAPSHOTS = snapshots_of("indicators")
EVALUATION_SNAPSHOTS = snapshots_of("evaluation")
COMPILATION_SNAPSHOTS = snapshots_of("compilation")
RESEARCH_SNAPSHOTS = snapshots_of("research")
RESEARCH_BATCH_SNAPSHOTS = snapshots_of("research.batch")

EVENT_TOPICS = (
    BARS,
    CORRECTIONS,
    ACTIONS,
    INSTRUMENTS,
    UNIVERSES,
    INDICATORS,
    SIGNALS,
    ALERTS,
    FAULTS,
    EDITS,
    VERSIONS,
    DEPLOYMENTS,
    ACTIVATIONS,
    CHAT,
    RESEARCH_REQUESTS,
    RESEARCH_BATCH,
    RESEARCH_RESULTS,
    STANDING,
    SCREENS,
    RESEARCH_TRIALS,
    ERASURES,
)
"""The contract with Kafka-native services, in the order in which data flows."""

NOBODYS = (
    *(BARS, CORRECTIONS, ACTIONS, INSTRUMENTS, INDICATORS),
    *(SIGNALS, ACTIVATIONS, ERASURES),
)
"""What is of the market, and what deployments do about it, which names no person."""

INTERNAL_TOPICS = (
    FEEDS,
    LETTER_DECISIONS,
    KEYS,
    BARS_SNAPSHOTS,
    INDICATORS_SNAPSHOTS,
    EVALUATION_SNAPSHOTS,
    COMPILATION_SNAPSHOTS,
    RESEARCH_SNAPSHOTS,
    RESEARCH_BATCH_SNAPSHOTS,
)


def dead_letters_of(topic: Topic) -> Topic:
    """The topic that takes what could not be used of `topic`."""
    return Topic(
        topic.dlq,
        f"Records of {topic.name} that could not be used",
        "as the original",
        (DeadLetter,),
        has_dead_letters=False,
    )


DEAD_LETTER_TOPICS = tuple(dead_letters_of(t) for t in EVENT_TOPICS if t.has_dead_letters)

TOPICS = EVENT_TOPICS + INTERNAL_TOPICS + DEAD_LETTER_TOPICS
BY_NAME = {topic.name: topic for topic in TOPICS}
OWNED_TOPICS = tuple(topic.name for topic in EVENT_TOPICS if topic not in NOBODYS)
"""What people wrote and what was made of it for them, sealed under their keys."""
EVENT_TYPES = {
    event.event_type(): event
    for topic in (*EVENT_TOPICS, LETTER_DECISIONS, KEYS)
    for event in topic.events
}
