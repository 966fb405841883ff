"""Patterns of three candles of one colour."""


def cdl3blackcrows(open: float, high: float, low: float, close: float):
    """Three black crows, −100: after a white candle three black ones that open within the body
    before, close lower and lower, and near their lows. Source: TA-Lib CDL3BLACKCROWS."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    open2, high2, low2, close2 = _candle_before(open1, high1, low1, close1)
    open3, high3, low3, close3 = _candle_before(open2, high2, low2, close2)
    mean2, mean1, mean0 = _candle_means3(high0 - low0, 10, 12, 13)
    colors = close3 >= open3 and close2 < open2 and close1 < open1 and close0 < open0
    at_low2 = close2 - low2 < 0.1 * mean2 and close1 - low1 < 0.1 * mean1
    at_low = at_low2 and close0 - low0 < 0.1 * mean0
    within = close2 < open1 < open2 and close1 < open0 < open1
    is_falling = high3 > close2 > close1 > close0
    return -100 if colors and at_low and within and is_falling else 0


def cdlidentical3crows(open: float, high: float, low: float, close: float):
    """Identical three crows, −100: three black candles, each opening at the close before, with
    lower and lower closes near their lows. Source: TA-Lib CDLIDENTICAL3CROWS."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    open2, high2, low2, close2 = _candle_before(open1, high1, low1, close1)
    ten2, ten1, ten0 = _candle_means3(high0 - low0, 10, 12, 12)
    five2, five1 = _candle_means2(high0 - low0, 5, 7, 12)
    are_black = close2 < open2 and close1 < open1 and close0 < open0
    is_falling = are_black and close2 > close1 > close0
    at_low2 = close2 - low2 < 0.1 * ten2 and close1 - low1 < 0.1 * ten1
    at_low = at_low2 and close0 - low0 < 0.1 * ten0
    is_second = close2 - 0.05 * five2 <= open1 <= close2 + 0.05 * five2
    is_third = close1 - 0.05 * five1 <= open0 <= close1 + 0.05 * five1
    return -100 if is_falling and at_low and is_second and is_third else 0


def cdl3whitesoldiers(open: float, high: float, low: float, close: float):
    """Three white soldiers, 100: three white candles that open within or near the body before,
    close higher and higher near their highs, the bodies not much smaller and the last not
    short. Source: TA-Lib CDL3WHITESOLDIERS."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    open2, high2, low2, close2 = _candle_before(open1, high1, low1, close1)
    body0 = abs(close0 - open0)
    body1 = abs(close1 - open1)
    ten2, ten1, ten0 = _candle_means3(high0 - low0, 10, 12, 12)
    five2, five1 = _candle_means2(high0 - low0, 5, 7, 12)
    short0 = _candle_mean(body0, 10, 10, 12)
    are_white = close2 >= open2 and close1 >= open1 and close0 >= open0
    at_high2 = high2 - close2 < 0.1 * ten2 and high1 - close1 < 0.1 * ten1
    at_high = at_high2 and high0 - close0 < 0.1 * ten0
    is_second = open2 < open1 <= close2 + 0.2 * five2 and body1 > abs(close2 - open2) - 0.6 * five2
    is_third = open1 < open0 <= close1 + 0.2 * five1 and body0 > body1 - 0.6 * five1
    is_rising = close0 > close1 > close2 and body0 > short0
    return 100 if are_white and at_high and is_second and is_third and is_rising else 0


def cdlstalledpattern(open: float, high: float, low: float, close: float):
    """Stalled pattern, −100: two long white candles, the second near its high, then a short
    white one that opens about the second's close. Source: TA-Lib CDLSTALLEDPATTERN."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    open2, high2, low2, close2 = _candle_before(open1, high1, low1, close1)
    body0 = abs(close0 - open0)
    long2, long1, short0 = _candle_means3(body0, 10, 12, 12)
    tiny1 = 0.1 * _candle_mean(high0 - low0, 10, 11, 12)
    five2, five1 = _candle_means2(high0 - low0, 5, 7, 12)
    are_white = close2 >= open2 and close1 >= open1 and close0 >= open0
    sizes = abs(close2 - open2) > long2 and abs(close1 - open1) > long1 and body0 < short0
    is_second = high1 - close1 < tiny1 and open2 < open1 <= close2 + 0.2 * five2
    is_stalled = close0 > close1 > close2 and open0 >= close1 - body0 - 0.2 * five1
    return -100 if are_white and sizes and is_second and is_stalled else 0


def cdladvanceblock(open: float, high: float, low: float, close: float):
    """Advance block, −100: three white candles as if soldiers, the first long with a short upper
    shadow, that weaken: smaller bodies or longer upper shadows. Source: TA-Lib CDLADVANCEBLOCK."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    open2, high2, low2, close2 = _candle_before(open1, high1, low1, close1)
    body0 = abs(close0 - open0)
    body1 = abs(close1 - open1)
    body2 = abs(close2 - open2)
    upper0 = high0 - max(open0, close0)
    shadows0 = upper0 + (min(open0, close0) - low0)
    both2, both1, both0 = _candle_means3(shadows0, 10, 12, 12)
    five2, five1 = _candle_means2(high0 - low0, 5, 7, 12)
    long2 = _candle_mean(body0, 10, 12, 12)
    are_white = close2 >= open2 and close1 >= open1 and close0 >= open0
    is_first = body2 > long2 and high2 - close2 < both2 / 2.0
    is_second = open2 < open1 <= close2 + 0.2 * five2
    is_third = open1 < open0 <= close1 + 0.2 * five1 and close0 > close1 > close2
    has_shadow = upper0 > both0 / 2.0 or high1 - close1 > both1 / 2.0
    weakens = (
        (body1 < body2 - 0.6 * five2 and body0 < body1 + 0.2 * five1)
        or body0 < body1 - 0.6 * five1
        or (body0 < body1 < body2 and has_shadow)
        or (body0 < body1 and upper0 > body0)
    )
    return -100 if are_white and is_first and is_second and is_third and weakens else 0
