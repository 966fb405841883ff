"""Moving averages. A bar whose input is na gives na and advances nothing."""


def sma(x: float, timeperiod: Length = 30):
    """Simple moving average. Source: TA-Lib SMA; the first value at the timeperiod-th input.

    A running sum, added up afresh once a window, since a running sum drifts.
    """
    cells = window(timeperiod)
    position = state(0)
    full = state(False)
    total = state(0.0)
    result = na
    if not isna(x):
        if full:
            total = total - cells[position]
        total = total + x
        cells[position] = x
        position = position + 1
        if position == timeperiod:
            position = 0
            full = True
            total = 0.0
            for i in range(timeperiod):
                total = total + cells[i]
        if full:
            result = total / timeperiod
    return result


def ema(x: float, timeperiod: Length = 30):
    """Exponential moving average, k = 2 / (timeperiod + 1). Source: TA-Lib EMA.

    It starts as TA-Lib does, with the simple average of the first `timeperiod` inputs.
    """
    return _ema_after(x, timeperiod, 0)


def _ema_after(x: float, timeperiod: Length, wait: int):
    """An exponential moving average that passes over the first `wait` inputs."""
    seen = state(0)
    value = state(0.0)
    weight = state(0.0)
    result = na
    if not isna(x):
        if seen == wait + timeperiod:
            value = (x - value) * weight + value
            result = value
        else:
            seen = seen + 1
            if seen > wait:
                value = value + x
            if seen == wait + timeperiod:
                value = value / timeperiod
                weight = 2.0 / (timeperiod + 1)
                result = value
    return result


def _wilder(x: float, timeperiod: Length):
    """Wilder's smoothing, value + (x − value) / timeperiod, from the simple average of the
    first `timeperiod` inputs. Source: Wilder 1978, as in TA-Lib."""
    seen = state(0)
    value = state(0.0)
    weight = state(0.0)
    result = na
    if not isna(x):
        if seen == timeperiod:
            value = (x - value) * weight + value
            result = value
        else:
            seen = seen + 1
            value = value + x
            if seen == timeperiod:
                value = value / timeperiod
                weight = 1.0 / timeperiod
                result = value
    return result
