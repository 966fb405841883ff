"""Patterns of two candles."""


def cdlengulfing(open: float, high: float, low: float, close: float):
    """Engulfing, by colour: a body that holds the body before, of the other colour; ±80 where
    one end is shared, else ±100. Source: TA-Lib CDLENGULFING."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    is_white = close0 >= open0 and close1 < open1
    is_black = close0 < open0 and close1 >= open1
    bullish = is_white and close0 >= open1 and open0 <= close1
    bearish = is_black and open0 >= close1 and close0 <= open1
    strength = 80 if open0 == close1 or close0 == open1 else 100
    is_same = open0 == close1 and close0 == open1
    signal = strength if bullish else -strength
    return _candle_signal(signal if (bullish or bearish) and not is_same else 0, close0, 2)


def cdlharami(open: float, high: float, low: float, close: float):
    """Harami, against the colour of the long body before: a short body within it; ±80 where
    one end is shared, else ±100. Source: TA-Lib CDLHARAMI."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    body0 = abs(close0 - open0)
    long1, short0 = _candle_means2(body0, 10, 11, 11)
    above = max(open1, close1) - max(open0, close0)
    below = min(open0, close0) - min(open1, close1)
    is_within = above >= 0.0 and below >= 0.0
    strength = 100 if above > 0.0 and below > 0.0 else 80
    signal = -strength if close1 >= open1 else strength
    return signal if abs(close1 - open1) > long1 and body0 <= short0 and is_within else 0


def cdlharamicross(open: float, high: float, low: float, close: float):
    """Harami cross, against the colour of the long body before: a doji within it; ±80 where
    one end is shared, else ±100. Source: TA-Lib CDLHARAMICROSS."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    body0 = abs(close0 - open0)
    long1 = _candle_mean(body0, 10, 11, 11)
    doji0 = 0.1 * _candle_mean(high0 - low0, 10, 10, 11)
    above = max(open1, close1) - max(open0, close0)
    below = min(open0, close0) - min(open1, close1)
    is_within = above >= 0.0 and below >= 0.0
    strength = 100 if above > 0.0 and below > 0.0 else 80
    signal = -strength if close1 >= open1 else strength
    return signal if abs(close1 - open1) > long1 and body0 <= doji0 and is_within else 0


def cdldojistar(open: float, high: float, low: float, close: float):
    """Doji star, −100 above a long white body, 100 below a long black one: a doji with a gap
    between the bodies. Source: TA-Lib CDLDOJISTAR."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    body0 = abs(close0 - open0)
    long1 = _candle_mean(body0, 10, 11, 11)
    doji0 = 0.1 * _candle_mean(high0 - low0, 10, 10, 11)
    bearish = close1 >= open1 and min(open0, close0) > close1
    bullish = close1 < open1 and max(open0, close0) < close1
    is_star = abs(close1 - open1) > long1 and body0 <= doji0 and (bearish or bullish)
    return (-100 if bearish else 100) if is_star else 0


def cdlhomingpigeon(open: float, high: float, low: float, close: float):
    """Homing pigeon, 100: a short black body within the long black body before.
    Source: TA-Lib CDLHOMINGPIGEON."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    body0 = abs(close0 - open0)
    long1, short0 = _candle_means2(body0, 10, 11, 11)
    are_black = close1 < open1 and close0 < open0
    is_within = open0 < open1 and close0 > close1
    sizes = abs(close1 - open1) > long1 and body0 <= short0
    return 100 if are_black and is_within and sizes else 0


def cdlmatchinglow(open: float, high: float, low: float, close: float):
    """Matching low, 100: two black candles with equal closes. Source: TA-Lib CDLMATCHINGLOW."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    equal1 = 0.05 * _candle_mean(high0 - low0, 5, 6, 6)
    are_black = close1 < open1 and close0 < open0
    return 100 if are_black and close1 - equal1 <= close0 <= close1 + equal1 else 0


def cdlcounterattack(open: float, high: float, low: float, close: float):
    """Counterattack, ±100 by colour: two long bodies of other colours with equal closes.
    Source: TA-Lib CDLCOUNTERATTACK."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    body0 = abs(close0 - open0)
    long1, long0 = _candle_means2(body0, 10, 11, 11)
    equal1 = 0.05 * _candle_mean(high0 - low0, 5, 6, 11)
    color0 = 1 if close0 >= open0 else -1
    color1 = 1 if close1 >= open1 else -1
    are_long = abs(close1 - open1) > long1 and body0 > long0
    is_equal = close1 - equal1 <= close0 <= close1 + equal1
    return 100 * color0 if color1 == -color0 and are_long and is_equal else 0


def cdlseparatinglines(open: float, high: float, low: float, close: float):
    """Separating lines, ±100 by colour: a belt hold at the open of a candle of the other colour.
    Source: TA-Lib CDLSEPARATINGLINES."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    body0 = abs(close0 - open0)
    long0 = _candle_mean(body0, 10, 10, 11)
    tiny0 = 0.1 * _candle_mean(high0 - low0, 10, 10, 11)
    equal1 = 0.05 * _candle_mean(high0 - low0, 5, 6, 11)
    color0 = 1 if close0 >= open0 else -1
    color1 = 1 if close1 >= open1 else -1
    shadow0 = open0 - low0 if color0 == 1 else high0 - open0
    is_equal = open1 - equal1 <= open0 <= open1 + equal1
    is_hold = body0 > long0 and shadow0 < tiny0
    return 100 * color0 if color1 == -color0 and is_equal and is_hold else 0
