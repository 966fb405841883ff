"""Moving averages. A bar whose input is na gives na and advances nothing."""


def sma(x: float, length: Length = 30):
    """Simple moving average. Source: TA-Lib SMA; the first value at the length-th input.

    A running sum, added up afresh once a window, since a running sum drifts.
    """
    window = ring(length)
    position = state(0)
    full = state(False)
    total = state(0.0)
    result = na
    if not isna(x):
        if full:
            total = total - window[position]
        total = total + x
        window[position] = x
        position = position + 1
        if position == length:
            position = 0
            full = True
            total = 0.0
            for i in range(length):
                total = total + window[i]
        if full:
            result = total / length
    return result


def ema(x: float, length: Length = 30):
    """Exponential moving average, k = 2 / (length + 1). Source: TA-Lib EMA.

    It starts as TA-Lib does, with the simple average of the first `length` inputs.
    """
    return _ema_after(x, length, 0)


def _ema_after(x: float, length: Length, wait: int):
    """An exponential moving average that passes over the first `wait` inputs."""
    seen = state(0)
    value = state(0.0)
    weight = state(0.0)
    result = na
    if not isna(x):
        if seen == wait + length:
            value = (x - value) * weight + value
            result = value
        else:
            seen = seen + 1
            if seen > wait:
                value = value + x
            if seen == wait + length:
                value = value / length
                weight = 2.0 / (length + 1)
                result = value
    return result


def _wilder(x: float, length: Length):
    """Wilder's smoothing, value + (x − value) / length, from the simple average of the
    first `length` inputs. Source: Wilder 1978, as in TA-Lib."""
    seen = state(0)
    value = state(0.0)
    weight = state(0.0)
    result = na
    if not isna(x):
        if seen == length:
            value = (x - value) * weight + value
            result = value
        else:
            seen = seen + 1
            value = value + x
            if seen == length:
                value = value / length
                weight = 1.0 / length
                result = value
    return result
