"""What changed since earlier bars, and sums since the first."""


def change(source: float, length: Length = 1):
    """The input less the input `length` before it. Source: Pine ta.change (TA-Lib MOM)."""
    return mom(source, length)


def cum(source: float):
    """The sum of all inputs so far. Source: Pine ta.cum."""
    total = state(0.0)
    result = na
    if not isna(source):
        total = total + source
        result = total
    return result


def rising(source: float, length: Length):
    """Whether the input is above each of the `length` inputs before it; false until there are
    so many. Source: Pine ta.rising."""
    return source > highest(_before(source), length)


def falling(source: float, length: Length):
    """Whether the input is below each of the `length` inputs before it; false until there are
    so many. Source: Pine ta.falling."""
    return source < lowest(_before(source), length)


def tsi(source: float, short_length: Length = 13, long_length: Length = 25):
    """True strength index, −1 to 1: changes averaged twice, over their sizes averaged alike.
    Source: Blau 1995; Pine ta.tsi. The averages are ta.ema, so they start as TA-Lib's do."""
    moved = source - _before(source)
    direction = ema(ema(moved, long_length), short_length)
    size = ema(ema(abs(moved), long_length), short_length)
    return direction / size


def _before(x: float):
    """The input before this one; na at the first, and where x is na."""
    last = state(na)
    result = na
    if not isna(x):
        result = last
        last = x
    return result
