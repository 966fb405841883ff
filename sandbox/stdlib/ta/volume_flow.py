"""What volume says of prices."""


def vwap(source: float, volume: float, time: int):
    """The average of the day's inputs weighted by volume, from the first bar of each UTC day
    on; na while there was none. time: whole microseconds. Source: Pine ta.vwap, whose session
    is here the UTC day."""
    day = state(-1000000000)
    anchor = False
    if not isna(source + volume):
        anchor = time // 86400000000 != day
        day = time // 86400000000
    mean, variance = _since(source, volume, anchor)
    return mean


def vwap_bands(source: float, volume: float, anchor: bool, stdev_mult: float = 1.0):
    """The average of inputs weighted by volume since the last bar with `anchor`, that bar
    counted, and the lines `stdev_mult` weighted standard deviations above and below it; na
    before the first such bar. Source: Pine ta.vwap of three arguments."""
    mean, variance = _since(source, volume, anchor)
    distance = stdev_mult * math.sqrt(variance)
    return mean, mean + distance, mean - distance


def _since(source: float, volume: float, anchor: bool):
    """Weighted mean and variance since the last anchor. Source: West 1979."""
    mean = state(0.0)
    weight = state(na)
    squares = state(0.0)
    shown = na
    spread = na
    if anchor:
        weight = 0.0
        squares = 0.0
    if not isna(source + volume):
        weight = weight + volume
        if weight > 0.0:
            distance = source - mean
            mean = source if weight == volume else mean + distance * (volume / weight)
            squares = squares + volume * distance * (source - mean)
            shown = mean
            spread = squares / weight
    return shown, spread


def accdist(high: float, low: float, close: float, volume: float):
    """Accumulation/distribution: the sum of volumes, each times where the close lies between the
    low (−1) and the high (1). Source: Chaikin; Pine ta.accdist, which is TA-Lib's AD."""
    return ad(high, low, close, volume)


def iii(high: float, low: float, close: float, volume: float):
    """Intraday intensity: where the close lies between the low (−1) and the high (1), by volume;
    na where there was none, or high = low. Source: Bostian; Pine ta.iii."""
    spread = (high - low) * volume
    return na if spread == 0.0 else (2.0 * close - high - low) / spread


def wvad(open: float, high: float, low: float, close: float, volume: float):
    """Volume times the part of the bar's range that lies between open and close; na where
    high = low. Source: Williams; Pine ta.wvad."""
    return na if high == low else (close - open) / (high - low) * volume


def wad(high: float, low: float, close: float):
    """Williams' accumulation/distribution: the sum of closes' distances from the true low where
    they rose and from the true high where they fell; 0 at the first bar. Source: Williams 1973;
    Pine ta.wad."""
    previous = state(na)
    moved = na
    if not isna(high + low + close):
        moved = 0.0
        if close > previous:
            moved = close - min(low, previous)
        if close < previous:
            moved = close - max(high, previous)
        previous = close
    return cum(moved)


def pvt(close: float, volume: float):
    """Price-volume trend: the sum of volumes, each times its close's relative change; 0 at the
    first bar. Source: TA-Lib PVT; Pine ta.pvt, which is na there."""
    moved = nz(_relative_change(close, volume))
    return cum(na if isna(close + volume) else moved * volume)


def nvi(close: float, volume: float):
    """Negative volume index: 1,000 compounded by the closes' relative changes at bars of less
    volume than the bar before. Source: Dysart 1936; Fosback 1976; TA-Lib NVI; Pine's starts at
    1."""
    return _compounded(close, volume, -1.0)


def pvi(close: float, volume: float):
    """Positive volume index: 1,000 compounded by the closes' relative changes at bars of more
    volume than the bar before. Source: Dysart 1936; Fosback 1976; TA-Lib PVI; Pine's starts at
    1."""
    return _compounded(close, volume, 1.0)


def _compounded(close: float, volume: float, sign: float):
    """1,000 compounded by relative changes at bars whose volume moved the way of the sign."""
    previous = state(na)
    index = state(1000.0)
    result = na
    moved = _relative_change(close, volume)
    if not isna(close + volume):
        if sign * (volume - previous) > 0.0:
            index = index + nz(moved) * index
        previous = volume
        result = index
    return result


def _relative_change(close: float, volume: float):
    """The close's relative change since the bar before, 0 after a close of 0; na at the first
    bar and where either input is."""
    there = _with(close, volume)
    previous = _before(there)
    return 0.0 * there if previous == 0.0 else (there - previous) / previous
