"""Oscillators around zero: above it where prices rise."""


def cmou(x: float, timeperiod: Length = 14):
    """Chande's momentum oscillator, −100 to 100: gains less losses over their sum, of the last
    `timeperiod` changes, not smoothed as in `cmo`. Source: Chande 1994; TA-Lib CMOU, which
    gives 0 where there was neither."""
    return 2.0 * _rising_share(x - _before(x), timeperiod, 50.0) - 100.0


def coppock(x: float, wmaperiod: Length = 10, roc1period: Length = 11, roc2period: Length = 14):
    """Coppock curve: the weighted average of two rates of change together. Source: Coppock
    1962; TA-Lib COPPOCK."""
    return wma(roc(x, roc1period) + roc(x, roc2period), wmaperiod)


def dpo(x: float, timeperiod: Length = 20):
    """Detrended price: the input of timeperiod // 2 + 1 inputs ago less the simple average of
    now. Source: TA-Lib DPO, which is not moved back in time: all is known now."""
    return _delayed(x, timeperiod // 2 + 1) - sma(x, timeperiod)


def eri(high: float, low: float, close: float, timeperiod: Length = 13):
    """Elder ray: bull and bear power: how far the high and the low are above the close's
    exponential average. Source: Elder 1993; TA-Lib ERI."""
    average = ema(_with(close, high + low), timeperiod)
    return high - average, low - average


def fosc(x: float, timeperiod: Length = 5):
    """Forecast oscillator: how far the input is above the one bar ahead forecast (`tsf`) of
    the bar before, in percent of the input. Source: Chande and Kroll 1994; TA-Lib FOSC, which
    gives 0 where the input is 0."""
    return 100.0 * _over(x - _before(tsf(x, timeperiod)), x)


def qstick(open: float, close: float, timeperiod: Length = 10):
    """Qstick: the simple average of bars' bodies. Source: Chande and Kroll 1994; TA-Lib
    QSTICK."""
    return sma(close - open, timeperiod)
