"""Averages whose speed follows the market, or an input."""


def kama(x: float, timeperiod: Length = 30):
    """Kaufman's adaptive moving average: as fast as an EMA of 2 in a straight move, as slow as
    one of 30 in noise. Source: Kaufman 1995; TA-Lib KAMA.

    As in TA-Lib it starts from the timeperiod-th input and has its first value at the next
    one; the efficiency is 1 where nothing moved; with a timeperiod of 1 the result is the input.
    The path is added up afresh once a window.
    """
    cells = window(timeperiod + 1)
    position = state(0)
    full = state(False)
    path = state(0.0)
    still = state(0)
    previous = state(0.0)
    value = state(0.0)
    result = na
    if not isna(x):
        still = still + 1 if x == previous else 0
        oldest = cells[position]
        cells[position] = x
        position = position + 1
        if full:
            after = position
            if after > timeperiod:
                after = 0
            path = path - abs(cells[after] - oldest) + abs(x - previous)
        if position > timeperiod:
            position = 0
            path = 0.0
            for i in range(timeperiod):
                path = path + abs(cells[i + 1] - cells[i])
            if not full:
                full = True
                value = previous
        if full:
            move = x - cells[position]
            efficiency = 1.0
            if still < timeperiod and path > abs(move):
                efficiency = abs(move) / path
            speed = efficiency * (2.0 / 3.0 - 2.0 / 31.0) + 2.0 / 31.0
            value = (x - value) * (speed * speed) + value
            result = value
        previous = x
        if timeperiod == 1:
            result = x
    return result
