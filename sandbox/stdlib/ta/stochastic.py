"""Where the close lies within the range of late bars."""


def willr(high: float, low: float, close: float, timeperiod: Length = 14):
    """Williams' %R, −100 to 0: how far the close is below the highest high, over the range of
    the last `timeperiod` bars. Source: Williams 1979; TA-Lib WILLR, which gives 0 where the
    range is within 1e-14 of the extremes' sum."""
    known = not isna(high + low + close)
    top = highest(high if known else na, timeperiod)
    bottom = lowest(low if known else na, timeperiod)
    spread = top - bottom
    flat = abs(spread) <= 1e-14 * (abs(top) + abs(bottom))
    return 0.0 if flat else -100.0 * ((top - close) / spread)
