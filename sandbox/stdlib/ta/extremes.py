"""Rolling extremes, and channels made of them."""


def highest(x: float, length: Length = 30):
    """The largest of the last `length` inputs. Source: TA-Lib MAX.

    Amortised O(1) (van Herk 1992; Gil and Werman 1993): inputs come in blocks of `length`.
    Cells before `position` hold the present block as it came, cells from it on the largest
    of the block before, from that cell to its end.
    """
    cells = window(length)
    position = state(0)
    full = state(False)
    best = state(0.0)
    result = na
    if not isna(x):
        if position == 0:
            best = x
        best = max(best, x)
        cells[position] = x
        position = position + 1
        if position == length:
            position = 0
            full = True
            result = best
            for i in range(length - 1):
                cells[length - 2 - i] = max(cells[length - 2 - i], cells[length - 1 - i])
        else:
            if full:
                result = max(best, cells[position])
    return result


def lowest(x: float, length: Length = 30):
    """The smallest of the last `length` inputs. Source: TA-Lib MIN. Made as `highest` is."""
    return -highest(-x, length)


def donchian(high: float, low: float, length: Length = 20):
    """Donchian channel: upper, middle, lower. Source: TA-Lib MAX, MIN and MIDPRICE."""
    upper = highest(_with(high, low), length)
    lower = lowest(_with(low, high), length)
    return upper, (upper + lower) / 2.0, lower
