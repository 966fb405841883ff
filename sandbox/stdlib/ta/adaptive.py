"""Averages whose speed follows the market, or an input."""


def kama(x: float, timeperiod: Length = 30):
    """Kaufman's adaptive moving average: as fast as an EMA of 2 in a straight move, as slow as
    one of 30 in noise. Source: Kaufman 1995; TA-Lib KAMA.

    As in TA-Lib it starts from the timeperiod-th input and has its first value at the next
    one; the efficiency is 1 where nothing moved; with a timeperiod of 1 the result is the input.
    """
    previous = state(na)
    value = state(na)
    before = _delayed(x, timeperiod)
    path = _sum_of_sizes(x - previous, timeperiod)
    result = na
    if not isna(path):
        if isna(value):
            value = previous
        move = abs(x - before)
        efficiency = move / path if path > move else 1.0
        speed = efficiency * (2.0 / 3.0 - 2.0 / 31.0) + 2.0 / 31.0
        value = (x - value) * (speed * speed) + value
        result = value
    if not isna(x):
        previous = x
    return x if timeperiod == 1 else result
