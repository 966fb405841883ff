"""Stochastic oscillators that are smoothed again."""


def kdj(
    high: float,
    low: float,
    close: float,
    fastk_period: Length = 9,
    slowk_period: Length = 3,
    slowk_matype: Choice = 13,
    slowd_period: Length = 3,
    slowd_matype: Choice = 13,
):
    """KDJ: %K and %D as in `stoch`, by Wilder's averages, and J = 3 K − 2 D, which goes beyond
    0 and 100; matypes as in `ma`, but the default, 11, is Wilder's. Source: TA-Lib KDJ."""
    k, d = stoch(
        high,
        low,
        close,
        fastk_period,
        slowk_period,
        13 if slowk_matype == 11 else slowk_matype,
        slowd_period,
        13 if slowd_matype == 11 else slowd_matype,
    )
    return k, d, 3.0 * k - 2.0 * d


def smi(
    high: float,
    low: float,
    close: float,
    timeperiod: Length = 13,
    fastperiod: Length = 2,
    slowperiod: Length = 25,
    signalperiod: Length = 9,
):
    """Stochastic momentum index, −100 to 100, and its signal: the close's distance from the
    middle of the range of the last `timeperiod` bars, over half that range, each averaged by the
    slow and then by the fast exponential average; the signal is an average of it. Source: Blau
    1993; TA-Lib SMI, which has neither before both are there, and 0 where the range's is 0."""
    top, bottom = _extremes(high, low, close, timeperiod)
    distance = ema(ema(close - (top + bottom) / 2.0, slowperiod), fastperiod)
    reach = ema(ema(top - bottom, slowperiod), fastperiod) / 2.0
    index = 100.0 * _over(distance, reach)
    signal = ema(index, signalperiod)
    return na if isna(signal) else index, signal
