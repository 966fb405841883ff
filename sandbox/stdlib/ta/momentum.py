"""Momentum: how fast and which way prices move."""


def rsi(x: float, timeperiod: Length = 14):
    """Relative strength index, 0 to 100. Source: Wilder 1978; TA-Lib RSI.

    As in TA-Lib the first value comes with the timeperiod-th change, and it is 0 while there
    was neither gain nor loss.
    """
    gain, loss = _gain_and_loss(x, timeperiod)
    total = gain + loss
    result = na
    if not isna(total):
        result = 0.0
        if total > 0.0:
            result = 100.0 * (gain / total)
    return result


def _gain_and_loss(x: float, timeperiod: Length):
    """Wilder's averages of the rises and of the falls, both above zero."""
    previous = state(na)
    change = x - previous
    if not isna(x):
        previous = x
    gain, loss = _wilder_pair(max(change, 0.0), max(-change, 0.0), timeperiod)
    return gain, loss


def _delayed(x: float, timeperiod: Length):
    """The input before the last `timeperiod` inputs, the present one among these."""
    cells = window(timeperiod)
    position = state(0)
    result = na
    if not isna(x):
        result = cells[position]
        cells[position] = x
        position = position + 1
        if position == timeperiod:
            position = 0
    return result


def mom(x: float, timeperiod: Length = 10):
    """Momentum: the change over `timeperiod` inputs. Source: TA-Lib MOM."""
    return x - _delayed(x, timeperiod)


def _ratio(x: float, timeperiod: Length, none: float):
    """x over the input `timeperiod` inputs ago; `none` where that was 0."""
    before = _delayed(x, timeperiod)
    result = none if before == 0.0 else x / before
    return result


def roc(x: float, timeperiod: Length = 10):
    """Rate of change over `timeperiod` inputs in percent. Source: TA-Lib ROC, which gives 0
    where the earlier input is 0."""
    return 100.0 * (_ratio(x, timeperiod, 1.0) - 1.0)


def rocp(x: float, timeperiod: Length = 10):
    """Rate of change over `timeperiod` inputs as a fraction. Source: TA-Lib ROCP, which gives 0
    where the earlier input is 0."""
    before = _delayed(x, timeperiod)
    return 0.0 if before == 0.0 else (x - before) / before


def rocr(x: float, timeperiod: Length = 10):
    """The input over the one `timeperiod` inputs ago. Source: TA-Lib ROCR, which gives 0 where
    that is 0."""
    return _ratio(x, timeperiod, 0.0)


def rocr100(x: float, timeperiod: Length = 10):
    """The input over the one `timeperiod` inputs ago, times 100. Source: TA-Lib ROCR100, which
    gives 0 where that is 0."""
    return 100.0 * _ratio(x, timeperiod, 0.0)


def trix(x: float, timeperiod: Length = 30):
    """The change in percent, from bar to bar, of an EMA of an EMA of an EMA. Source: Hutson
    1983; TA-Lib TRIX, whose EMAs each start with a simple average."""
    return roc(ema(ema(ema(x, timeperiod), timeperiod), timeperiod), 1)


def cmo(x: float, timeperiod: Length = 14):
    """Chande's momentum oscillator, −100 to 100: gains less losses over their sum. Source:
    Chande 1994; TA-Lib CMO.

    As in TA-Lib gains and losses are Wilder's averages as in `rsi`, where Chande has sums over
    the window; and it is 0 while there was neither.
    """
    gain, loss = _gain_and_loss(x, timeperiod)
    total = gain + loss
    result = 0.0 if total == 0.0 else 100.0 * ((gain - loss) / total)
    return result


def bop(open: float, high: float, low: float, close: float):
    """Balance of power: the body over the range, −1 to 1. Source: Livshin 2001; TA-Lib BOP,
    which gives 0 where there is no range."""
    spread = high - low
    result = 0.0 if spread <= 0.0 else (close - open) / spread
    if isna(close - open):
        result = na
    return result


def cci(high: float, low: float, close: float, timeperiod: Length = 14):
    """Commodity channel index: the typical price's distance from its average, over 0.015 times
    the mean absolute distance. Source: Lambert 1980; TA-Lib CCI, which gives 0 where either is
    within 1e-14 of the average. The mean distance takes a walk over the window at every bar."""
    cells = window(timeperiod)
    position = state(0)
    full = state(False)
    typical = (high + low + close) / 3.0
    result = na
    if not isna(typical):
        cells[position] = typical
        position = position + 1
        if position == timeperiod:
            position = 0
            full = True
        if full:
            average = 0.0
            for i in range(timeperiod):
                average = average + cells[i]
            average = average / timeperiod
            spread = 0.0
            for j in range(timeperiod):
                spread = spread + abs(cells[j] - average)
            spread = spread / timeperiod
            distance = typical - average
            result = 0.0
            if min(abs(distance), spread) > 1e-14 * abs(average):
                result = distance / (0.015 * spread)
    return result
