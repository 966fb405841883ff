"""The strategies that are measured."""

from __future__ import annotations

CROSS = '''"""EMA cross with RSI, long only."""

fast_length = param(12, low=2, high=100)
slow_length = param(26, low=2, high=200)
strength_length = param(14, low=2, high=100)


def on_bar(bar):
    fast = ta.ema(bar.close, fast_length)
    slow = ta.ema(bar.close, slow_length)
    strength = ta.rsi(bar.close, strength_length)
    if position.size == 0.0:
        if crossover(fast, slow) and strength < 70.0:
            enter_long()
    elif crossunder(fast, slow) or strength > 80.0:
        exit()
'''

SIGNALS = CROSS.replace("position.size == 0.0", "not position_open").replace(
    "def on_bar(bar):\n", "def on_bar(bar):\n    position_open = state(False)\n"
)

_INDICATORS = (
    "ta.sma({x}, {n})",
    "ta.ema({x}, {n})",
    "ta.rsi({x}, {n})",
    "ta.wma({x}, {n})",
    "ta.stddev({x}, {n})",
    "ta.highest(bar.high, {n})",
    "ta.lowest(bar.low, {n})",
    "ta.atr(bar.high, bar.low, bar.close, {n})",
    "ta.linearreg({x}, {n})",
    "ta.mfi(bar.high, bar.low, bar.close, bar.volume, {n})",
)


def complex_source(indicators: int = 30) -> str:
    """A strategy of many different indicators, each one used."""
    lines = [
        f"    a{i} = {_INDICATORS[i % len(_INDICATORS)].format(x='bar.close', n=10 + i)}"
        for i in range(indicators)
    ]
    names = [f"a{i}" for i in range(indicators)]
    total = " + ".join(names)
    return (
        '"""Many indicators."""\n\n\ndef on_bar(bar):\n'
        + "\n".join(lines)
        + f"\n    total = {total}\n    score(total)\n"
        + "    if crossover(bar.close, a0) and a2 < 70.0:\n        enter_long()\n"
        + "    elif crossunder(bar.close, a1):\n        exit()\n"
    )


FIFTY_LINES = '''"""Breakouts of a quiet market, sized by volatility.

Goes long when the price leaves the channel on volume while the weekly trend is up, and short
the other way round. Leaves by a trailing stop, or when the bands close again.
"""

channel = param(20, low=5, high=100, name="Channel length")
trend = param(50, low=10, high=200, name="Trend length")
squeeze = param(0.8, low=0.1, high=1.5, step=0.1, name="Squeeze")
risk = param(2.0, low=0.5, high=10.0, name="Stop distance in ATR")
shorts = param(True, name="Short too")


def ratio(a, b):
    """a / b, 1 where b says nothing."""
    if isna(b) or b == 0.0:
        return 1.0
    return a / b


def on_bar(bar):
    upper, middle, lower = ta.bbands(bar.close, channel, 2.0, 2.0)
    width = upper - lower
    quiet = ratio(width, ta.sma(width, channel)) < squeeze
    atr = ta.atr(bar.high, bar.low, bar.close, 14)
    top = ta.highest(bar.high, channel)[1]
    bottom = ta.lowest(bar.low, channel)[1]
    volume = ratio(bar.volume, ta.sma(bar.volume, channel))
    week = timeframe("1w")
    rising = week.close > ta.sma(week.close, 10)
    mean = ta.ema(bar.close, trend)
    macd, signal, histogram = ta.macd(bar.close)
    waiting = state(0)
    if quiet:
        waiting = 10
    elif waiting > 0:
        waiting -= 1
    ready = waiting > 0 and volume > 1.2
    distance = risk * atr
    if position.size == 0.0 and ready:
        if bar.close > top and bar.close > mean and rising and histogram > 0.0:
            enter_long(size=1.0, trail=distance)
        elif shorts and bar.close < bottom and bar.close < mean and not rising:
            enter_short(size=1.0, trail=distance)
    elif position.bars_held > 40 or (position.size > 0.0 and bar.close < middle):
        exit()
    plot("upper", upper)
    plot("lower", lower)
    plot("trend", mean)
    alert(quiet, "The bands are narrow")
    score(volume * ratio(bar.close, mean))
'''
