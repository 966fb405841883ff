"""Patterns of three candles that turn a move, and two-candle ones that a third confirms."""


def cdl3inside(open: float, high: float, low: float, close: float):
    """Three inside, against the long first body, ±100: a short body within it and then a close
    beyond its open. Source: TA-Lib CDL3INSIDE."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    open2, high2, low2, close2 = _candle_before(open1, high1, low1, close1)
    body0 = abs(close0 - open0)
    long2, short1 = _candle_means2(body0, 10, 12, 12)
    sizes = abs(close2 - open2) > long2 and abs(close1 - open1) <= short1
    is_below_top = max(open1, close1) < max(open2, close2)
    is_within = is_below_top and min(open1, close1) > min(open2, close2)
    falls = close2 >= open2 and close0 < open0 and close0 < open2
    rises = close2 < open2 and close0 >= open0 and close0 > open2
    return (-100 if falls else 100) if sizes and is_within and (falls or rises) else 0


def cdl3outside(open: float, high: float, low: float, close: float):
    """Three outside, ±100 by the second's colour: an engulfing whose move the third's close
    continues. Source: TA-Lib CDL3OUTSIDE."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    open2, high2, low2, close2 = _candle_before(open1, high1, low1, close1)
    to_white = close2 < open2 and close1 >= open1
    to_black = close2 >= open2 and close1 < open1
    rises = to_white and close1 > open2 and open1 < close2 and close0 > close1
    falls = to_black and open1 > close2 and close1 < open2 and close0 < close1
    return _candle_signal(100 if rises else -100 if falls else 0, close0, 3)


def cdl2crows(open: float, high: float, low: float, close: float):
    """Two crows, −100: a black body a gap above a long white one, then a black candle from
    within the second to within the first. Source: TA-Lib CDL2CROWS."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    open2, high2, low2, close2 = _candle_before(open1, high1, low1, close1)
    long2 = _candle_mean(abs(close0 - open0), 10, 12, 12)
    colors = close2 >= open2 and close1 < open1 and close0 < open0
    is_gap = abs(close2 - open2) > long2 and close1 > close2
    return -100 if colors and is_gap and close1 < open0 < open1 and open2 < close0 < close2 else 0


def cdlupsidegap2crows(open: float, high: float, low: float, close: float):
    """Upside gap two crows, −100: a short black body a gap above a long white one, then a black
    body that holds the second and stays above the first. Source: TA-Lib CDLUPSIDEGAP2CROWS."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    open2, high2, low2, close2 = _candle_before(open1, high1, low1, close1)
    body0 = abs(close0 - open0)
    long2, short1 = _candle_means2(body0, 10, 12, 12)
    colors = close2 >= open2 and close1 < open1 and close0 < open0
    sizes = abs(close2 - open2) > long2 and abs(close1 - open1) <= short1
    is_above = close1 > close2 and open0 > open1 and close2 < close0 < close1
    return -100 if colors and sizes and is_above else 0


def cdlsticksandwich(open: float, high: float, low: float, close: float):
    """Stick sandwich, 100: a white candle above the first's close, between two black ones with
    equal closes. Source: TA-Lib CDLSTICKSANDWICH."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    open2, high2, low2, close2 = _candle_before(open1, high1, low1, close1)
    equal2 = 0.05 * _candle_mean(high0 - low0, 5, 7, 7)
    colors = close2 < open2 and close1 >= open1 and close0 < open0
    is_equal = close2 - equal2 <= close0 <= close2 + equal2
    return 100 if colors and low1 > close2 and is_equal else 0


def cdl3starsinsouth(open: float, high: float, low: float, close: float):
    """Three stars in the south, 100: a long black body with a long lower shadow, a shorter one
    with a higher low, a short black marubozu within the second's range.
    Source: TA-Lib CDL3STARSINSOUTH."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    open2, high2, low2, close2 = _candle_before(open1, high1, low1, close1)
    body0 = abs(close0 - open0)
    body2 = abs(close2 - open2)
    long2, short1, short0 = _candle_means3(body0, 10, 12, 12)
    mean1, mean0 = _candle_means2(high0 - low0, 10, 11, 12)
    are_black = close2 < open2 and close1 < open1 and close0 < open0
    is_first = body2 > long2 and close2 - low2 > body2
    is_second = abs(close1 - open1) < body2 and close2 < open1 <= high2 and low2 <= low1 < close2
    is_third = body0 < short0 and max(close0 - low0, high0 - open0) < 0.1 * mean0
    is_inside = low0 > low1 and high0 < high1
    is_star = is_second and close1 - low1 > 0.1 * mean1
    return 100 if are_black and is_first and is_star and is_third and is_inside else 0
