"""Moving averages. A bar whose input is na gives na and advances nothing."""


def sma(x: float, timeperiod: Length = 30):
    """Simple moving average. Source: TA-Lib SMA; the first value at the timeperiod-th input."""
    return sum_(x, timeperiod) / timeperiod


def ema(x: float, timeperiod: Length = 30):
    """Exponential moving average, k = 2 / (timeperiod + 1). Source: TA-Lib EMA.

    It starts as TA-Lib does, with the simple average of the first `timeperiod` inputs.
    """
    return _exponential(x, timeperiod, 2.0, timeperiod + 1)


def _wilder(x: float, timeperiod: Length):
    """Wilder's smoothing, k = 1 / timeperiod, from the simple average of the first `timeperiod`
    inputs. Source: Wilder 1978, as in TA-Lib."""
    return _exponential(x, timeperiod, 1.0, timeperiod)


def _exponential(x: float, timeperiod: Length, share: float, whole: float):
    """value + (x − value) · k, k = share / whole, from the simple average of the first
    `timeperiod` inputs. The division is done once; k is 0 before."""
    seen = state(0)
    value = state(0.0)
    weight = state(0.0)
    result = na
    if not isna(x):
        if weight > 0.0:
            value = (x - value) * weight + value
            result = value
        else:
            seen = seen + 1
            value = value + x
            if seen == timeperiod:
                value = value / timeperiod
                weight = share / whole
                result = value
    return result


def _wilder_pair(a: float, b: float, timeperiod: Length):
    """_wilder of two series that are na at the same bars."""
    seen = state(0)
    first = state(0.0)
    second = state(0.0)
    weight = state(0.0)
    shown_a = na
    shown_b = na
    if not isna(a):
        if weight > 0.0:
            first = (a - first) * weight + first
            second = (b - second) * weight + second
            shown_a = first
            shown_b = second
        else:
            seen = seen + 1
            first = first + a
            second = second + b
            if seen == timeperiod:
                first = first / timeperiod
                second = second / timeperiod
                weight = 1.0 / timeperiod
                shown_a = first
                shown_b = second
    return shown_a, shown_b


def _after(x: float, wait: int):
    """x without its first `wait` inputs."""
    seen = state(0)
    result = na
    if not isna(x):
        if seen == wait:
            result = x
        else:
            seen = seen + 1
    return result


def _sum_of_sizes(x: float, timeperiod: Length):
    """The sum of the last `timeperiod` inputs without their signs; as soon as all of them are 0
    it is 0, which a running sum with its rounding errors need not be."""
    still = state(0)
    total = sum_(abs(x), timeperiod)
    if not isna(x):
        still = still + 1 if x == 0.0 else 0
    return 0.0 if total != 0.0 and still >= timeperiod else total


def wma(x: float, timeperiod: Length = 30):
    """Linearly weighted moving average, the newest input the heaviest. Source: TA-Lib WMA; the
    first value at the timeperiod-th input."""
    total, ramp = _ramp(x, timeperiod)
    return ramp / (timeperiod * (timeperiod + 1) // 2)


def trima(x: float, timeperiod: Length = 30):
    """Triangular moving average: weights rise to the middle of the window and fall again.
    Source: TA-Lib TRIMA; the first value at the timeperiod-th input.

    From bar to bar each of the older half's weights falls by one and each of the newer half's
    rises by one, so the weighted sum changes by the sums of the halves. All three sums are
    added up afresh once a window.
    """
    cells = window(timeperiod)
    position = state(0)
    full = state(False)
    older = state(0.0)
    newer = state(0.0)
    weighted = state(0.0)
    half = (timeperiod + 1) // 2
    result = na
    if not isna(x):
        oldest = cells[position]
        cells[position] = x
        if full:
            leaving = position - half
            if leaving < 0:
                leaving = leaving + timeperiod
            middle = position + half
            if middle >= timeperiod:
                middle = middle - timeperiod
            newer = newer + x - cells[leaving]
            weighted = weighted + newer - older
            older = older - oldest + cells[middle]
        position = position + 1
        if position == timeperiod:
            position = 0
            full = True
            older = 0.0
            newer = 0.0
            weighted = 0.0
            for i in range(timeperiod):
                weighted = weighted + cells[i] * min(i + 1, timeperiod - i)
                if i < half:
                    older = older + cells[i]
                    newer = newer + cells[timeperiod - 1 - i]
        if full:
            result = weighted / (half * (timeperiod // 2 + 1))
    return result


def dema(x: float, timeperiod: Length = 30):
    """Double exponential moving average, 2·e1 − e2, where e2 is the EMA of the EMA e1.
    Source: Mulloy 1994; TA-Lib DEMA, whose EMAs each start with a simple average."""
    first = ema(x, timeperiod)
    second = ema(first, timeperiod)
    return 2.0 * first - second


def tema(x: float, timeperiod: Length = 30):
    """Triple exponential moving average, 3·e1 − 3·e2 + e3, each the EMA of the one before.
    Source: Mulloy 1994; TA-Lib TEMA, whose EMAs each start with a simple average."""
    first = ema(x, timeperiod)
    second = ema(first, timeperiod)
    third = ema(second, timeperiod)
    return 3.0 * first - 3.0 * second + third


def t3(x: float, timeperiod: Length = 5, vfactor: float = 0.7):
    """Tillson's T3: a generalized DEMA, (1 + v)·e1 − v·e2, applied three times, written out as
    a sum of the third to sixth of six chained EMAs. Source: Tillson 1998; TA-Lib T3, whose
    EMAs each start with a simple average: the first value at input 6·(timeperiod − 1), from 0."""
    third = ema(ema(ema(x, timeperiod), timeperiod), timeperiod)
    fourth = ema(third, timeperiod)
    fifth = ema(fourth, timeperiod)
    sixth = ema(fifth, timeperiod)
    square = vfactor * vfactor
    cube = square * vfactor
    rest = 1.0 + 3.0 * vfactor + 3.0 * square + cube
    return (
        rest * third
        - 3.0 * (vfactor + 2.0 * square + cube) * fourth
        + 3.0 * (square + cube) * fifth
        - cube * sixth
    )
