"""Differences of averages."""


def macd(x: float, fastperiod: Length = 12, slowperiod: Length = 26, signalperiod: Length = 9):
    """Moving average convergence/divergence: line, signal, histogram. Source: TA-Lib MACD.

    As in TA-Lib the lengths are swapped when fastperiod > slowperiod, both averages have their
    first value at the same bar, and nothing is shown before the signal has one.
    """
    longer = max(fastperiod, slowperiod)
    shorter = min(fastperiod, slowperiod)
    line = ema(_after(x, longer - shorter), shorter) - ema(x, longer)
    shown, signal, histogram = _with_signal(line, ema(line, signalperiod))
    return shown, signal, histogram


def macdfix(x: float, signalperiod: Length = 9):
    """`macd` of lengths 12 and 26 whose averages have k = 0.15 and 0.075. Source: TA-Lib
    MACDFIX."""
    line = _exponential(_after(x, 14), 12, 0.15, 1.0) - _exponential(x, 26, 0.075, 1.0)
    shown, signal, histogram = _with_signal(line, ema(line, signalperiod))
    return shown, signal, histogram


def macdext(
    x: float,
    fastperiod: Length = 12,
    fastmatype: Choice = 0,
    slowperiod: Length = 26,
    slowmatype: Choice = 0,
    signalperiod: Length = 9,
    signalmatype: Choice = 0,
):
    """`macd` of averages of any kind; matypes as in `ma`. Source: TA-Lib MACDEXT, where both
    averages have their first value at the same bar: the earlier one passes over inputs."""
    fast_lookback = _ma_lookback(fastperiod, fastmatype)
    slow_lookback = _ma_lookback(slowperiod, slowmatype)
    fast = _ma(_after(x, max(slow_lookback - fast_lookback, 0)), fastperiod, fastmatype)
    slow = _ma(_after(x, max(fast_lookback - slow_lookback, 0)), slowperiod, slowmatype)
    line = fast - slow if fastperiod <= slowperiod else slow - fast
    shown, signal, histogram = _with_signal(line, _ma(line, signalperiod, signalmatype))
    return shown, signal, histogram


def _with_signal(line: float, signal: float):
    """Line, signal and histogram, the line from where there is a signal."""
    shown = na if isna(signal) else line
    return shown, signal, shown - signal


def apo(x: float, fastperiod: Length = 12, slowperiod: Length = 26, matype: Choice = 1):
    """Absolute price oscillator: the faster moving average less the slower; matype as in `ma`,
    but the default, 11, is exponential. Source: TA-Lib APO: the lengths are swapped when
    fastperiod > slowperiod, and each average starts as soon as it can."""
    fast, slow = _fast_and_slow(x, fastperiod, slowperiod, matype)
    return fast - slow


def ppo(x: float, fastperiod: Length = 12, slowperiod: Length = 26, matype: Choice = 1):
    """Percentage price oscillator: what `apo` gives in percent of the slower average. Source:
    TA-Lib PPO, which gives 0 where that is within 1e-14 of 0."""
    fast, slow = _fast_and_slow(x, fastperiod, slowperiod, matype)
    return 0.0 if abs(slow) < 1e-14 else 100.0 * ((fast - slow) / slow)


def _fast_and_slow(x: float, fastperiod: Length, slowperiod: Length, matype: Choice):
    """The averages of the shorter and of the longer timeperiod."""
    if matype == 11:
        fast = ema(x, min(fastperiod, slowperiod))
        slow = ema(x, max(fastperiod, slowperiod))
    else:
        fast = _ma(x, min(fastperiod, slowperiod), matype)
        slow = _ma(x, max(fastperiod, slowperiod), matype)
    return fast, slow
