"""What the candlestick patterns are made of.

In every pattern open0 is of the bar's own candle, open1 of the candle before it, and so on. A
candle is white when it closes at or above its open, else black; its body lies between open and
close, the shadows are what sticks out. How large is large follows from the candles just before
the one that is judged, by TA-Lib's default settings:

    body long, short        the mean body of 10 candles; very long 3 times that
    body doji               0.1 × the mean high − low of 10 candles
    shadow long, very long  the candle's own body; twice that
    shadow short            half the mean of both shadows together of 10 candles
    shadow very short       0.1 × the mean high − low of 10 candles
    near, far, equal        0.2, 0.6, 0.05 × the mean high − low of 5 candles

A pattern is a whole number: 0 for none, 100 or −100 for a bullish or bearish one. It is 0 until
as many candles have come as TA-Lib needs, and at a bar where a price is na, which counts as no
candle at all.
"""


def _candle(open: float, high: float, low: float, close: float):
    """The candle, or na four times where a part of it is missing, so that it counts nowhere."""
    is_whole = not isna(open + high + low + close)
    return (
        open if is_whole else na,
        high if is_whole else na,
        low if is_whole else na,
        close if is_whole else na,
    )


def _candle_before(open: float, high: float, low: float, close: float):
    """Open, high, low and close of the candle before this one; na at the first and where this
    one is na."""
    last_open = state(na)
    last_high = state(na)
    last_low = state(na)
    last_close = state(na)
    open1 = na
    high1 = na
    low1 = na
    close1 = na
    if not isna(close):
        open1 = last_open
        high1 = last_high
        low1 = last_low
        close1 = last_close
        last_open = open
        last_high = high
        last_low = low
        last_close = close
    return open1, high1, low1, close1


def _candle_mean(x: float, period: Length, oldest: Length, start: int):
    """The mean of `period` candles' sizes x, the oldest of them `oldest` candles ago: what judges
    the candle `oldest - period` ago. na before candle `start`, counted from 0."""
    cells = window(oldest)
    position = state(0)
    seen = state(0)
    left = -1 if isna(x) else start - seen
    old = cells[position]
    if left >= 0:
        cells[position] = x
    mean = _candle_total(cells[(position + period) % oldest], old, period, left)
    if left >= 0:
        position = (position + 1) % oldest
        seen = min(seen + 1, start)
    return mean


def _candle_means2(x: float, period: Length, oldest: Length, start: int):
    """_candle_mean for the candle `oldest - period` ago, and for the one after it."""
    cells = window(oldest)
    position = state(0)
    seen = state(0)
    left = -1 if isna(x) else start - seen
    old1 = cells[position]
    if left >= 0:
        cells[position] = x
    after = (position + 1) % oldest
    mean1 = _candle_total(cells[(position + period) % oldest], old1, period, left)
    mean0 = _candle_total(cells[(after + period) % oldest], cells[after], period, left)
    if left >= 0:
        position = after
        seen = min(seen + 1, start)
    return mean1, mean0


def _candle_means3(x: float, period: Length, oldest: Length, start: int):
    """_candle_mean for the candle `oldest - period` ago, and for the two after it."""
    cells = window(oldest)
    position = state(0)
    seen = state(0)
    left = -1 if isna(x) else start - seen
    old2 = cells[position]
    if left >= 0:
        cells[position] = x
    after = (position + 1) % oldest
    last = (position + 2) % oldest
    mean2 = _candle_total(cells[(position + period) % oldest], old2, period, left)
    mean1 = _candle_total(cells[(after + period) % oldest], cells[after], period, left)
    mean0 = _candle_total(cells[(last + period) % oldest], cells[last], period, left)
    if left >= 0:
        position = after
        seen = min(seen + 1, start)
    return mean2, mean1, mean0


def _candle_total(new: float, old: float, period: int, left: int):
    """The mean of the last `period` sizes before `new`; na until none are `left` before the
    first one asked for; left is below zero at a bar without a candle.

    The total is never added up afresh, for TA-Lib's is not: each starts at a candle of its own
    and adds new − old, and a body that equals the mean but for rounding is long or not by just
    that rounding.
    """
    total = state(0.0)
    result = na
    if left == 0:
        result = total / period
        total = total + (new - old)
    elif 0 < left <= period:
        total = total + new
    return result


def _candle_signal(signal: int, close: float, start: int):
    """The signal, but 0 for the first `start` candles."""
    seen = state(0)
    result = 0
    if seen == start:
        result = signal
    elif not isna(close):
        seen = seen + 1
    return result
