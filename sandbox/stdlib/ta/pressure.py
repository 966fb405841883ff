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
    times 100; `otherwise` where this sum is 0."""
    rising = _sum_of_sizes(max(x, 0.0), timeperiod)
    total = rising + _sum_of_sizes(min(x, 0.0), timeperiod)
    return otherwise if total == 0.0 else 100.0 * (rising / total)


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
    sum to 0."""
    previous = state(na)
    pressure = na
    if not isna(high + low + close):
        pressure = close - min(low, previous)
        previous = close
    extent = trange(high, low, close)
    shorter = min(timeperiod1, timeperiod2)
    longer = max(timeperiod1, timeperiod2)
    short = _share(pressure, extent, min(shorter, timeperiod3))
    middle = _share(pressure, extent, max(shorter, min(longer, timeperiod3)))
    long = _share(pressure, extent, max(longer, timeperiod3))
    return 100.0 * ((4.0 * short + 2.0 * middle + long) / 7.0)


def _share(x: float, whole: float, timeperiod: Length):
    """The sum of the last `timeperiod` inputs over that of `whole`; 0 where this is 0."""
    part = sum_(x, timeperiod)
    total = _sum_of_sizes(whole, timeperiod)
    return 0.0 if total == 0.0 else part / total
