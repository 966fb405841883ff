"""Statistics of the last inputs: spread, regression lines, and how two series move together.

Means and sums of squares slide with the window (Chan, Golub and LeVeque 1983: the mean is
always the present one, so nothing cancels). Inputs are measured from an anchor, one of them.
All is added up afresh, from the newest input as the anchor, once a window, and at once when
a sum has fallen far below what it was since then: the rounding errors of large terms, such
as an outlier's, outlive them.
"""


def _moments(x: float, timeperiod: Length):
    """Mean, and sum of squared distances from it, of the last `timeperiod` inputs."""
    cells = window(timeperiod)
    position = state(0)
    full = state(False)
    anchor = state(0.0)
    mean = state(0.0)
    squares = state(0.0)
    peak = state(0.0)
    shown = na
    result = na
    if not isna(x):
        if full:
            new = x - anchor
            old = cells[position] - anchor
            before = mean
            mean = mean + (new - old) / timeperiod
            squares = squares + (new - old) * ((new - mean) + (old - before))
            peak = max(peak, squares)
        cells[position] = x
        position = position + 1
        if position == timeperiod or squares < 1e-4 * peak:
            anchor = x
            total = 0.0
            squares = 0.0
            for i in range(timeperiod):
                distance = cells[i] - anchor
                total = total + distance
                squares = squares + distance * distance
            mean = total / timeperiod
            squares = squares - total * mean
            peak = squares
        if position == timeperiod:
            position = 0
            full = True
        if full:
            shown = anchor + mean
            result = squares
    return shown, result


def _comoments(x: float, y: float, timeperiod: Length):
    """Of the last `timeperiod` pairs, the sums of (x − mean)², (x − mean)(y − mean) and
    (y − mean)². A pair of which one is na does not count."""
    xs = window(timeperiod)
    ys = window(timeperiod)
    position = state(0)
    full = state(False)
    x_anchor = state(0.0)
    y_anchor = state(0.0)
    x_mean = state(0.0)
    y_mean = state(0.0)
    xx = state(0.0)
    xy = state(0.0)
    yy = state(0.0)
    x_peak = state(0.0)
    y_peak = state(0.0)
    shown = False
    if not (isna(x) or isna(y)):
        if full:
            x_new = x - x_anchor
            y_new = y - y_anchor
            x_old = xs[position] - x_anchor
            y_old = ys[position] - y_anchor
            x_before = x_mean
            y_before = y_mean
            x_mean = x_mean + (x_new - x_old) / timeperiod
            y_mean = y_mean + (y_new - y_old) / timeperiod
            xx = xx + (x_new - x_old) * ((x_new - x_mean) + (x_old - x_before))
            xy = xy + (x_new - x_before) * (y_new - y_old) + (y_old - y_mean) * (x_new - x_old)
            yy = yy + (y_new - y_old) * ((y_new - y_mean) + (y_old - y_before))
            x_peak = max(x_peak, xx)
            y_peak = max(y_peak, yy)
        xs[position] = x
        ys[position] = y
        position = position + 1
        if position == timeperiod or xx < 1e-4 * x_peak or yy < 1e-4 * y_peak:
            x_anchor = x
            y_anchor = y
            x_total = 0.0
            y_total = 0.0
            xx = 0.0
            xy = 0.0
            yy = 0.0
            for i in range(timeperiod):
                x_distance = xs[i] - x_anchor
                y_distance = ys[i] - y_anchor
                x_total = x_total + x_distance
                y_total = y_total + y_distance
                xx = xx + x_distance * x_distance
                xy = xy + x_distance * y_distance
                yy = yy + y_distance * y_distance
            x_mean = x_total / timeperiod
            y_mean = y_total / timeperiod
            xx = xx - x_total * x_mean
            xy = xy - x_total * y_mean
            yy = yy - y_total * y_mean
            x_peak = xx
            y_peak = yy
        if position == timeperiod:
            position = 0
            full = True
        shown = full
    return xx if shown else na, xy if shown else na, yy if shown else na


def var(x: float, timeperiod: Length = 5, nbdev: float = 1.0):
    """Population variance of the last `timeperiod` inputs. Source: TA-Lib VAR, which takes
    nbdev and does nothing with it."""
    mean, squares = _moments(x, timeperiod)
    return squares / timeperiod


def stddev(x: float, timeperiod: Length = 5, nbdev: float = 1.0):
    """nbdev × the population standard deviation of the last `timeperiod` inputs. Source: TA-Lib
    STDDEV."""
    mean, squares = _moments(x, timeperiod)
    return math.sqrt(squares / timeperiod) * nbdev


def correl(x: float, y: float, timeperiod: Length = 30):
    """Pearson's correlation of the last `timeperiod` pairs, -1 to 1. Source: TA-Lib CORREL: 0
    where one of the series does not move."""
    xx, xy, yy = _comoments(x, y, timeperiod)
    result = na
    if not isna(xx):
        result = 0.0
        if xx > 0.0 and yy > 0.0:
            result = max(-1.0, min(1.0, xy / math.sqrt(xx * yy)))
    return result


def beta(x: float, y: float, timeperiod: Length = 5):
    """Slope of y's relative changes against x's, over the last `timeperiod` changes. Source:
    TA-Lib BETA: x is the market; 0 where it does not move; a change from 0 counts as 0."""
    x_before = state(na)
    y_before = state(na)
    x_change = na
    y_change = na
    if not (isna(x) or isna(y)):
        if not isna(x_before):
            x_change = (x - x_before) / x_before if abs(x_before) >= 1e-14 else 0.0
            y_change = (y - y_before) / y_before if abs(y_before) >= 1e-14 else 0.0
        x_before = x
        y_before = y
    xx, xy, yy = _comoments(x_change, y_change, timeperiod)
    result = na
    if not isna(xx):
        result = xy / xx if xx > 0.0 else 0.0
    return result


def _fit(x: float, timeperiod: Length):
    """The least squares line through the last `timeperiod` inputs: its value at the oldest of
    them, and its slope a bar. Source: TA-Lib LINEARREG."""
    total, ramp = _ramp(x, timeperiod)
    squares = timeperiod * (timeperiod * timeperiod - 1.0) / 12.0
    slope = (ramp - total * (timeperiod + 1) / 2.0) / squares
    return total / timeperiod - slope * (timeperiod - 1) / 2.0, slope


def linearreg(x: float, timeperiod: Length = 14):
    """Where the least squares line through the last `timeperiod` ≥ 2 inputs is at the newest.
    Source: TA-Lib LINEARREG."""
    start, slope = _fit(x, timeperiod)
    return start + slope * (timeperiod - 1)


def linearreg_intercept(x: float, timeperiod: Length = 14):
    """Where the least squares line through the last `timeperiod` ≥ 2 inputs is at the oldest.
    Source: TA-Lib LINEARREG_INTERCEPT."""
    start, slope = _fit(x, timeperiod)
    return start


def linearreg_slope(x: float, timeperiod: Length = 14):
    """How much the least squares line through the last `timeperiod` ≥ 2 inputs rises a bar.
    Source: TA-Lib LINEARREG_SLOPE."""
    start, slope = _fit(x, timeperiod)
    return slope


def linearreg_angle(x: float, timeperiod: Length = 14):
    """The angle, in degrees, of the least squares line through the last `timeperiod` ≥ 2 inputs,
    a bar as wide as a unit of the input is high. Source: TA-Lib LINEARREG_ANGLE."""
    return math.atan(linearreg_slope(x, timeperiod)) * (180.0 / math.pi)


def tsf(x: float, timeperiod: Length = 14):
    """Time series forecast: where the least squares line through the last `timeperiod` ≥ 2
    inputs will be at the next bar. Source: TA-Lib TSF."""
    start, slope = _fit(x, timeperiod)
    return start + slope * timeperiod
