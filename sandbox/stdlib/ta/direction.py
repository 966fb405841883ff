"""Directional movement as Pine smooths it."""


def dmi(
    high: float, low: float, close: float, diLength: Length = 14, adxSmoothing: Length = 14
):
    """Directional movement: +DI, −DI, ADX. Source: Wilder 1978; Pine ta.dmi.

    Unlike TA-Lib's plus_di, minus_di and adx every average is ta.rma, which starts with the
    simple one of its first inputs: the DIs at bar diLength, counted from 0, the ADX
    adxSmoothing − 1 bars later. Where the true range averages 0, the DIs stay what they were.
    """
    previous_high = state(na)
    previous_low = state(na)
    up = na
    down = na
    if not isna(high + low + close):
        up = high - previous_high
        down = previous_low - low
        previous_high = high
        previous_low = low
    reach = _wilder(trange(high, low, close), diLength)
    rise = _wilder(_larger_move(up, down), diLength)
    fall = _wilder(_larger_move(down, up), diLength)
    plus = state(na)
    minus = state(na)
    if reach > 0.0:
        plus = 100.0 * rise / reach
        minus = 100.0 * fall / reach
    there = not isna(reach)
    total = plus + minus
    share = abs(plus - minus) / (1.0 if total == 0.0 else total)
    adx = 100.0 * _wilder(share if there else na, adxSmoothing)
    return (plus if there else na), (minus if there else na), adx


def _larger_move(move: float, other: float):
    """The move where it is upward and beyond the other, else 0; na where either is."""
    result = na
    if not isna(move + other):
        result = move if move > other and move > 0.0 else 0.0
    return result
