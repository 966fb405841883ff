"""Buying against selling: shares of what the last bars moved."""


def imi(open: float, close: float, timeperiod: Length = 14):
    """Intraday momentum index, 0 to 100: the bodies of rising bars over all bodies, summed
    over `timeperiod` bars. Source: Chande 1994; TA-Lib IMI, which gives 50 where all are 0."""
    return _rising_share(close - open, timeperiod, 50.0)


def mfi(high: float, low: float, close: float, volume: float, timeperiod: Length = 14):
    """Money flow index, 0 to 100: typical price times volume of bars with a higher typical
    price than the bar before, over that of bars with a higher or lower one. Source: Quong and
    Soudack 1989; TA-Lib MFI, for which prices within 1e-14 of their sum are equal, and which
    gives 0 where the sums are 0."""
    previous = state(na)
    typical = (high + low + close) / 3.0
    flow = na
    if not isna(typical) and not isna(volume):
        change = typical - previous
        if abs(change) <= 1e-14 * (abs(typical) + abs(previous)):
            flow = 0.0
        elif change > 0.0:
            flow = typical * volume
        elif change < 0.0:
            flow = -typical * volume
        previous = typical
    return _rising_share(flow, timeperiod, 0.0)


def _rising_share(x: float, timeperiod: Length, otherwise: float):
    """The sum of positive inputs among the last `timeperiod`, over the sum of the sizes of all,
    times 100; `otherwise` where this sum is 0.

    The sums are added up afresh once a window, and are 0 again, without rounding errors of
    what was in them, as soon as nothing is.
    """
    cells = window(timeperiod)
    position = state(0)
    full = state(False)
    rising = state(0.0)
    falling = state(0.0)
    since_rise = state(0)
    since_fall = state(0)
    result = na
    if not isna(x):
        if full:
            rising = rising - max(cells[position], 0.0)
            falling = falling - max(-cells[position], 0.0)
        cells[position] = x
        position = position + 1
        if position == timeperiod:
            position = 0
            full = True
            rising = 0.0
            falling = 0.0
            for i in range(timeperiod):
                rising = rising + max(cells[i], 0.0)
                falling = falling + max(-cells[i], 0.0)
        else:
            rising = rising + max(x, 0.0)
            falling = falling + max(-x, 0.0)
        since_rise = 0 if x > 0.0 else since_rise + 1
        since_fall = 0 if x < 0.0 else since_fall + 1
        if since_rise >= timeperiod:
            rising = 0.0
        if since_fall >= timeperiod:
            falling = 0.0
        if full:
            total = rising + falling
            result = otherwise
            if total > 0.0:
                result = 100.0 * (rising / total)
    return result


def ultosc(
    high: float,
    low: float,
    close: float,
    timeperiod1: Length = 7,
    timeperiod2: Length = 14,
    timeperiod3: Length = 28,
):
    """Ultimate oscillator, 0 to 100: buying pressure over true range, each summed over three
    lengths, weighted 4, 2 and 1 from the shortest to the longest. Source: Williams 1985;
    TA-Lib ULTOSC, which takes the lengths in any order and adds nothing for one whose ranges
    sum to 0. The sums are added up afresh once a window."""
    still = state(0)
    pressures = window(max(timeperiod1, max(timeperiod2, timeperiod3)))
    ranges = window(max(timeperiod1, max(timeperiod2, timeperiod3)))
    previous = state(na)
    position = state(0)
    full = state(False)
    short_pressure = state(0.0)
    short_range = state(0.0)
    middle_pressure = state(0.0)
    middle_range = state(0.0)
    long_pressure = state(0.0)
    long_range = state(0.0)
    long = max(timeperiod1, max(timeperiod2, timeperiod3))
    short = min(timeperiod1, min(timeperiod2, timeperiod3))
    middle = timeperiod1 + timeperiod2 + timeperiod3 - long - short
    bottom = min(low, previous)
    pressure = close - bottom
    extent = max(high, previous) - bottom
    if not isna(high + low + close):
        previous = close
    result = na
    if not isna(pressure + extent):
        leaves_short = position - short
        if leaves_short < 0:
            leaves_short = leaves_short + long
        leaves_middle = position - middle
        if leaves_middle < 0:
            leaves_middle = leaves_middle + long
        short_pressure = short_pressure + pressure - nz(pressures[leaves_short])
        short_range = short_range + extent - nz(ranges[leaves_short])
        middle_pressure = middle_pressure + pressure - nz(pressures[leaves_middle])
        middle_range = middle_range + extent - nz(ranges[leaves_middle])
        long_pressure = long_pressure + pressure - nz(pressures[position])
        long_range = long_range + extent - nz(ranges[position])
        still = still + 1 if extent == 0.0 else 0
        pressures[position] = pressure
        ranges[position] = extent
        position = position + 1
        if position == long:
            position = 0
            full = True
            short_pressure = 0.0
            short_range = 0.0
            middle_pressure = 0.0
            middle_range = 0.0
            long_pressure = 0.0
            long_range = 0.0
            for i in range(max(timeperiod1, max(timeperiod2, timeperiod3))):
                long_pressure = long_pressure + pressures[i]
                long_range = long_range + ranges[i]
                if i >= long - middle:
                    middle_pressure = middle_pressure + pressures[i]
                    middle_range = middle_range + ranges[i]
                if i >= long - short:
                    short_pressure = short_pressure + pressures[i]
                    short_range = short_range + ranges[i]
        if full:
            result = 0.0
            if still < short:
                result = result + 4.0 * (short_pressure / short_range)
            if still < middle:
                result = result + 2.0 * (middle_pressure / middle_range)
            if still < long:
                result = result + long_pressure / long_range
            result = 100.0 * (result / 7.0)
    return result
