"""Volatility: how far prices range."""


def bbands(x: float, timeperiod: Length = 20, nbdevup: float = 2.0, nbdevdn: float = 2.0):
    """Bollinger bands: upper, middle, lower. Source: Bollinger 2001; TA-Lib BBANDS.

    The middle is the simple average, the width the population's standard deviation (0 where
    the variance is below 1e-14, as in TA-Lib). Sums are of distances from a recent mean and
    are added up afresh once a window: sums of raw squares would cancel.
    """
    cells = window(timeperiod)
    position = state(0)
    full = state(False)
    center = state(0.0)
    first = state(0.0)
    second = state(0.0)
    upper = na
    middle = na
    lower = na
    if not isna(x):
        if full:
            old = cells[position] - center
            first = first - old
            second = second - old * old
        new = x - center
        first = first + new
        second = second + new * new
        cells[position] = x
        position = position + 1
        if position == timeperiod:
            position = 0
            full = True
            first = 0.0
            for i in range(timeperiod):
                first = first + cells[i]
            center = first / timeperiod
            first = 0.0
            second = 0.0
            for j in range(timeperiod):
                distance = cells[j] - center
                first = first + distance
                second = second + distance * distance
        if full:
            offset = first / timeperiod
            variance = second / timeperiod - offset * offset
            deviation = 0.0
            if variance >= 1e-14:
                deviation = math.sqrt(variance)
            middle = center + offset
            upper = middle + nbdevup * deviation
            lower = middle - nbdevdn * deviation
    return upper, middle, lower


def trange(high: float, low: float, close: float):
    """True range. Source: Wilder 1978; TA-Lib TRANGE: na at the first bar, which has no
    close before it."""
    previous = state(na)
    result = na
    if not (isna(high) or isna(low) or isna(close)):
        result = max(high - low, abs(previous - high), abs(previous - low))
        previous = close
    return result


def atr(high: float, low: float, close: float, timeperiod: Length = 14):
    """Average true range by Wilder's smoothing. Source: Wilder 1978; TA-Lib ATR: the first
    value is the simple average of the true ranges of bars 1 to `timeperiod`, counted from 0."""
    return _wilder(trange(high, low, close), timeperiod)


def natr(high: float, low: float, close: float, timeperiod: Length = 14):
    """Average true range in percent of the close. Source: Forman 2006; TA-Lib NATR: 0 where
    the close is 0, and with a timeperiod of 1 the true range itself, not in percent."""
    range = atr(high, low, close, timeperiod)
    percent = 0.0 if close == 0.0 else 100.0 * (range / close)
    return range if timeperiod == 1 or isna(range) else percent
