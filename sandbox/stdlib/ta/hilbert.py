"""The Hilbert transform of prices and the cycle it measures. Source: Ehlers 2001, Rocket Science
for Traders, as in TA-Lib, whose start-up is kept: a fixed number of inputs is passed over, and
what would have been remembered from before counts as 0.
"""


def _smoothed(x: float, skipped: int):
    """Ehlers' smoothing of the last four inputs, with weights 4 to 1; na for the first `skipped`
    inputs, three at least."""
    one = state(0.0)
    two = state(0.0)
    three = state(0.0)
    result = na
    if not isna(x):
        result = (4.0 * x + 3.0 * one + 2.0 * two + three) * 0.1
        three = two
        two = one
        one = x
    return _after(result, skipped)


def _transform(x: float, gain: float):
    """Ehlers' Hilbert transform of the inputs 0, 2, 4 and 6 bars ago, times gain."""
    one = state(0.0)
    two = state(0.0)
    three = state(0.0)
    four = state(0.0)
    five = state(0.0)
    six = state(0.0)
    result = na
    if not isna(x):
        result = (0.0962 * x - 0.0962 * six - 0.5769 * four + 0.5769 * two) * gain
        six = five
        five = four
        four = three
        three = two
        two = one
        one = x
    return result


def _cycle(smooth: float):
    """In-phase and quadrature component of the smoothed price, and the period of its cycle in
    bars, 6 to 50 once it has settled."""
    period = state(0.0)
    one = state(0.0)
    two = state(0.0)
    three = state(0.0)
    i_before = state(0.0)
    q_before = state(0.0)
    real = state(0.0)
    imaginary = state(0.0)
    gain = 0.075 * period + 0.54
    detrended = _transform(smooth, gain)
    quadrature = _transform(detrended, gain)
    inphase = na
    if not isna(detrended):
        inphase = three
        three = two
        two = one
        one = detrended
    i_ahead = _transform(inphase, gain)
    q_ahead = _transform(quadrature, gain)
    result = na
    if not isna(q_ahead):
        i_now = 0.2 * (inphase - q_ahead) + 0.8 * i_before
        q_now = 0.2 * (quadrature + i_ahead) + 0.8 * q_before
        real = 0.2 * (i_now * i_before + q_now * q_before) + 0.8 * real
        imaginary = 0.2 * (i_now * q_before - q_now * i_before) + 0.8 * imaginary
        i_before = i_now
        q_before = q_now
        measured = period
        if imaginary != 0.0 and real != 0.0:
            measured = 360.0 / (math.atan(imaginary / real) * (180.0 / math.pi))
        measured = max(min(measured, 1.5 * period), 0.67 * period)
        period = 0.2 * max(min(measured, 50.0), 6.0) + 0.8 * period
        result = period
    return inphase, quadrature, result


def _steady(period: float):
    """The period, smoothed once more, as TA-Lib HT_DCPERIOD gives it."""
    value = state(0.0)
    result = na
    if not isna(period):
        value = 0.33 * period + 0.67 * value
        result = value
    return result


def _phase(smooth: float, period: float):
    """Degrees that the cycle is into its turn, from -45 to 315: the phase of the last period's
    Fourier component, advanced for the lag of the smoothing.

    The sum is Horner's, a rotation by one bar's angle at each step, and the rotation is kept
    until the period changes. Where prices stand still for a whole period there is no phase:
    what comes out is rounding noise, here as in TA-Lib, and not the same.
    """
    cells = window(50)
    position = state(0)
    phase = state(0.0)
    bars = state(0)
    cosine = state(1.0)
    sine = state(0.0)
    result = na
    if not isna(smooth):
        cells[position] = smooth
        if bars != int(period + 0.5):
            bars = int(period + 0.5)
            cosine = math.cos(2.0 * math.pi / bars)
            sine = math.sin(2.0 * math.pi / bars)
        across = 0.0
        along = 0.0
        cell = position - bars
        if cell < 0:
            cell = cell + 50
        for i in range(50):
            if i == bars:
                break
            cell = cell + 1
            if cell == 50:
                cell = 0
            turned = along * cosine - across * sine
            across = along * sine + across * cosine
            along = turned + nz(cells[cell])
        position = position + 1
        if position == 50:
            position = 0
        if along != 0.0:
            phase = math.atan(across / along) * (180.0 / math.pi)
        phase = phase + 90.0 + 360.0 / period
        if along < 0.0:
            phase = phase + 180.0
        if phase > 315.0:
            phase = phase - 360.0
        result = phase
    return result


def _trend(x: float, period: float):
    """Ehlers' instantaneous trendline: the mean of the last period's inputs, smoothed as prices
    are."""
    cells = window(50)
    position = state(0)
    one = state(0.0)
    two = state(0.0)
    three = state(0.0)
    result = na
    if not isna(x):
        cells[position] = x
        if not isna(period):
            bars = int(period + 0.5)
            total = 0.0
            cell = position
            for i in range(50):
                if i == bars:
                    break
                total = total + cells[cell]
                cell = cell - 1
                if cell < 0:
                    cell = 49
            mean = total / max(bars, 1)
            result = (4.0 * mean + 3.0 * one + 2.0 * two + three) / 10.0
            three = two
            two = one
            one = mean
        position = position + 1
        if position == 50:
            position = 0
    return result
