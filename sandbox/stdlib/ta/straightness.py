"""How straight prices move: the way made good over the way gone."""


def er(x: float, timeperiod: Length = 10):
    """Kaufman's efficiency ratio, 0 to 1: the change over `timeperiod` inputs over the sum of
    the sizes of the changes from one to the next. Source: Kaufman 1995; TA-Lib ER, which gives
    1 where nothing moved."""
    path = _sum_of_sizes(x - _before(x), timeperiod)
    move = abs(x - _delayed(x, timeperiod))
    return 1.0 if path <= move else move / path


def vhf(x: float, timeperiod: Length = 28):
    """Vertical horizontal filter, 0 to 1: the range of the last `timeperiod` inputs over the
    sum of the sizes of their changes, the one to the oldest of them included. Source: White
    1991; TA-Lib VHF, which gives 0 where nothing moved."""
    path = _sum_of_sizes(x - _before(x), timeperiod)
    return _over(highest(x, timeperiod) - lowest(x, timeperiod), path)


def vortex(high: float, low: float, close: float, timeperiod: Length = 14):
    """Vortex indicator: plus and minus: distances from the low before to the high, and from the
    high before to the low, each summed over `timeperiod` bars and divided by the sum of true
    ranges. Source: Botes and Siepman 2010; TA-Lib VORTEX, which gives 0 where that is 0."""
    top = _with(high, low + close)
    bottom = _with(low, high + close)
    extent = _sum_of_sizes(trange(high, low, close), timeperiod)
    plus = sum_(abs(top - _before(bottom)), timeperiod)
    minus = sum_(abs(bottom - _before(top)), timeperiod)
    return _over(plus, extent), _over(minus, extent)


def _over(part: float, whole: float):
    """part / whole, and 0 where the whole is."""
    return 0.0 * part if whole == 0.0 else part / whole
