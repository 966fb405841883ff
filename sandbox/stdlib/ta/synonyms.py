"""TA-Lib's names for what has another name here too."""


def cumsum(x: float):
    """The sum of all inputs so far. Source: TA-Lib CUMSUM."""
    return cum(x)


def percentile(x: float, timeperiod: Length = 30, percentile: float = 50.0):
    """The smallest of the last `timeperiod` inputs that `percentile` (0 to 100) percent of them
    are not above. Source: TA-Lib PERCENTILE. O(log timeperiod) a bar, and a move of cells."""
    return percentile_nearest_rank(x, timeperiod, percentile)


def zlema(x: float, timeperiod: Length = 30):
    """Zero-lag exponential moving average: an EMA of the input and of what it gained on the one
    of (timeperiod − 1) // 2 inputs ago. Source: Ehlers and Way 2010; TA-Lib ZLEMA."""
    return _zlema(x, timeperiod)
