"""Volume indicators: whether volume comes with rising or with falling prices."""


def ad(high: float, low: float, close: float, volume: float):
    """Chaikin's accumulation/distribution line, from 0 before the first bar. Source: TA-Lib AD:
    a bar without a range adds nothing."""
    line = state(0.0)
    result = na
    if not (isna(high) or isna(low) or isna(close) or isna(volume)):
        if high > low:
            line = line + ((close - low) - (high - close)) / (high - low) * volume
        result = line
    return result


def adosc(
    high: float,
    low: float,
    close: float,
    volume: float,
    fastperiod: Length = 3,
    slowperiod: Length = 10,
):
    """Chaikin's oscillator: two exponential averages of the accumulation/distribution line, the
    first less the second. Source: TA-Lib ADOSC.

    As in TA-Lib both averages start with the line's first value, not with a simple average,
    and the first result comes with the bar that fills the longer one.
    """
    line = ad(high, low, close, volume)
    seen = state(0)
    fast = state(0.0)
    slow = state(0.0)
    result = na
    if not isna(line):
        if seen == 0:
            fast = line
            slow = line
        fast_rest = (fastperiod - 1.0) / (fastperiod + 1.0)
        slow_rest = (slowperiod - 1.0) / (slowperiod + 1.0)
        fast = (1.0 - fast_rest) * line + fast_rest * fast
        slow = (1.0 - slow_rest) * line + slow_rest * slow
        seen = min(seen + 1, max(fastperiod, slowperiod))
        if seen == max(fastperiod, slowperiod):
            result = fast - slow
    return result


def obv(x: float, volume: float):
    """On balance volume. Source: Granville 1963; TA-Lib OBV: it starts with the first bar's
    volume."""
    previous = state(na)
    balance = state(0.0)
    result = na
    if not (isna(x) or isna(volume)):
        if isna(previous) or x > previous:
            balance = balance + volume
        elif x < previous:
            balance = balance - volume
        previous = x
        result = balance
    return result
