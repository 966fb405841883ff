"""Parabolic stop and reverse."""


def sar(high: float, low: float, acceleration: float = 0.02, maximum: float = 0.2):
    """Parabolic stop and reverse. Source: Wilder 1978; TA-Lib SAR.

    As in TA-Lib the second bar is the first with a value: it is long unless the low fell more
    than the high rose, and starts from the first bar's low, or high when short.
    """
    level, long = _parabolic(
        high,
        low,
        0.0,
        0.0,
        acceleration,
        acceleration,
        maximum,
        acceleration,
        acceleration,
        maximum,
    )
    return level if long else -level


def sarext(
    high: float,
    low: float,
    startvalue: float = 0.0,
    offsetonreverse: float = 0.0,
    accelerationinitlong: float = 0.02,
    accelerationlong: float = 0.02,
    accelerationmaxlong: float = 0.2,
    accelerationinitshort: float = 0.02,
    accelerationshort: float = 0.02,
    accelerationmaxshort: float = 0.2,
):
    """Parabolic stop and reverse with factors for each side; below zero while short.
    Source: TA-Lib SAREXT.

    A startvalue above zero starts long at it, one below starts short at its size, and 0 starts
    as `sar` does. offsetonreverse is the part of the level by which a reversal moves it away.
    """
    level, long = _parabolic(
        high,
        low,
        startvalue,
        offsetonreverse,
        accelerationinitlong,
        accelerationlong,
        accelerationmaxlong,
        accelerationinitshort,
        accelerationshort,
        accelerationmaxshort,
    )
    return level


def _parabolic(
    high: float,
    low: float,
    start: float,
    offset: float,
    initial_long: float,
    step_long: float,
    maximum_long: float,
    initial_short: float,
    step_short: float,
    maximum_short: float,
):
    """This bar's level, below zero while short, and whether it is long.

    A short is a long in prices whose signs are turned, so `stop` and `extreme` are kept in
    the present side's prices and one rule serves both: `near` is the end of the bar's range
    that the stop waits for, `far` the other, each a larger number the better for the side.
    """
    previous_high = state(na)
    previous_low = state(na)
    started = state(False)
    long = state(True)
    stop = state(0.0)
    extreme = state(0.0)
    factor = state(0.0)
    level = na
    if not isna(high) and not isna(low):
        if not started and not isna(previous_high):
            started = True
            long, stop = _opening(high, low, previous_high, previous_low, start)
            extreme = high if long else -low
            factor = min(initial_long, maximum_long) if long else min(initial_short, maximum_short)
            previous_high = high
            previous_low = low
        if started:
            far = high if long else -low
            turned = (low if long else -high) <= stop
            if turned:
                stop = -max(extreme, far)
                long = not long
                stop = stop * (1.0 - offset if long else 1.0 + offset)
                far = high if long else -low
            level = stop
            if turned or far > extreme:
                extreme = far
                initial = initial_long if long else initial_short
                factor = initial if turned else factor + (step_long if long else step_short)
                factor = min(factor, maximum_long if long else maximum_short)
            stop = stop + factor * (extreme - stop)
            stop = min(stop, low if long else -high, previous_low if long else -previous_high)
        previous_high = high
        previous_low = low
    return level, long


def _opening(high: float, low: float, previous_high: float, previous_low: float, start: float):
    """Whether the first position is long, and its stop in its side's prices."""
    fall = previous_low - low
    long = not (fall > 0.0 and fall > high - previous_high)
    stop = previous_low if long else -previous_high
    if start != 0.0:
        long = start > 0.0
        stop = start
    return long, stop
