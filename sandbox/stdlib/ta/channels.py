"""Lines above and below the price, and how far they are apart."""


def keltner(high: float, low: float, close: float, length: Length = 20, mult: float = 2.0):
    """Keltner channel: upper, middle, lower, as ta.kc of the close by the true range."""
    middle, upper, lower = kc(close, high, low, close, length, mult)
    return upper, middle, lower


def kc(
    series: float,
    high: float,
    low: float,
    close: float,
    length: Length = 20,
    mult: float = 2.0,
    useTrueRange: bool = True,
):
    """Keltner channel: middle, upper, lower, in Pine's order: the exponential average of the
    series, and that of the true range, or of high − low, `mult` times above and below it.
    Source: Keltner 1960; Pine ta.kc.

    The true range starts a bar late, and the outer lines with it.
    """
    there = not isna(series + high + low + close)
    reach = high - low
    true_reach = trange(high, low, close if there else na)
    if useTrueRange:
        reach = true_reach
    middle = ema(series if there else na, length)
    distance = mult * ema(reach if there else na, length)
    return middle, middle + distance, middle - distance


def kcw(
    series: float,
    high: float,
    low: float,
    close: float,
    length: Length = 20,
    mult: float = 2.0,
    useTrueRange: bool = True,
):
    """The width of ta.kc over its middle. Source: Pine ta.kcw."""
    middle, upper, lower = kc(series, high, low, close, length, mult, useTrueRange)
    return (upper - lower) / middle


def bbw(series: float, length: Length = 20, mult: float = 2.0):
    """The width of Bollinger's bands over their middle. Source: Pine ta.bbw."""
    upper, middle, lower = bbands(series, length, mult, mult)
    return (upper - lower) / middle


def ichimoku(
    high: float,
    low: float,
    conversionPeriods: Length = 9,
    basePeriods: Length = 26,
    laggingSpan2Periods: Length = 52,
    displacement: Length = 26,
):
    """Ichimoku: conversion line, base line, leading spans A and B. Source: Hosoda 1969;
    TradingView's built-in of these arguments.

    The spans are those of the cloud that stands over this bar, reckoned `displacement` − 1 bars
    ago as the built-in draws it: all is known now. A displacement of 1 gives the spans reckoned
    now, drawn ahead elsewhere. The lagging span is the close and needs later bars: left out.
    """
    upper, conversion, lower = donchian(high, low, conversionPeriods)
    upper, base, lower = donchian(high, low, basePeriods)
    upper, slow, lower = donchian(high, low, laggingSpan2Periods)
    span_a = _held((conversion + base) / 2.0, displacement)
    return conversion, base, span_a, _held(slow, displacement)


def _held(x: float, length: Length):
    """The oldest of the last `length` inputs; na until there are so many."""
    before = _delayed(x, max(length - 1, 1))
    return x if length == 1 else before


def supertrend(
    high: float, low: float, close: float, factor: float = 3.0, atrPeriod: Length = 10
):
    """Supertrend: line, direction. The direction is −1 while prices rise, the line then a floor
    below them, and 1 while they fall, the line then a ceiling. Source: Pine ta.supertrend.

    Its average true range is Pine's, which counts the first bar's high − low; there is nothing
    before it has a value. The first direction is 1.
    """
    reach = factor * _wilder(tr(high, low, close, True), atrPeriod)
    upper = state(na)
    lower = state(na)
    line = state(na)
    previous = state(na)
    direction = na
    result = na
    if not isna(reach):
        ceiling = (high + low) / 2.0 + reach
        ground = (high + low) / 2.0 - reach
        direction = 1.0
        if not isna(line):
            if ceiling >= upper and previous <= upper:
                ceiling = upper
            if ground <= lower and previous >= lower:
                ground = lower
            if line == upper:
                direction = -1.0 if close > ceiling else 1.0
            else:
                direction = 1.0 if close < ground else -1.0
        upper = ceiling
        lower = ground
        line = ground if direction < 0.0 else ceiling
        previous = close
        result = line
    return result, direction


def _with(x: float, other: float):
    """x, or na where the other is na."""
    return na if isna(other) else x
