"""Bands and the middles of ranges."""


def accbands(high: float, low: float, close: float, timeperiod: Length = 20):
    """Acceleration bands: upper, middle, lower, simple averages of the high, the close and the
    low, where high and low are first moved apart by four times the range over their sum.
    Source: Headley 2002; TA-Lib ACCBANDS, which moves nothing where the sum is
    within 1e-14 of the sizes' sum."""
    total = high + low
    width = 0.0
    if abs(total) > 1e-14 * (abs(high) + abs(low)):
        width = 4.0 * (high - low) / total
    known = not isna(total) and not isna(close)
    upper = sma(high * (1.0 + width) if known else na, timeperiod)
    middle = sma(close if known else na, timeperiod)
    lower = sma(low * (1.0 - width) if known else na, timeperiod)
    return upper, middle, lower


def bbands(
    x: float,
    timeperiod: Length = 20,
    nbdevup: float = 2.0,
    nbdevdn: float = 2.0,
    matype: Choice = 0,
):
    """Bollinger bands: upper, middle, lower: a moving average, its matype as in `ma`, and so
    many population standard deviations, from the simple average, above and below it. Source:
    Bollinger 2001; TA-Lib BBANDS."""
    mean, squares = _moments(x, timeperiod)
    if matype == 0 or matype == 11:
        middle = mean
    else:
        average = _ma(x, timeperiod, matype)
        middle = na if isna(mean) else average
    deviation = math.sqrt(max(squares, 0.0) / timeperiod)
    return middle + nbdevup * deviation, middle, middle - nbdevdn * deviation


def midpoint(x: float, timeperiod: Length = 14):
    """The middle between the highest and the lowest of the last `timeperiod` inputs.
    Source: TA-Lib MIDPOINT."""
    return (highest(x, timeperiod) + lowest(x, timeperiod)) / 2.0


def midprice(high: float, low: float, timeperiod: Length = 14):
    """The middle between the highest high and the lowest low of the last `timeperiod` bars.
    Source: TA-Lib MIDPRICE."""
    upper, middle, lower = donchian(high, low, timeperiod)
    return middle
