"""How long ago an extreme was, and extremes that later bars confirm."""


def highestbars(source: float, length: Length):
    """Minus how many inputs ago the largest of the last `length` was, 0 to 1 − length; the
    oldest of equals. Source: Pine ta.highestbars.

    Amortised O(1), made as `highest` is: cells from `position` on hold the largest of the block
    before, from that cell to its end, and `places` where in that block it stands.
    """
    cells = window(length)
    places = window(length)
    position = state(0)
    full = state(False)
    best = state(0.0)
    place = state(0)
    result = na
    if not isna(source):
        if position == 0 or source > best:
            best = source
            place = position
        cells[position] = source
        places[position] = position
        position = position + 1
        result = place + 1.0 - position
        if position == length:
            position = 0
            full = True
            for i in range(length - 1):
                later = length - 1 - i
                if cells[later] > cells[later - 1]:
                    cells[later - 1] = cells[later]
                    places[later - 1] = places[later]
        else:
            if not full:
                result = na
            if full and cells[position] >= best:
                result = places[position] + 1.0 - length - position
    return result


def lowestbars(source: float, length: Length):
    """Minus how many inputs ago the smallest of the last `length` was, 0 to 1 − length; the
    oldest of equals. Source: Pine ta.lowestbars."""
    return highestbars(-source, length)


def pivothigh(source: float, leftbars: Length, rightbars: Length):
    """The input `rightbars` ago at the bar that confirms it as a peak, else na: above the
    `rightbars` inputs after it and not below the `leftbars` before it. Source: Pine
    ta.pivothigh, where the last of equals is the peak."""
    candidate = _delayed(source, rightbars)
    after = highest(source, rightbars)
    before = highest(_before(candidate), leftbars)
    return candidate if candidate > after and candidate >= before else na


def pivotlow(source: float, leftbars: Length, rightbars: Length):
    """The input `rightbars` ago at the bar that confirms it as a trough, else na: below the
    `rightbars` inputs after it and not above the `leftbars` before it. Source: Pine
    ta.pivotlow."""
    return -pivothigh(-source, leftbars, rightbars)
