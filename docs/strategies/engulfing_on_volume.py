"""Engulfing candles on volume.

Buys after a bullish engulfing candle that ends a fall on more volume than usual, and sells short
at the mirror image; stop and target are set with the order, and patience is limited.
"""

volume_ratio = param(1.3, low=1.0, high=5.0, step=0.1, name="Volume over usual")
trend_length = param(10, low=3, high=100, name="Bars of the move before")
reward = param(2.0, low=0.5, high=5.0, step=0.5, name="Target in risks")
bars_max = param(10, low=1, high=100, name="Bars to hold")


def on_bar(bar):
    pattern = ta.cdlengulfing(bar.open, bar.high, bar.low, bar.close)
    heavy = bar.volume > volume_ratio * ta.median(bar.volume, 20)
    before = ta.linearreg_slope(bar.close, trend_length)[2]
    low = ta.lowest(bar.low, 2)
    high = ta.highest(bar.high, 2)

    if position.bars_held >= bars_max:
        exit()
    elif position.size == 0 and heavy:
        if pattern > 0 and before < 0.0:
            target = bar.close + reward * (bar.close - low)
            enter_long(stop_loss=low, take_profit=target)
        elif pattern < 0 and before > 0.0:
            target = bar.close - reward * (high - bar.close)
            enter_short(stop_loss=high, take_profit=target)

    plot("pattern", float(pattern))
