"""Directional movement: which way, and how surely."""


def _moves(high: float, low: float):
    """How far this bar's high rose above the last one's, and its low fell below, the larger of
    the two, the other 0; 0 for both on a tie or an inside bar. na at the first bar."""
    previous_high = state(na)
    previous_low = state(na)
    plus = na
    minus = na
    if not isna(high) and not isna(low):
        rise = high - previous_high
        fall = previous_low - low
        if not isna(rise):
            plus = rise if rise > fall and rise > 0.0 else 0.0
            minus = fall if fall > rise and fall > 0.0 else 0.0
        previous_high = high
        previous_low = low
    return plus, minus


def _wilder_sum(x: float, timeperiod: Length):
    """Wilder's running sum, sum − sum / timeperiod + x, from the plain sum of the first
    timeperiod − 1 inputs. Source: Wilder 1978, as in TA-Lib."""
    seen = state(0)
    total = state(0.0)
    result = na
    if not isna(x):
        if seen >= timeperiod - 1:
            total = total - total / timeperiod + x
            result = total
        else:
            seen = seen + 1
            total = total + x
            if seen == timeperiod - 1:
                result = total
    return result


def plus_dm(high: float, low: float, timeperiod: Length = 14):
    """Plus directional movement, Wilder's sum of it. Source: Wilder 1978; TA-Lib PLUS_DM, whose
    first value is the sum of the first timeperiod − 1 movements, and with a timeperiod of 1
    the movement itself."""
    plus, minus = _moves(high, low)
    return _wilder_sum(plus, timeperiod)


def minus_dm(high: float, low: float, timeperiod: Length = 14):
    """Minus directional movement, made as `plus_dm` is. Source: Wilder 1978; TA-Lib MINUS_DM."""
    plus, minus = _moves(high, low)
    return _wilder_sum(minus, timeperiod)


def plus_di(high: float, low: float, close: float, timeperiod: Length = 14):
    """Plus directional indicator, 0 to 100: Wilder's sum of plus movements over that of true
    ranges. Source: Wilder 1978; TA-Lib PLUS_DI: the first value at bar `timeperiod`, from 0, 0
    where the ranges are 0, and with a timeperiod of 1 a fraction, not a percentage."""
    plus, minus = _indicators(high, low, close, timeperiod)
    return plus


def minus_di(high: float, low: float, close: float, timeperiod: Length = 14):
    """Minus directional indicator, made as `plus_di` is. Source: Wilder 1978; TA-Lib
    MINUS_DI."""
    plus, minus = _indicators(high, low, close, timeperiod)
    return minus


def _indicators(high: float, low: float, close: float, timeperiod: Length):
    """The plus and the minus directional indicator."""
    known = not isna(high + low + close)
    plus, minus = _moves(high if known else na, low if known else na)
    plus_sum = _wilder_sum(plus, timeperiod)
    minus_sum = _wilder_sum(minus, timeperiod)
    extent = _after(
        _wilder_sum(trange(high, low, close), timeperiod), 0 if timeperiod == 1 else 1
    )
    unit = 1.0 if timeperiod == 1 else 100.0
    still = extent == 0.0
    return (
        0.0 if still else unit * (plus_sum / extent),
        0.0 if still else unit * (minus_sum / extent),
    )


def dx(high: float, low: float, close: float, timeperiod: Length = 14):
    """Directional movement index, 0 to 100: the difference of the directional indicators over
    their sum. Source: Wilder 1978; TA-Lib DX, which stays where it was, at first at 0, while
    both are 0."""
    value = state(0.0)
    plus, minus = _indicators(high, low, close, timeperiod)
    total = plus + minus
    if total > 0.0:
        value = 100.0 * (abs(minus - plus) / total)
    return na if isna(total) else value


def adx(high: float, low: float, close: float, timeperiod: Length = 14):
    """Average directional movement index, 0 to 100: Wilder's average of `dx`. Source: Wilder
    1978; TA-Lib ADX: the first value at bar 2·timeperiod − 1, from 0, is the sum of `timeperiod`
    indices over their number; bars without direction add nothing to it and later leave the
    average as it is."""
    seen = state(0)
    value = state(0.0)
    plus, minus = _indicators(high, low, close, timeperiod)
    total = plus + minus
    result = na
    if not isna(total):
        index = 100.0 * (abs(minus - plus) / total)
        if seen == timeperiod:
            if total > 0.0:
                value = (value * (timeperiod - 1) + index) / timeperiod
            result = value
        else:
            seen = seen + 1
            if total > 0.0:
                value = value + index
            if seen == timeperiod:
                value = value / timeperiod
                result = value
    return result


def adxr(high: float, low: float, close: float, timeperiod: Length = 14):
    """Average directional movement rating: the mean of `adx` and the adx of timeperiod − 1 bars
    ago. Source: Wilder 1978; TA-Lib ADXR."""
    now = adx(high, low, close, timeperiod)
    before = _delayed(now, max(timeperiod - 1, 1))
    return (now + before) / 2.0


def aroon(high: float, low: float, timeperiod: Length = 14):
    """Aroon: down and up, 0 to 100: how lately, within the last timeperiod + 1 bars, the lowest
    low and the highest high were. Source: Chande 1995; TA-Lib AROON, where the latest of equal
    extremes counts."""
    known = not isna(high) and not isna(low)
    since_low = _since_highest(-low if known else na, timeperiod + 1)
    since_high = _since_highest(high if known else na, timeperiod + 1)
    unit = 100.0 / timeperiod
    return unit * (timeperiod - since_low), unit * (timeperiod - since_high)


def aroonosc(high: float, low: float, timeperiod: Length = 14):
    """Aroon oscillator, −100 to 100: Aroon up less Aroon down. Source: Chande 1995; TA-Lib
    AROONOSC."""
    down, up = aroon(high, low, timeperiod)
    return up - down


def _since_highest(x: float, length: Length):
    """How many inputs ago the largest of the last `length` came, the latest of equal ones.

    The blocks of `highest`, with the places of the largest beside them: `tops` and `places`
    from `position` on tell, of the block before, the largest from that cell to its end.
    """
    tops = window(length)
    places = window(length)
    position = state(0)
    full = state(False)
    best = state(0.0)
    best_place = state(0.0)
    result = na
    if not isna(x):
        if position == 0 or x >= best:
            best = x
            best_place = position
        tops[position] = x
        after = position + 1
        if after == length:
            full = True
            result = position - best_place
            places[position] = position
            for i in range(length - 1):
                k = length - 2 - i
                if tops[k + 1] >= tops[k]:
                    tops[k] = tops[k + 1]
                    places[k] = places[k + 1]
                else:
                    places[k] = k
            position = 0
        else:
            if full:
                result = position - best_place
                if tops[after] > best:
                    result = position + length - places[after]
            position = after
    return result
