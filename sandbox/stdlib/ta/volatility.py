"""Volatility: how far prices range."""


def trange(high: float, low: float, close: float):
    """True range. Source: Wilder 1978; TA-Lib TRANGE: na at the first bar, which has no
    close before it."""
    return tr(high, low, close)


def atr(high: float, low: float, close: float, timeperiod: Length = 14):
    """Average true range by Wilder's smoothing. Source: Wilder 1978; TA-Lib ATR: the first
    value is the simple average of the true ranges of bars 1 to `timeperiod`, counted from 0."""
    return _wilder(trange(high, low, close), timeperiod)


def natr(high: float, low: float, close: float, timeperiod: Length = 14):
    """Average true range in percent of the close. Source: Forman 2006; TA-Lib NATR: 0 where
    the close is 0, and with a timeperiod of 1 the true range itself, not in percent."""
    range = atr(high, low, close, timeperiod)
    percent = 0.0 if close == 0.0 else 100.0 * (range / close)
    return range if timeperiod == 1 or isna(range) else percent
