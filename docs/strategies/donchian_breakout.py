"""Donchian breakout, sized by volatility.

Goes with a close beyond the channel of the bars before this one (the Turtles' entry) and
leaves at the middle line. The size risks a set fraction of the price per average true range.
"""

length = param(20, low=2, high=200, name="Channel length")
atr_length = param(14, low=2, high=100, name="ATR length")
risk = param(0.01, low=0.001, high=0.1, step=0.001, name="Risk per ATR")


def on_bar(bar):
    upper, middle, lower = ta.donchian(bar.high, bar.low, length)
    range_of_bar = ta.atr(bar.high, bar.low, bar.close, atr_length)
    size = min(risk * bar.close / range_of_bar, 1.0)

    # upper[1] is the channel without this bar; na while it warms up, and then nothing happens.
    if bar.close > upper[1]:
        enter_long(size=size)
    elif bar.close < lower[1]:
        enter_short(size=size)
    elif bar.close < middle[1] <= bar.close[1] or bar.close > middle[1] >= bar.close[1]:
        exit()

    plot("upper", upper)
    plot("middle", middle)
    plot("lower", lower)
    plot("atr", range_of_bar)
