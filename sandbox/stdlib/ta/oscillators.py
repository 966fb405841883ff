"""Differences of averages."""


def macd(x: float, fastperiod: Length = 12, slowperiod: Length = 26, signalperiod: Length = 9):
    """Moving average convergence/divergence: line, signal, histogram. Source: TA-Lib MACD.

    As in TA-Lib the lengths are swapped when fastperiod > slowperiod, both averages have their
    first value at the same bar, and nothing is shown before the signal has one.
    """
    short = _ema_after(
        x, min(fastperiod, slowperiod), max(fastperiod, slowperiod) - min(fastperiod, slowperiod)
    )
    long = _ema_after(x, max(fastperiod, slowperiod), 0)
    line = short - long
    smooth = _ema_after(line, signalperiod, 0)
    shown = na
    if not isna(smooth):
        shown = line
    return shown, smooth, shown - smooth
