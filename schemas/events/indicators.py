"""Indicator values: one wide row a bar."""

from __future__ import annotations

from schemas.events.base import DerivedEvent, SeriesEvent


class IndicatorsComputed(SeriesEvent, DerivedEvent):
    """The standard panel at one bar; null while an indicator warms up.

    The columns are the plots of `processors/indicators/panel.py`, in its order.
    """

    library: str
    """Version of the indicator library that computed the row."""
    sma_20: float | None
    ema_12: float | None
    ema_26: float | None
    rsi_14: float | None
    macd: float | None
    macd_signal: float | None
    macd_hist: float | None
    bb_upper: float | None
    bb_middle: float | None
    bb_lower: float | None
    atr_14: float | None
    donchian_upper: float | None
    donchian_middle: float | None
    donchian_lower: float | None


PANEL_COLUMNS = tuple(
    name
    for name in IndicatorsComputed.model_fields
    if name not in SeriesEvent.model_fields
    and name not in DerivedEvent.model_fields
    and name != "library"
)
"""Names of the indicator columns, in order."""
