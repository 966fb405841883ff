"""Patterns of two candles where the second opens beyond the first."""


def cdlpiercing(open: float, high: float, low: float, close: float):
    """Piercing, 100: a long white body that opens below the low of a long black one and closes
    above its middle, within it. Source: TA-Lib CDLPIERCING."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    body0 = abs(close0 - open0)
    body1 = abs(close1 - open1)
    long1, long0 = _candle_means2(body0, 10, 11, 11)
    colors = close1 < open1 and close0 >= open0
    is_through = open0 < low1 and close1 + body1 * 0.5 < close0 < open1
    return 100 if colors and body1 > long1 and body0 > long0 and is_through else 0


def cdldarkcloudcover(
    open: float, high: float, low: float, close: float, penetration: float = 0.5
):
    """Dark cloud cover, −100: a black candle that opens above the high of a long white body and
    closes within it, by more than `penetration` of it. Source: TA-Lib CDLDARKCLOUDCOVER."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    body1 = abs(close1 - open1)
    long1 = _candle_mean(abs(close0 - open0), 10, 11, 11)
    colors = close1 >= open1 and close0 < open0
    is_through = open0 > high1 and open1 < close0 < close1 - body1 * penetration
    return -100 if colors and body1 > long1 and is_through else 0


def cdlonneck(open: float, high: float, low: float, close: float):
    """On-neck, −100: a white candle that opens below the low of a long black body and closes at
    that low. Source: TA-Lib CDLONNECK."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    long1 = _candle_mean(abs(close0 - open0), 10, 11, 11)
    equal1 = 0.05 * _candle_mean(high0 - low0, 5, 6, 11)
    colors = close1 < open1 and close0 >= open0
    is_at_low = open0 < low1 and low1 - equal1 <= close0 <= low1 + equal1
    return -100 if colors and abs(close1 - open1) > long1 and is_at_low else 0


def cdlinneck(open: float, high: float, low: float, close: float):
    """In-neck, −100: a white candle that opens below the low of a long black body and closes at
    its close or little above. Source: TA-Lib CDLINNECK."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    long1 = _candle_mean(abs(close0 - open0), 10, 11, 11)
    equal1 = 0.05 * _candle_mean(high0 - low0, 5, 6, 11)
    colors = close1 < open1 and close0 >= open0
    is_at_close = open0 < low1 and close1 <= close0 <= close1 + equal1
    return -100 if colors and abs(close1 - open1) > long1 and is_at_close else 0


def cdlthrusting(open: float, high: float, low: float, close: float):
    """Thrusting, −100: a white candle that opens below the low of a long black body and closes
    within its lower half. Source: TA-Lib CDLTHRUSTING."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    body1 = abs(close1 - open1)
    long1 = _candle_mean(abs(close0 - open0), 10, 11, 11)
    equal1 = 0.05 * _candle_mean(high0 - low0, 5, 6, 11)
    colors = close1 < open1 and close0 >= open0
    is_within = open0 < low1 and close1 + equal1 < close0 <= close1 + body1 * 0.5
    return -100 if colors and body1 > long1 and is_within else 0


def cdlkicking(open: float, high: float, low: float, close: float):
    """Kicking, ±100 by the second's colour: two marubozu of other colours with a gap between,
    the way the second goes. Source: TA-Lib CDLKICKING."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    first, second = _candle_kick(open0, high0, low0, close0)
    return 100 if second >= 0.0 else -100 if second < 0.0 else 0


def cdlkickingbylength(open: float, high: float, low: float, close: float):
    """Kicking by length, ±100 by the colour of the longer body: as cdlkicking otherwise.
    Source: TA-Lib CDLKICKINGBYLENGTH."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    first, second = _candle_kick(open0, high0, low0, close0)
    longer = second if abs(second) > abs(first) else first
    return 100 if longer >= 0.0 else -100 if longer < 0.0 else 0


def _candle_kick(open0: float, high0: float, low0: float, close0: float):
    """close − open of two candles that kick, na where they do not."""
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    first = close1 - open1
    second = close0 - open0
    long1, long0 = _candle_means2(abs(second), 10, 11, 11)
    mean1, mean0 = _candle_means2(high0 - low0, 10, 11, 11)
    shadow1 = max(high1 - max(open1, close1), min(open1, close1) - low1)
    shadow0 = max(high0 - max(open0, close0), min(open0, close0) - low0)
    are_long = abs(first) > long1 and abs(second) > long0
    are_marubozu = are_long and shadow1 < 0.1 * mean1 and shadow0 < 0.1 * mean0
    is_up = first < 0.0 and second >= 0.0 and low0 > high1
    is_down = first >= 0.0 and second < 0.0 and high0 < low1
    kicks = are_marubozu and (is_up or is_down)
    return first if kicks else na, second if kicks else na
