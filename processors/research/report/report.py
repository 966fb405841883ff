"""All that a written result says; the forms beside this file only arrange it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from processors.research.results import Curve, Fills, Trades
from processors.research.statistics.drawdowns import Drawdown
from schemas.columns import BarColumns

Setting = str | float | int | bool
Figure = float | int | None


@dataclass(frozen=True, slots=True)
class Report:
    """A backtest of one strategy over one or more symbols.

    title, description: what a reader is told first, plain text. source_name: the strategy's
    file. params: the strategy's inputs by name. symbols: what `symbol` in fills and trades
    counts into. interval: such as "1d". period: opens of the first and the last bar, UTC
    microseconds. settings: cash, commission, slippage, fill policy and so on, by name.
    initial_cash: the account before the first bar, its first peak.
    summary: statistics by name, in the order in which they are shown; None where undefined;
    the name's last word is the unit (`_pct`, `_days`). bars: of each symbol, for drawing.
    worst_drawdowns: the deepest first. notes: sentences on what a reader must know: refused
    orders, warnings.
    """

    title: str
    source_name: str
    description: str
    params: Mapping[str, Setting]
    symbols: tuple[str, ...]
    interval: str
    period: tuple[int, int]
    settings: Mapping[str, Setting]
    summary: Mapping[str, Figure]
    initial_cash: float
    curve: Curve
    fills: Fills
    trades: Trades
    bars: tuple[BarColumns, ...]
    worst_drawdowns: tuple[Drawdown, ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        assert len(self.bars) == len(self.symbols), "one series of bars a symbol"
        assert self.period[0] <= self.period[1], "a period that ends before it begins"
