"""Which projection each topic has."""

from __future__ import annotations

from typing import Any

from processors.projections.activations import ActivationsProjection
from processors.projections.appended import AppendedProjection, RowOf
from processors.projections.bars import BarsProjection
from processors.projections.core import (
    actions,
    chat,
    deployments,
    research,
    screens,
    strategies,
    universes,
)
from processors.projections.core.corrections import correction_row
from processors.projections.core.fold import RowFold
from processors.projections.core.said import alert_row, fault_row
from processors.projections.core.versions import version_row
from processors.projections.folded import FoldedProjection
from processors.projections.indicators import IndicatorsProjection
from processors.projections.instruments import InstrumentsProjection
from processors.projections.signals import SignalsProjection
from processors.projections.tables import (
    ACTIONS,
    ACTIVATIONS,
    ALERTS,
    BARS,
    CHAT_TURNS,
    CORRECTIONS,
    DEPLOYMENTS,
    EPOCHS,
    FAULTS,
    INDICATORS,
    INSTRUMENTS,
    LISTINGS,
    RESEARCH_REQUESTS,
    RESEARCH_RESULTS,
    RESEARCH_TRIALS,
    SCREEN_CLOSES,
    SERIES,
    SIGNALS,
    STANDING_SCREENS,
    STRATEGIES,
    SUPERSEDED_BARS,
    UNIVERSES,
    VERSIONS,
    Table,
)
from processors.projections.trials import TrialsProjection
from processors.projections.work import Projection
from streams import catalog
from streams.catalog import Topic

PROJECTED = tuple(topic for topic in catalog.EVENT_TOPICS if topic is not catalog.ERASURES)
"""The topics that have tables."""

TABLES_OF: dict[Topic, tuple[Table, ...]] = {
    catalog.BARS: (BARS, SERIES, SUPERSEDED_BARS),
    catalog.CORRECTIONS: (CORRECTIONS,),
    catalog.ACTIONS: (ACTIONS,),
    catalog.INSTRUMENTS: (INSTRUMENTS, LISTINGS),
    catalog.UNIVERSES: (UNIVERSES,),
    catalog.INDICATORS: (INDICATORS,),
    catalog.SIGNALS: (SIGNALS,),
    catalog.ALERTS: (ALERTS,),
    catalog.FAULTS: (FAULTS,),
    catalog.EDITS: (STRATEGIES,),
    catalog.VERSIONS: (VERSIONS,),
    catalog.DEPLOYMENTS: (DEPLOYMENTS,),
    catalog.ACTIVATIONS: (ACTIVATIONS, EPOCHS),
    catalog.CHAT: (CHAT_TURNS,),
    catalog.RESEARCH_REQUESTS: (RESEARCH_REQUESTS,),
    catalog.RESEARCH_BATCH: (RESEARCH_REQUESTS,),
    catalog.RESEARCH_RESULTS: (RESEARCH_RESULTS,),
    catalog.STANDING: (STANDING_SCREENS,),
    catalog.SCREENS: (SCREEN_CLOSES,),
    catalog.RESEARCH_TRIALS: (RESEARCH_TRIALS,),
}
"""What each of them writes."""


def make_projection(topic: Topic, partition: int, partitions: int) -> Projection:
    """The projection of one partition of a topic that has `partitions` of them."""
    if topic is catalog.BARS:
        return BarsProjection(partition, partitions)
    if topic is catalog.INDICATORS:
        return IndicatorsProjection(partition, partitions)
    if topic is catalog.SIGNALS:
        return SignalsProjection(partition, partitions)
    if topic is catalog.ACTIVATIONS:
        return ActivationsProjection(partition, partitions)
    if topic is catalog.INSTRUMENTS:
        return InstrumentsProjection(partitions)
    if topic is catalog.RESEARCH_TRIALS:
        return TrialsProjection(partitions)
    appended: dict[Topic, tuple[Table, RowOf]] = {
        catalog.CORRECTIONS: (CORRECTIONS, correction_row),
        catalog.ALERTS: (ALERTS, alert_row),
        catalog.FAULTS: (FAULTS, fault_row),
        catalog.VERSIONS: (VERSIONS, version_row),
        catalog.SCREENS: (SCREEN_CLOSES, screens.close_row),
    }
    if topic in appended:
        return AppendedProjection(topic, partitions, *appended[topic])
    folded: dict[Topic, tuple[Table, RowFold[Any]]] = {
        catalog.ACTIONS: (ACTIONS, actions.FOLD),
        catalog.UNIVERSES: (UNIVERSES, universes.FOLD),
        catalog.EDITS: (STRATEGIES, strategies.FOLD),
        catalog.DEPLOYMENTS: (DEPLOYMENTS, deployments.FOLD),
        catalog.CHAT: (CHAT_TURNS, chat.FOLD),
        catalog.RESEARCH_REQUESTS: (RESEARCH_REQUESTS, research.requests_fold("interactive")),
        catalog.RESEARCH_BATCH: (RESEARCH_REQUESTS, research.requests_fold("batch")),
        catalog.RESEARCH_RESULTS: (RESEARCH_RESULTS, research.RESULTS_FOLD),
        catalog.STANDING: (STANDING_SCREENS, screens.STANDING_FOLD),
    }
    return FoldedProjection(topic, partitions, *folded[topic])
