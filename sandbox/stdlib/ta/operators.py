"""Math operators: arithmetic of two series, and sums and extremes of one."""


def add(x: float, y: float):
    """x + y. Source: TA-Lib ADD."""
    return x + y


def sub(x: float, y: float):
    """x - y. Source: TA-Lib SUB."""
    return x - y


def mult(x: float, y: float):
    """x × y. Source: TA-Lib MULT."""
    return x * y


def div(x: float, y: float):
    """x / y; an infinity, or na for 0 / 0, where y is 0. Source: TA-Lib DIV."""
    return x / y


def sum_(x: float, timeperiod: Length = 30):
    """Sum of the last `timeperiod` inputs. Source: TA-Lib SUM.

    A running sum, added up afresh once a window, since a running sum drifts.
    """
    cells = window(timeperiod)
    position = state(0)
    full = state(False)
    total = state(0.0)
    result = na
    if not isna(x):
        if full:
            total = total - cells[position]
        total = total + x
        cells[position] = x
        position = position + 1
        if position == timeperiod:
            position = 0
            full = True
            total = 0.0
            for i in range(timeperiod):
                total = total + cells[i]
        if full:
            result = total
    return result


def max_(x: float, timeperiod: Length = 30):
    """The largest of the last `timeperiod` inputs. Source: TA-Lib MAX."""
    return highest(x, timeperiod)


def min_(x: float, timeperiod: Length = 30):
    """The smallest of the last `timeperiod` inputs. Source: TA-Lib MIN."""
    return lowest(x, timeperiod)


def minmax(x: float, timeperiod: Length = 30):
    """The smallest and the largest of the last `timeperiod` inputs. Source: TA-Lib MINMAX."""
    return lowest(x, timeperiod), highest(x, timeperiod)
