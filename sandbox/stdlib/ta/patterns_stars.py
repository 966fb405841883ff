"""Patterns of three candles whose middle one stands apart from the others."""


def cdlmorningstar(open: float, high: float, low: float, close: float, penetration: float = 0.3):
    """Morning star, 100: a long black body, a short body a gap below it, a white body that
    closes more than `penetration` into the first. Source: TA-Lib CDLMORNINGSTAR."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    falls, rises, body1, short1 = _candle_star(open0, high0, low0, close0, penetration)
    return 100 if rises and body1 <= short1 else 0


def cdleveningstar(open: float, high: float, low: float, close: float, penetration: float = 0.3):
    """Evening star, −100: a long white body, a short body a gap above it, a black body that
    closes more than `penetration` into the first. Source: TA-Lib CDLEVENINGSTAR."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    falls, rises, body1, short1 = _candle_star(open0, high0, low0, close0, penetration)
    return -100 if falls and body1 <= short1 else 0


def cdlmorningdojistar(
    open: float, high: float, low: float, close: float, penetration: float = 0.3
):
    """Morning doji star, 100: a morning star whose middle is a doji.
    Source: TA-Lib CDLMORNINGDOJISTAR."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    doji1 = 0.1 * _candle_mean(high0 - low0, 10, 11, 12)
    falls, rises, body1, short1 = _candle_star(open0, high0, low0, close0, penetration)
    return 100 if rises and body1 <= doji1 else 0


def cdleveningdojistar(
    open: float, high: float, low: float, close: float, penetration: float = 0.3
):
    """Evening doji star, −100: an evening star whose middle is a doji.
    Source: TA-Lib CDLEVENINGDOJISTAR."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    doji1 = 0.1 * _candle_mean(high0 - low0, 10, 11, 12)
    falls, rises, body1, short1 = _candle_star(open0, high0, low0, close0, penetration)
    return -100 if falls and body1 <= doji1 else 0


def _candle_star(open0: float, high0: float, low0: float, close0: float, penetration: float):
    """Whether an evening and a morning star end here, but for how small the middle body is; that
    body, and the mean that makes it short."""
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    open2, high2, low2, close2 = _candle_before(open1, high1, low1, close1)
    body0 = abs(close0 - open0)
    body2 = abs(close2 - open2)
    long2, short1, short0 = _candle_means3(body0, 10, 12, 12)
    sizes = body2 > long2 and body0 > short0
    depth = body2 * penetration
    is_above = close2 >= open2 and min(open1, close1) > close2
    is_below = close2 < open2 and max(open1, close1) < close2
    falls = sizes and is_above and close0 < open0 and close0 < close2 - depth
    rises = sizes and is_below and close0 >= open0 and close0 > close2 + depth
    return falls, rises, abs(close1 - open1), short1


def cdlabandonedbaby(open: float, high: float, low: float, close: float, penetration: float = 0.3):
    """Abandoned baby, ±100 by the last's colour: a doji star whose shadows, too, leave a gap on
    both sides. Source: TA-Lib CDLABANDONEDBABY."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    open2, high2, low2, close2 = _candle_before(open1, high1, low1, close1)
    doji1 = 0.1 * _candle_mean(high0 - low0, 10, 11, 12)
    falls, rises, body1, short1 = _candle_star(open0, high0, low0, close0, penetration)
    is_above = low1 > high2 and high0 < low1
    is_below = high1 < low2 and low0 > high1
    signal = -100 if falls and is_above else 100 if rises and is_below else 0
    return signal if body1 <= doji1 else 0


def cdltristar(open: float, high: float, low: float, close: float):
    """Tristar, −100 where the middle of three dojis stands above, 100 where it stands below, a
    gap away from the first body. The mean before the first judges all three.
    Source: TA-Lib CDLTRISTAR."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    open2, high2, low2, close2 = _candle_before(open1, high1, low1, close1)
    doji2 = 0.1 * _candle_mean(high0 - low0, 10, 12, 12)
    largest = max(abs(close2 - open2), abs(close1 - open1), abs(close0 - open0))
    top1 = max(open1, close1)
    bottom1 = min(open1, close1)
    is_above = bottom1 > max(open2, close2) and max(open0, close0) < top1
    is_below = top1 < min(open2, close2) and min(open0, close0) > bottom1
    signal = -100 if is_above else 100 if is_below else 0
    return signal if largest <= doji2 else 0


def cdlunique3river(open: float, high: float, low: float, close: float):
    """Unique three river, 100: a long black body, a black harami with a lower low, a short white
    candle that opens above that low. Source: TA-Lib CDLUNIQUE3RIVER."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    open2, high2, low2, close2 = _candle_before(open1, high1, low1, close1)
    body0 = abs(close0 - open0)
    long2, mean1, short0 = _candle_means3(body0, 10, 12, 12)
    colors = close2 < open2 and close1 < open1 and close0 >= open0
    is_harami = close1 > close2 and open1 <= open2 and low1 < low2
    sizes = abs(close2 - open2) > long2 and body0 < short0
    return 100 if colors and is_harami and sizes and open0 > low1 else 0
