"""Where the close lies within the range of late bars."""


def willr(high: float, low: float, close: float, timeperiod: Length = 14):
    """Williams' %R, −100 to 0: how far the close is below the highest high, over the range of
    the last `timeperiod` bars. Source: Williams 1979; TA-Lib WILLR, which gives 0 where the
    range is within 1e-14 of the extremes' sum."""
    top, bottom = _extremes(high, low, close, timeperiod)
    spread = top - bottom
    flat = abs(spread) <= 1e-14 * (abs(top) + abs(bottom))
    return 0.0 if flat else -100.0 * ((top - close) / spread)


def _extremes(high: float, low: float, close: float, timeperiod: Length):
    """The highest high and the lowest low of the last `timeperiod` bars that lack nothing."""
    top = highest(_with(high, low + close), timeperiod)
    bottom = lowest(_with(low, high + close), timeperiod)
    return top, bottom


def stoch(
    high: float,
    low: float,
    close: float,
    fastk_period: Length = 5,
    slowk_period: Length = 3,
    slowk_matype: Choice = 0,
    slowd_period: Length = 3,
    slowd_matype: Choice = 0,
):
    """Stochastic oscillator: slow %K, an average of where the close lies in the range of the
    last bars, in percent, and slow %D, an average of it; matypes as in `ma`. Source: Lane 1984;
    TA-Lib STOCH, which has neither before both are there."""
    k = _ma(_raw_stochastic(high, low, close, fastk_period), slowk_period, slowk_matype)
    d = _ma(k, slowd_period, slowd_matype)
    return na if isna(d) else k, d


def stochf(
    high: float,
    low: float,
    close: float,
    fastk_period: Length = 5,
    fastd_period: Length = 3,
    fastd_matype: Choice = 0,
):
    """Fast stochastic oscillator: %K, where the close lies in the range of the last bars, in
    percent, and %D, an average of it; matypes as in `ma`. Source: Lane 1984; TA-Lib STOCHF,
    which has neither before both are there."""
    k = _raw_stochastic(high, low, close, fastk_period)
    d = _ma(k, fastd_period, fastd_matype)
    return na if isna(d) else k, d


def stochrsi(
    x: float,
    timeperiod: Length = 14,
    fastk_period: Length = 5,
    fastd_period: Length = 3,
    fastd_matype: Choice = 0,
):
    """Stochastic RSI: `stochf` of the relative strength index. Source: Chande and Kroll 1994;
    TA-Lib STOCHRSI."""
    strength = rsi(x, timeperiod)
    k, d = stochf(strength, strength, strength, fastk_period, fastd_period, fastd_matype)
    return k, d


def _raw_stochastic(high: float, low: float, close: float, timeperiod: Length):
    """How far the close is above the lowest low, in percent of the range of the last
    `timeperiod` bars; 0 where the range is within 1e-14 of the extremes' sum."""
    top, bottom = _extremes(high, low, close, timeperiod)
    spread = top - bottom
    flat = abs(spread) <= 1e-14 * (abs(top) + abs(bottom))
    return 0.0 if flat else 100.0 * ((close - bottom) / spread)
