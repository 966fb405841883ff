"""Price transforms: one price that stands for the bar, and how far prices stray from it."""


def avgprice(open: float, high: float, low: float, close: float):
    """Average price. Source: TA-Lib AVGPRICE."""
    return (high + low + close + open) / 4.0


def medprice(high: float, low: float):
    """Median price: the middle of the range. Source: TA-Lib MEDPRICE."""
    return (high + low) / 2.0


def typprice(high: float, low: float, close: float):
    """Typical price. Source: TA-Lib TYPPRICE."""
    return (high + low + close) / 3.0


def wclprice(high: float, low: float, close: float):
    """Weighted close price: the close counts twice. Source: TA-Lib WCLPRICE."""
    return (high + low + close * 2.0) / 4.0


def avgdev(x: float, timeperiod: Length = 14):
    """Mean distance of the last `timeperiod` inputs from their mean. Source: TA-Lib AVGDEV.

    It costs `timeperiod` steps a bar: the mean moves, and with it every distance.
    """
    mean = sma(x, timeperiod)
    cells = window(timeperiod)
    position = state(0)
    result = na
    if not isna(x):
        cells[position] = x
        position = position + 1
        if position == timeperiod:
            position = 0
        if not isna(mean):
            total = 0.0
            for i in range(timeperiod):
                total = total + abs(cells[i] - mean)
            result = total / timeperiod
    return result
