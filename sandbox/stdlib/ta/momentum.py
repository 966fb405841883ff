"""Momentum: how fast and which way prices move."""


def rsi(x: float, timeperiod: Length = 14):
    """Relative strength index, 0 to 100. Source: Wilder 1978; TA-Lib RSI.

    As in TA-Lib the first value comes with the timeperiod-th change, and it is 0 while there
    was neither gain nor loss (their sum below 1e-14).
    """
    previous = state(na)
    change = x - previous
    if not isna(x):
        previous = x
    gain = _wilder(max(change, 0.0), timeperiod)
    loss = _wilder(max(-change, 0.0), timeperiod)
    total = gain + loss
    result = na
    if not isna(total):
        result = 0.0
        if total >= 1e-14:
            result = 100.0 * (gain / total)
    return result


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
