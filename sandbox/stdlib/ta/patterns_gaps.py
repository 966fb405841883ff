"""Patterns of three candles that continue a move, over a gap between bodies."""


def cdlgapsidesidewhite(open: float, high: float, low: float, close: float):
    """Gap side-by-side white lines, 100 above the gap, −100 below it: two white candles of like
    size and open, both a gap away from the first body. Source: TA-Lib CDLGAPSIDESIDEWHITE."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    open2, high2, low2, close2 = _candle_before(open1, high1, low1, close1)
    near1 = 0.2 * _candle_mean(high0 - low0, 5, 6, 7)
    equal1 = 0.05 * _candle_mean(high0 - low0, 5, 6, 7)
    body0 = close0 - open0
    body1 = close1 - open1
    are_white = body1 >= 0.0 and body0 >= 0.0
    is_like = body1 - near1 <= body0 <= body1 + near1 and open1 - equal1 <= open0 <= open1 + equal1
    is_above = min(open1, open0) > max(open2, close2)
    is_below = max(close1, close0) < min(open2, close2)
    signal = 100 if is_above else -100 if is_below else 0
    return signal if are_white and is_like else 0


def cdltasukigap(open: float, high: float, low: float, close: float):
    """Tasuki gap, ±100 by the second's colour: a body of like size and the other colour that
    opens within the second and closes within the gap. Source: TA-Lib CDLTASUKIGAP."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    open2, high2, low2, close2 = _candle_before(open1, high1, low1, close1)
    near1 = 0.2 * _candle_mean(high0 - low0, 5, 6, 7)
    is_like = abs(abs(close1 - open1) - abs(close0 - open0)) < near1
    opens_within = min(open1, close1) < open0 < max(open1, close1)
    up = close1 >= open1 and close0 < open0 and max(open2, close2) < close0 < open1
    down = close1 < open1 and close0 >= open0 and open1 < close0 < min(open2, close2)
    return (100 if up else -100) if (up or down) and opens_within and is_like else 0


def cdlxsidegap3methods(open: float, high: float, low: float, close: float):
    """Upside/downside gap three methods, ±100 by the first's colour: two bodies of one colour
    with a gap, and one of the other from within the second to within the first.
    Source: TA-Lib CDLXSIDEGAP3METHODS."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    open2, high2, low2, close2 = _candle_before(open1, high1, low1, close1)
    are_white = close2 >= open2 and close1 >= open1 and close0 < open0
    are_black = close2 < open2 and close1 < open1 and close0 >= open0
    up = are_white and open1 > close2
    down = are_black and open1 < close2
    opens_within = min(open1, close1) < open0 < max(open1, close1)
    closes_within = min(open2, close2) < close0 < max(open2, close2)
    return (100 if up else -100) if (up or down) and opens_within and closes_within else 0
