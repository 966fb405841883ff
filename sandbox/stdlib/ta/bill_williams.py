"""Bill Williams' indicators."""


def ao(high: float, low: float, fastperiod: Length = 5, slowperiod: Length = 34):
    """Awesome oscillator: the fast simple average of bars' middles less the slow one. Source:
    Williams 1998; TA-Lib AO, which does not swap the lengths."""
    middle = (high + low) / 2.0
    return sma(middle, fastperiod) - sma(middle, slowperiod)


def ac(
    high: float,
    low: float,
    fastperiod: Length = 5,
    slowperiod: Length = 34,
    signalperiod: Length = 5,
):
    """Accelerator oscillator: `ao` less its simple average. Source: Williams 1998; TA-Lib AC."""
    awesome = ao(high, low, fastperiod, slowperiod)
    return awesome - sma(awesome, signalperiod)


def fractal(high: float, low: float, leftbars: Length = 2, rightbars: Length = 2):
    """Fractals: up and down, each 100 at the bar that confirms it and 0 elsewhere: `rightbars`
    ago the high was above, the low below, those of the `leftbars` bars before and of all bars
    since. Source: Williams 1995; TA-Lib FRACTAL, where the extreme has no equal."""
    up = _peaked(_with(high, low), leftbars, rightbars)
    down = _peaked(-_with(low, high), leftbars, rightbars)
    return up, down


def _peaked(x: float, leftbars: Length, rightbars: Length):
    """100 where the input `rightbars` ago is above those after it and the `leftbars` before."""
    candidate = _delayed(x, rightbars)
    after = highest(x, rightbars)
    before = highest(_before(candidate), leftbars)
    return 100 if candidate > after and candidate > before else 0


def marketfi(high: float, low: float, volume: float):
    """Market facilitation index: the range that a unit of volume moved. Source: Williams 1995;
    TA-Lib MARKETFI, which gives 0 where there was no volume."""
    return _over(high - low, volume)
