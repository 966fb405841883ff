"""Patterns of one candle by itself."""


def cdldoji(open: float, high: float, low: float, close: float):
    """Doji, 100: hardly a body. Source: TA-Lib CDLDOJI."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    doji = 0.1 * _candle_mean(high0 - low0, 10, 10, 10)
    return 100 if abs(close0 - open0) <= doji else 0


def cdldragonflydoji(open: float, high: float, low: float, close: float):
    """Dragonfly doji, 100: a doji with a lower shadow only. Source: TA-Lib CDLDRAGONFLYDOJI."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    tiny = 0.1 * _candle_mean(high0 - low0, 10, 10, 10)
    upper = high0 - max(open0, close0)
    lower = min(open0, close0) - low0
    return 100 if abs(close0 - open0) <= tiny and upper < tiny and lower > tiny else 0


def cdlgravestonedoji(open: float, high: float, low: float, close: float):
    """Gravestone doji, 100: a doji with an upper shadow only. Source: TA-Lib CDLGRAVESTONEDOJI."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    tiny = 0.1 * _candle_mean(high0 - low0, 10, 10, 10)
    upper = high0 - max(open0, close0)
    lower = min(open0, close0) - low0
    return 100 if abs(close0 - open0) <= tiny and upper > tiny and lower < tiny else 0


def cdltakuri(open: float, high: float, low: float, close: float):
    """Takuri, 100: a doji with a very long lower shadow and hardly an upper one.
    Source: TA-Lib CDLTAKURI."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    tiny = 0.1 * _candle_mean(high0 - low0, 10, 10, 10)
    body = abs(close0 - open0)
    upper = high0 - max(open0, close0)
    lower = min(open0, close0) - low0
    return 100 if body <= tiny and upper < tiny and lower > 2.0 * body else 0


def cdllongleggeddoji(open: float, high: float, low: float, close: float):
    """Long-legged doji, 100: a doji with a long shadow. Source: TA-Lib CDLLONGLEGGEDDOJI."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    doji = 0.1 * _candle_mean(high0 - low0, 10, 10, 10)
    body = abs(close0 - open0)
    upper = high0 - max(open0, close0)
    lower = min(open0, close0) - low0
    return 100 if body <= doji and (upper > body or lower > body) else 0


def cdlrickshawman(open: float, high: float, low: float, close: float):
    """Rickshaw man, 100: a doji near the middle of two long shadows.
    Source: TA-Lib CDLRICKSHAWMAN."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    doji = 0.1 * _candle_mean(high0 - low0, 10, 10, 10)
    near = 0.2 * _candle_mean(high0 - low0, 5, 5, 10)
    body = abs(close0 - open0)
    top = max(open0, close0)
    bottom = min(open0, close0)
    middle = low0 + (high0 - low0) / 2.0
    is_doji = body <= doji and high0 - top > body and bottom - low0 > body
    return 100 if is_doji and bottom <= middle + near and top >= middle - near else 0


def cdlhighwave(open: float, high: float, low: float, close: float):
    """High wave, ±100 by colour: a short body with two very long shadows.
    Source: TA-Lib CDLHIGHWAVE."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    body = abs(close0 - open0)
    short = _candle_mean(body, 10, 10, 10)
    upper = high0 - max(open0, close0)
    lower = min(open0, close0) - low0
    signal = 100 if close0 >= open0 else -100
    return signal if body < short and upper > 2.0 * body and lower > 2.0 * body else 0


def cdlspinningtop(open: float, high: float, low: float, close: float):
    """Spinning top, ±100 by colour: a short body with two longer shadows.
    Source: TA-Lib CDLSPINNINGTOP."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    body = abs(close0 - open0)
    short = _candle_mean(body, 10, 10, 10)
    upper = high0 - max(open0, close0)
    lower = min(open0, close0) - low0
    signal = 100 if close0 >= open0 else -100
    return signal if body < short and upper > body and lower > body else 0


def cdllongline(open: float, high: float, low: float, close: float):
    """Long line, ±100 by colour: a long body with short shadows. Source: TA-Lib CDLLONGLINE."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    body = abs(close0 - open0)
    upper = high0 - max(open0, close0)
    lower = min(open0, close0) - low0
    long = _candle_mean(body, 10, 10, 10)
    short = _candle_mean(upper + lower, 10, 10, 10) / 2.0
    signal = 100 if close0 >= open0 else -100
    return signal if body > long and upper < short and lower < short else 0


def cdlshortline(open: float, high: float, low: float, close: float):
    """Short line, ±100 by colour: a short body with short shadows. Source: TA-Lib CDLSHORTLINE."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    body = abs(close0 - open0)
    upper = high0 - max(open0, close0)
    lower = min(open0, close0) - low0
    short_body = _candle_mean(body, 10, 10, 10)
    short = _candle_mean(upper + lower, 10, 10, 10) / 2.0
    signal = 100 if close0 >= open0 else -100
    return signal if body < short_body and upper < short and lower < short else 0


def cdlmarubozu(open: float, high: float, low: float, close: float):
    """Marubozu, ±100 by colour: a long body with hardly a shadow. Source: TA-Lib CDLMARUBOZU."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    body = abs(close0 - open0)
    long = _candle_mean(body, 10, 10, 10)
    tiny = 0.1 * _candle_mean(high0 - low0, 10, 10, 10)
    upper = high0 - max(open0, close0)
    lower = min(open0, close0) - low0
    signal = 100 if close0 >= open0 else -100
    return signal if body > long and upper < tiny and lower < tiny else 0


def cdlclosingmarubozu(open: float, high: float, low: float, close: float):
    """Closing marubozu, ±100 by colour: a long body with hardly a shadow where it closes.
    Source: TA-Lib CDLCLOSINGMARUBOZU."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    body = abs(close0 - open0)
    long = _candle_mean(body, 10, 10, 10)
    tiny = 0.1 * _candle_mean(high0 - low0, 10, 10, 10)
    is_white = close0 >= open0
    shadow = high0 - close0 if is_white else close0 - low0
    signal = 100 if is_white else -100
    return signal if body > long and shadow < tiny else 0


def cdlbelthold(open: float, high: float, low: float, close: float):
    """Belt hold, ±100 by colour: a long body with hardly a shadow where it opens.
    Source: TA-Lib CDLBELTHOLD."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    body = abs(close0 - open0)
    long = _candle_mean(body, 10, 10, 10)
    tiny = 0.1 * _candle_mean(high0 - low0, 10, 10, 10)
    is_white = close0 >= open0
    shadow = open0 - low0 if is_white else high0 - open0
    signal = 100 if is_white else -100
    return signal if body > long and shadow < tiny else 0
