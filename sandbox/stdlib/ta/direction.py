"""Directional movement as Pine smooths it."""


def dmi(
    high: float, low: float, close: float, diLength: Length = 14, adxSmoothing: Length = 14
):
    """Directional movement: +DI, −DI, ADX. Source: Wilder 1978; Pine ta.dmi.

    Unlike TA-Lib's plus_di, minus_di and adx every average is ta.rma, which starts with the
    simple one of its first inputs: the DIs at bar diLength, counted from 0, the ADX
    adxSmoothing − 1 bars later. Where the true range averages 0, the DIs stay what they were.
    """
    up, down = _moves(_with(high, low + close), _with(low, high + close))
    reach = _wilder(trange(high, low, close), diLength)
    rise, fall = _wilder_pair(up, down, diLength)
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
