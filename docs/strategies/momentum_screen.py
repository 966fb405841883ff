"""Momentum screen.

Orders nothing: it ranks. Scores a symbol by its gain over the last months, the latest one left
out, by how straight it got there, and by how it stands among its own past; na keeps out what is
too thinly traded, falling, or too young.
"""

length = param(252, low=60, high=1000, name="Bars looked back")
skipped = param(21, low=0, high=50, name="Latest bars left out")
least_turnover = param(1e6, low=0.0, name="Least turnover a bar")


def straightness(x, n):
    """Kaufman's efficiency: the way made good over the way gone, 0 to 1."""
    return abs(x - x[n]) / ta.sum(abs(x - x[1]), n)


def falling_for(x):
    """How many bars in a row x has fallen."""
    bars = state(0)
    bars = bars + 1 if x < x[1] else 0
    return bars


def on_bar(bar):
    gain = bar.close[skipped] / bar.close[length] - 1.0
    turnover = ta.median(bar.close * bar.volume, 63)

    traded = turnover >= least_turnover
    falls = falling_for(timeframe("1M").close) >= 3
    if traded and gain > 0.0 and not falls:
        score(gain * straightness(bar.close, length) * ta.percentrank(bar.close, 252) / 100.0)

    plot("gain", gain)
    plot("turnover", turnover)
