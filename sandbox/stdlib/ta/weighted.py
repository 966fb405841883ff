"""Averages and sums whose weights follow place or volume, beyond TA-Lib's."""


def rma(source: float, length: Length = 14):
    """Wilder's smoothing, k = 1 / length, from the simple average of the first `length`
    inputs. Source: Pine ta.rma; Wilder 1978."""
    return _wilder(source, length)


def hma(source: float, length: Length = 9):
    """Hull's average: a weighted one over √length inputs (rounded down) of twice the weighted
    average of half the length (rounded down) less that of all. Source: Hull 2005; Pine ta.hma."""
    half = max(length // 2, 1)
    root = int(math.sqrt(length))
    return wma(2.0 * wma(source, half) - wma(source, length), root)


def alma(
    series: float,
    length: Length = 9,
    offset: float = 0.85,
    sigma: float = 6.0,
    floor: bool = False,
):
    """Arnaud Legoux's average: weights in a bell `length` / sigma wide about the place that is
    `offset` of the way from the oldest input to the newest, which `floor` rounds down. Source:
    Legoux and Kouzis-Loukas 2009; Pine ta.alma.

    O(length) a bar: no running sum has such weights. They are those of the first bar.
    """
    cells = window(length)
    weights = window(length)
    position = state(0)
    full = state(False)
    norm = state(0.0)
    result = na
    if norm == 0.0:
        middle = offset * (length - 1)
        if floor:
            middle = math.floor(middle)
        for i in range(length):
            distance = (i - middle) * sigma / length
            weights[i] = math.exp(-0.5 * distance * distance)
            norm = norm + weights[i]
    if not isna(series):
        cells[position] = series
        position = position + 1
        if position == length:
            position = 0
            full = True
        if full:
            total = 0.0
            place = position
            for i in range(length):
                total = total + weights[i] * cells[place]
                place = place + 1 if place < length - 1 else 0
            result = total / norm
    return result


def swma(source: float):
    """The last four inputs weighted 1, 2, 2, 1. Source: Pine ta.swma."""
    one = _before(source)
    two = _before(one)
    three = _before(two)
    return (source + 2.0 * one + 2.0 * two + three) / 6.0


def vwma(source: float, volume: float, length: Length = 20):
    """The average of the last `length` inputs weighted by volume; na where there was none.
    Source: Pine ta.vwma."""
    traded = source * volume
    return sma(traded, length) / sma(volume if not isna(traded) else na, length)


def cog(source: float, length: Length = 10):
    """Centre of gravity, −length to −1: minus the mean age of the last `length` inputs, the
    newest 1, weighted by their values. Source: Ehlers 2002; Pine ta.cog."""
    total, ramp = _ramp(source, length)
    return ramp / total - (length + 1)


def linreg(source: float, length: Length = 14, offset: int = 0):
    """The least-squares line through the last `length` inputs, `offset` inputs before its
    newest end; length ≥ 2. Source: Pine ta.linreg."""
    start, slope = _fit(source, length)
    return start + slope * (length - 1 - offset)


def _ramp(x: float, length: Length):
    """The sum of the last `length` inputs, and the sum with the oldest once, the next twice, …;
    both are added up afresh once a window, since running sums drift."""
    cells = window(length)
    position = state(0)
    full = state(False)
    total = state(0.0)
    ramp = state(0.0)
    shown_total = na
    shown_ramp = na
    if not isna(x):
        if full:
            ramp = ramp - total + length * x
            total = total - cells[position] + x
        cells[position] = x
        position = position + 1
        if position == length:
            position = 0
            full = True
            total = 0.0
            ramp = 0.0
            for i in range(length):
                total = total + cells[i]
                ramp = ramp + (i + 1) * cells[i]
        if full:
            shown_total = total
            shown_ramp = ramp
    return shown_total, shown_ramp
