"""Patterns of four and five candles."""


def cdl3linestrike(open: float, high: float, low: float, close: float):
    """Three-line strike, ±100 by the three's colour: three candles that open within or near the
    body before and close on and on, and one that takes all of it back.
    Source: TA-Lib CDL3LINESTRIKE."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    open2, high2, low2, close2 = _candle_before(open1, high1, low1, close1)
    open3, high3, low3, close3 = _candle_before(open2, high2, low2, close2)
    mean3, mean2 = _candle_means2(high0 - low0, 5, 8, 8)
    near3 = 0.2 * mean3
    near2 = 0.2 * mean2
    are_white = close3 >= open3 and close2 >= open2 and close1 >= open1 and close0 < open0
    are_black = close3 < open3 and close2 < open2 and close1 < open1 and close0 >= open0
    opens2 = min(open3, close3) - near3 <= open2 <= max(open3, close3) + near3
    opens1 = min(open2, close2) - near2 <= open1 <= max(open2, close2) + near2
    up = are_white and close1 > close2 > close3 and open0 > close1 and close0 < open3
    down = are_black and close1 < close2 < close3 and open0 < close1 and close0 > open3
    return (100 if up else -100) if (up or down) and opens2 and opens1 else 0


def cdlconcealbabyswall(open: float, high: float, low: float, close: float):
    """Concealing baby swallow, 100: two black marubozu, a black candle a gap below whose upper
    shadow reaches into the second, and a black one that holds it, shadows and all.
    Source: TA-Lib CDLCONCEALBABYSWALL."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    open2, high2, low2, close2 = _candle_before(open1, high1, low1, close1)
    open3, high3, low3, close3 = _candle_before(open2, high2, low2, close2)
    mean3, mean2, mean1 = _candle_means3(high0 - low0, 10, 13, 13)
    are_black = close3 < open3 and close2 < open2 and close1 < open1 and close0 < open0
    is_first = max(close3 - low3, high3 - open3) < 0.1 * mean3
    is_second = max(close2 - low2, high2 - open2) < 0.1 * mean2
    is_third = open1 < close2 < high1 and high1 - open1 > 0.1 * mean1
    is_fourth = high0 > high1 and low0 < low1
    return 100 if are_black and is_first and is_second and is_third and is_fourth else 0


def cdlladderbottom(open: float, high: float, low: float, close: float):
    """Ladder bottom, 100: three black candles with lower and lower opens and closes, a black one
    with an upper shadow, and a white one that opens above its body and closes above its high.
    Source: TA-Lib CDLLADDERBOTTOM."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    open2, high2, low2, close2 = _candle_before(open1, high1, low1, close1)
    open3, high3, low3, close3 = _candle_before(open2, high2, low2, close2)
    open4, high4, low4, close4 = _candle_before(open3, high3, low3, close3)
    tiny1 = 0.1 * _candle_mean(high0 - low0, 10, 11, 14)
    are_black = close4 < open4 and close3 < open3 and close2 < open2 and close1 < open1
    is_falling = open4 > open3 > open2 and close4 > close3 > close2
    is_turn = high1 - open1 > tiny1 and close0 >= open0 and open0 > open1 and close0 > high1
    return 100 if are_black and is_falling and is_turn else 0


def cdlbreakaway(open: float, high: float, low: float, close: float):
    """Breakaway, ±100 by the last's colour: a long body, three candles further on after a gap
    (the first and the last of them of its colour), and one back into the gap.
    Source: TA-Lib CDLBREAKAWAY."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    open2, high2, low2, close2 = _candle_before(open1, high1, low1, close1)
    open3, high3, low3, close3 = _candle_before(open2, high2, low2, close2)
    open4, high4, low4, close4 = _candle_before(open3, high3, low3, close3)
    long4 = _candle_mean(abs(close0 - open0), 10, 14, 14)
    are_black = close4 < open4 and close3 < open3 and close1 < open1 and close0 >= open0
    are_white = close4 >= open4 and close3 >= open3 and close1 >= open1 and close0 < open0
    is_falling = high3 > high2 > high1 and low3 > low2 > low1
    is_rising = high3 < high2 < high1 and low3 < low2 < low1
    up = are_black and is_falling and open3 < close0 < close4
    down = are_white and is_rising and close4 < close0 < open3
    return (100 if up else -100) if (up or down) and abs(close4 - open4) > long4 else 0


def cdlmathold(open: float, high: float, low: float, close: float, penetration: float = 0.5):
    """Mat hold, 100: a long white body, three short ones that begin a gap above it and fall back
    by less than `penetration` of it, and a white candle that closes above their highs.
    Source: TA-Lib CDLMATHOLD."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    open2, high2, low2, close2 = _candle_before(open1, high1, low1, close1)
    open3, high3, low3, close3 = _candle_before(open2, high2, low2, close2)
    open4, high4, low4, close4 = _candle_before(open3, high3, low3, close3)
    body0 = abs(close0 - open0)
    body4 = abs(close4 - open4)
    long4 = _candle_mean(body0, 10, 14, 14)
    short3, short2, short1 = _candle_means3(body0, 10, 13, 14)
    are_short = abs(close3 - open3) < short3 and abs(close2 - open2) < short2
    sizes = body4 > long4 and are_short and abs(close1 - open1) < short1
    colors = close4 >= open4 and close3 < open3 and close0 >= open0
    lowest = close4 - body4 * penetration
    top2 = max(open2, close2)
    is_back = lowest < min(open2, close2) < close4 and lowest < min(open1, close1) < close4
    is_falling = close3 > close4 and top2 < open3 and max(open1, close1) < top2
    is_on = open0 > close1 and close0 > max(high3, high2, high1)
    return 100 if sizes and colors and is_back and is_falling and is_on else 0


def cdlrisefall3methods(open: float, high: float, low: float, close: float):
    """Rising/falling three methods, ±100 by the first's colour: a long body, three short ones of
    the other colour that go back within its range, and a long one beyond its close.
    Source: TA-Lib CDLRISEFALL3METHODS."""
    open0, high0, low0, close0 = _candle(open, high, low, close)
    open1, high1, low1, close1 = _candle_before(open0, high0, low0, close0)
    open2, high2, low2, close2 = _candle_before(open1, high1, low1, close1)
    open3, high3, low3, close3 = _candle_before(open2, high2, low2, close2)
    open4, high4, low4, close4 = _candle_before(open3, high3, low3, close3)
    body0 = abs(close0 - open0)
    long4 = _candle_mean(body0, 10, 14, 14)
    short3, short2, short1 = _candle_means3(body0, 10, 13, 14)
    long0 = _candle_mean(body0, 10, 10, 14)
    are_short = abs(close3 - open3) < short3 and abs(close2 - open2) < short2
    are_long = abs(close4 - open4) > long4 and body0 > long0
    sizes = are_short and abs(close1 - open1) < short1 and are_long
    white_ends = close4 >= open4 and close0 >= open0
    black_ends = close4 < open4 and close0 < open0
    black_middle = close3 < open3 and close2 < open2 and close1 < open1
    white_middle = close3 >= open3 and close2 >= open2 and close1 >= open1
    lowest_top = min(max(open3, close3), max(open2, close2), max(open1, close1))
    highest_bottom = max(min(open3, close3), min(open2, close2), min(open1, close1))
    is_within = lowest_top > low4 and highest_bottom < high4
    is_back = close3 > close2 > close1 and open0 > close1 and close0 > close4
    is_up = close3 < close2 < close1 and open0 < close1 and close0 < close4
    rises = white_ends and black_middle and is_back
    falls = black_ends and white_middle and is_up
    return (100 if rises else -100) if (rises or falls) and sizes and is_within else 0
