"""How much was traded, and with which moves.

TA-Lib's running sums of fractions of volume leave rounding errors where there is none any more:
here that is 0.
"""


def cmf(high: float, low: float, close: float, volume: float, timeperiod: Length = 20):
    """Chaikin's money flow, −1 to 1: where closes lie between lows (−1) and highs (1), averaged
    over `timeperiod` bars by volume. Source: Chaikin; TA-Lib CMF: 0 for a bar without a range,
    and where there was no volume."""
    spread = high - low
    there = spread + close + volume
    flow = (close - low - (high - close)) / spread * volume if spread > 0.0 else 0.0
    flows = sum_(_with(flow, there), timeperiod)
    return _over(flows, _sum_of_sizes(_with(volume, there), timeperiod))


def efi(close: float, volume: float, timeperiod: Length = 13):
    """Elder's force index: the exponential average of changes times volume. Source: Elder 1993;
    TA-Lib EFI."""
    there = _with(close, volume)
    return ema((there - _before(there)) * volume, timeperiod)


def pvo(volume: float, fastperiod: Length = 12, slowperiod: Length = 26, matype: Choice = 1):
    """Percentage volume oscillator: `ppo` of volume. Source: TA-Lib PVO."""
    return ppo(volume, fastperiod, slowperiod, matype)


def rvol(volume: float, timeperiod: Length = 20):
    """Relative volume: over the average of the `timeperiod` bars before. Source: TA-Lib RVOL:
    infinite, or na at a bar that has none either, where there was no volume."""
    return volume / (_sum_of_sizes(_before(volume), timeperiod) / timeperiod)
