"""nautilus_trader's own EMA cross example: always long or short, orders fill at the close."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig
from nautilus_trader.examples.strategies.ema_cross import EMACross, EMACrossConfig
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import Bar, BarType
from nautilus_trader.model.enums import AccountType, OmsType
from nautilus_trader.model.identifiers import Venue
from nautilus_trader.model.objects import Money
from nautilus_trader.persistence.wranglers import BarDataWrangler
from nautilus_trader.test_kit.providers import TestInstrumentProvider

from bench.research.peers.serving import Clock, Columns, Told, serve

VENUE = Venue("XNAS")
STOCK = TestInstrumentProvider.equity(symbol="BENCH", venue="XNAS")
BARS = BarType.from_str("BENCH.XNAS-1-MINUTE-LAST-EXTERNAL")
CASH, UNITS = 1_000_000, 1_000


def prepare(columns: Columns) -> list[Bar]:
    """As its own objects."""
    index = pd.to_datetime(columns["ts"], unit="us", utc=True)
    names = ("open", "high", "low", "close", "volume")
    frame = pd.DataFrame({name: columns[name] for name in names}, index=index)
    return list(BarDataWrangler(BARS, STOCK).process(frame))


def run(bars: list[Bar]) -> Told:
    """A thousand units long or short, without commission; `run()` alone is on the clock."""
    config = BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True))
    engine = BacktestEngine(config=config)
    engine.add_venue(
        venue=VENUE,
        oms_type=OmsType.NETTING,
        account_type=AccountType.MARGIN,
        base_currency=USD,
        starting_balances=[Money(CASH, USD)],
    )
    engine.add_instrument(STOCK)
    engine.add_data(bars)
    engine.add_strategy(
        EMACross(
            EMACrossConfig(
                instrument_id=STOCK.id,
                bar_type=BARS,
                trade_size=Decimal(UNITS),
                fast_ema_period=10,
                slow_ema_period=20,
                request_bars=False,
                subscribe_trade_ticks=False,
            )
        )
    )
    clock = Clock()
    engine.run()
    seconds = clock.seconds()
    account = engine.cache.account_for_venue(VENUE)
    told = {
        "seconds": seconds,
        "trades": float(len(engine.cache.position_snapshots()) + len(engine.cache.positions())),
        "orders": float(engine.cache.orders_total_count()),
        "equity_final": float(account.balance_total(USD)),
    }
    engine.dispose()
    return told


if __name__ == "__main__":
    serve(prepare, run)
