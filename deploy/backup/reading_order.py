"""In which order a backup reads its parts, so that what it holds is consistent.

A backup is taken while everything runs, and no two parts are of one moment. It need not be: what
was made from something else is read before that. Each part is read up to its end as it is when its
turn comes, so all that a record, a row or a state was made from is in the backup with it, and
nothing is ahead of its source. What is behind catches up when it runs again, as after a kill -9:

1. the database, in one snapshot: rows and offsets commit together, so its offsets lie on the log
   that is read later, and the projections go on there;
2. compacted topics, which hold state: outputs are acknowledged before the state that counts them,
   so the outputs are on their topics by then. What was written since is computed again, byte for
   byte the same, and dropped by its readers' high-water marks;
3. all others, each before those that its records are derived from or refer to (`MADE_FROM`): a
   signal before the activation that let it be, that before the bar at which it counts;
4. the keys that people's records are sealed under: each is there before the first of them;
5. the tables that the log refers to (`REFERRED_TABLES`), which are written before the event that
   names their rows, and are no fold of the log.

A restore writes the log in the opposite order, and then the database. So at every moment of it
nothing is there without its source either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter
from types import MappingProxyType

from streams.catalog import (
    ACTIONS,
    ACTIVATIONS,
    ALERTS,
    BARS,
    BY_NAME,
    CHAT,
    CORRECTIONS,
    DEAD_LETTER_TOPICS,
    DEPLOYMENTS,
    DLQ_SUFFIX,
    EDITS,
    ERASURES,
    FAULTS,
    INDICATORS,
    INSTRUMENTS,
    KEYS,
    LETTER_DECISIONS,
    OWNED_TOPICS,
    RESEARCH_BATCH,
    RESEARCH_REQUESTS,
    RESEARCH_RESULTS,
    RESEARCH_TRIALS,
    SCREENS,
    SIGNALS,
    STANDING,
    TOPICS,
    UNIVERSES,
    VERSIONS,
    Topic,
)

_FACTS = (BARS, ACTIONS, INSTRUMENTS, UNIVERSES)
MADE_FROM: Mapping[str, tuple[Topic, ...]] = MappingProxyType(
    {
        BARS.name: (),
        CORRECTIONS.name: (BARS,),
        ACTIONS.name: (),
        INSTRUMENTS.name: (),
        UNIVERSES.name: (),
        INDICATORS.name: (BARS,),
        SIGNALS.name: (BARS, ACTIVATIONS),
        ALERTS.name: (BARS, ACTIVATIONS),
        FAULTS.name: (BARS, ACTIVATIONS),
        EDITS.name: (),
        VERSIONS.name: (EDITS,),
        DEPLOYMENTS.name: (VERSIONS,),
        ACTIVATIONS.name: (BARS, DEPLOYMENTS),
        CHAT.name: (),
        RESEARCH_REQUESTS.name: (VERSIONS, *_FACTS),
        RESEARCH_BATCH.name: (VERSIONS, *_FACTS),
        # What was tried is written before the result that ends the attempt.
        RESEARCH_RESULTS.name: (RESEARCH_REQUESTS, RESEARCH_BATCH, RESEARCH_TRIALS),
        RESEARCH_TRIALS.name: (VERSIONS, *_FACTS),
        STANDING.name: (VERSIONS, UNIVERSES),
        SCREENS.name: (STANDING, *_FACTS),
        # That a letter was sent again counts only where the record is. One that was sent while the
        # backup was taken may so be undecided again, and its record there twice after a retry.
        LETTER_DECISIONS.name: DEAD_LETTER_TOPICS,
        ERASURES.name: (SIGNALS, ACTIVATIONS, *(BY_NAME[name] for name in OWNED_TOPICS)),
    }
)
"""By topic, those that its records are derived from, or name records or offsets of; but for state
and dead letters."""

REFERRED_TABLES = ("research_files",)
"""Tables whose rows events name, in schema `public`; read last and restored before the others."""


def reading_order(topics: Iterable[Topic] = TOPICS) -> list[Topic]:
    """The topics, state first, then each before those that it was made from, and keys last."""
    wanted = list(topics)
    keys = [topic for topic in wanted if topic is KEYS]
    states = [topic for topic in wanted if topic.compacted and topic is not KEYS]
    graph: TopologicalSorter[str] = TopologicalSorter()
    for topic in sorted(wanted, key=lambda topic: topic.name):
        if not topic.compacted:
            graph.add(topic.name)
            for source in sources_of(topic):
                graph.add(source, topic.name)
    names = {topic.name: topic for topic in wanted}
    return [*states, *(names[name] for name in graph.static_order() if name in names), *keys]


def sources_of(topic: Topic) -> tuple[str, ...]:
    """Names of the topics that must be read after it; a dead letter's is where it came from."""
    origin = BY_NAME.get(topic.name.removesuffix(DLQ_SUFFIX))
    if origin is not None and origin.name != topic.name:
        return (origin.name,)
    return tuple(source.name for source in MADE_FROM.get(topic.name, ()))
