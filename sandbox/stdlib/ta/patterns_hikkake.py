"""Hikkake: a breakout of an inside candle that fails, and its confirmation."""


def cdlhikkake(open: float, high: float, low: float, close: float):
    """Hikkake, 100 after a break downwards of an inside candle, −100 upwards; ±200 when one of
    the next three closes beyond that candle on the other side.
    Source: TA-Lib CDLHIKKAKE."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    open2, high2, low2, close2 = _candle_before(open1, high1, low1, close1)
    is_inside = high1 < high2 and low1 > low2
    is_below = is_inside and high0 < high1 and low0 < low1
    is_above = is_inside and high0 > high1 and low0 > low1
    signal = 100 if is_below else -100 if is_above else 0
    return _candle_signal(_candle_confirmed(signal, high1, low1, close0), close0, 5)


def cdlhikkakemod(open: float, high: float, low: float, close: float):
    """Modified hikkake: two inside candles, the first of which closes near the end where the
    break comes; ±100 and ±200 as cdlhikkake. Source: TA-Lib CDLHIKKAKEMOD."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    open2, high2, low2, close2 = _candle_before(open1, high1, low1, close1)
    open3, high3, low3, close3 = _candle_before(open2, high2, low2, close2)
    near2 = 0.2 * _candle_mean(high0 - low0, 5, 7, 7)
    are_inside = high3 > high2 > high1 and low3 < low2 < low1
    is_below = are_inside and high0 < high1 and low0 < low1 and close2 <= low2 + near2
    is_above = are_inside and high0 > high1 and low0 > low1 and close2 >= high2 - near2
    signal = 100 if is_below else -100 if is_above else 0
    return _candle_signal(_candle_confirmed(signal, high1, low1, close0), close0, 10)


def _candle_confirmed(signal: int, high1: float, low1: float, close0: float):
    """The signal where there is a new one; twice the last one when one of the three candles
    after it closes above the high1 that it had (below its low1 if it was bearish), once."""
    pending = state(0)
    level = state(na)
    candles_left = state(0)
    result = signal
    if signal != 0:
        pending = signal
        level = high1 if signal > 0 else low1
        candles_left = 3
    elif candles_left > 0 and not isna(close0):
        candles_left = candles_left - 1
        if close0 > level if pending > 0 else close0 < level:
            result = 2 * pending
            candles_left = 0
    return result
