"""Patterns of one candle that count by where the candle before stands."""


def cdlhammer(open: float, high: float, low: float, close: float):
    """Hammer, 100: a short body over a long lower shadow, at or below the low before.
    Source: TA-Lib CDLHAMMER."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    body = abs(close0 - open0)
    short = _candle_mean(body, 10, 10, 11)
    tiny = 0.1 * _candle_mean(high0 - low0, 10, 10, 11)
    near = 0.2 * _candle_mean(high0 - low0, 5, 6, 11)
    bottom = min(open0, close0)
    is_hammer = body < short and bottom - low0 > body and high0 - max(open0, close0) < tiny
    return 100 if is_hammer and bottom <= low1 + near else 0


def cdlhangingman(open: float, high: float, low: float, close: float):
    """Hanging man, −100: a short body over a long lower shadow, at or above the high before.
    Source: TA-Lib CDLHANGINGMAN."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    body = abs(close0 - open0)
    short = _candle_mean(body, 10, 10, 11)
    tiny = 0.1 * _candle_mean(high0 - low0, 10, 10, 11)
    near = 0.2 * _candle_mean(high0 - low0, 5, 6, 11)
    bottom = min(open0, close0)
    is_hammer = body < short and bottom - low0 > body and high0 - max(open0, close0) < tiny
    return -100 if is_hammer and bottom >= high1 - near else 0


def cdlinvertedhammer(open: float, high: float, low: float, close: float):
    """Inverted hammer, 100: a short body under a long upper shadow, a gap below the body before.
    Source: TA-Lib CDLINVERTEDHAMMER."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    body = abs(close0 - open0)
    short = _candle_mean(body, 10, 10, 11)
    tiny = 0.1 * _candle_mean(high0 - low0, 10, 10, 11)
    top = max(open0, close0)
    is_inverted = body < short and high0 - top > body and min(open0, close0) - low0 < tiny
    return 100 if is_inverted and top < min(open1, close1) else 0


def cdlshootingstar(open: float, high: float, low: float, close: float):
    """Shooting star, −100: a short body under a long upper shadow, a gap above the body before.
    Source: TA-Lib CDLSHOOTINGSTAR."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    body = abs(close0 - open0)
    short = _candle_mean(body, 10, 10, 11)
    tiny = 0.1 * _candle_mean(high0 - low0, 10, 10, 11)
    bottom = min(open0, close0)
    is_inverted = body < short and high0 - max(open0, close0) > body and bottom - low0 < tiny
    return -100 if is_inverted and bottom > max(open1, close1) else 0
