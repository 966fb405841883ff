"""The moving average of a kind that the caller chooses."""


def ma(x: float, timeperiod: Length = 30, matype: Choice = 0):
    """Moving average. matype: 0 simple, 1 exponential, 2 weighted, 3 dema, 4 tema, 5
    triangular, 6 kama, 7 mama, whatever the timeperiod, 8 t3, 9 hma, 10 none: the input, 11
    the default: simple, 12 zero-lag exponential, 13 Wilder's. Source: TA-Lib MA, which gives the
    input for a timeperiod of 1. na for another matype."""
    return _ma(x, timeperiod, matype)


def _ma(x: float, timeperiod: Length, matype: Choice):
    """What `ma` gives, for the functions that take a matype."""
    if matype == 0 or matype == 11:
        result = sma(x, timeperiod)
    elif matype == 1:
        result = ema(x, timeperiod)
    elif matype == 2:
        result = wma(x, timeperiod)
    elif matype == 3:
        result = dema(x, timeperiod)
    elif matype == 4:
        result = tema(x, timeperiod)
    elif matype == 5:
        result = trima(x, timeperiod)
    elif matype == 6:
        result = kama(x, timeperiod)
    elif matype == 7:
        average, following = mama(x)
        result = x if timeperiod == 1 else average
    elif matype == 8:
        result = t3(x, timeperiod)
    elif matype == 9:
        result = hma(x, timeperiod)
    elif matype == 10:
        result = x
    elif matype == 12:
        result = _zlema(x, timeperiod)
    elif matype == 13:
        result = _wilder(x, timeperiod)
    else:
        result = na
    return result


def _ma_lookback(timeperiod: int, matype: Choice):
    """How many inputs come before the first that `_ma` has a value for. Source: TA-Lib
    MA_Lookback."""
    lookback = timeperiod - 1
    if matype == 3:
        lookback = 2 * lookback
    elif matype == 4:
        lookback = 3 * lookback
    elif matype == 6:
        lookback = timeperiod
    elif matype == 7:
        lookback = 32
    elif matype == 8:
        lookback = 6 * lookback
    elif matype == 9:
        lookback = lookback + int(math.sqrt(timeperiod)) - 1
    elif matype == 10:
        lookback = 0
    elif matype == 12:
        lookback = lookback + lookback // 2
    return 0 if timeperiod == 1 else lookback


def _zlema(x: float, timeperiod: Length):
    """Zero-lag exponential moving average: the EMA of twice the input less the one of
    (timeperiod − 1) // 2 inputs ago. Source: Ehlers and Way 2010; TA-Lib ZLEMA."""
    lag = (timeperiod - 1) // 2
    before = _delayed(x, max(lag, 1))
    ahead = 2.0 * x - before
    return ema(ahead if lag > 0 else x, timeperiod)


def mavp(
    x: float, periods: float, minperiod: Length = 2, maxperiod: Length = 30, matype: Choice = 0
):
    """Moving average of a length that each bar brings: `periods`, its fraction cut off, from
    minperiod to maxperiod; matype 0 or 11, simple, or 10, the input, and na for another. Source:
    TA-Lib MAVP: the first value at the maxperiod-th input.

    The other kinds would need an average for every length there may be.
    """
    if matype == 10:
        result = x if not isna(periods) else na
    elif matype == 0 or matype == 11:
        result = _sma_of_lengths(x, periods, minperiod, maxperiod)
    else:
        result = na
    return result


def _sma_of_lengths(x: float, periods: float, minperiod: Length, maxperiod: Length):
    """What `mavp` gives for simple averages.

    Inputs come in blocks of maxperiod. Cells before `position` hold the sums of the present
    block from its start, cells from it on the sums of the block before from there to its end.
    """
    cells = window(maxperiod)
    position = state(0)
    full = state(False)
    total = state(0.0)
    result = na
    if not isna(x) and not isna(periods):
        length = int(max(min(periods, maxperiod), minperiod))
        total = total + x
        cells[position] = total
        position = position + 1
        start = position - length
        if full or position == maxperiod:
            result = total
            if start < 0:
                result = total + cells[start + maxperiod]
            elif start > 0:
                result = total - cells[start - 1]
            result = result / length
        if position == maxperiod:
            for i in range(maxperiod - 1, 0, -1):
                cells[i] = total - cells[i - 1]
            cells[0] = total
            position = 0
            full = True
            total = 0.0
    return result
