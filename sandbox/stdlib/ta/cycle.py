"""Cycle indicators: how long the market's dominant cycle is and where in it a bar stands."""


def ht_dcperiod(x: float):
    """Period of the dominant cycle, in bars. Source: Ehlers 2001; TA-Lib HT_DCPERIOD: the first
    value at input 32, counted from 0."""
    inphase, quadrature, period = _cycle(_smoothed(x, 12))
    return _after(_steady(period), 20)


def ht_phasor(x: float):
    """In-phase and quadrature component of the cycle. Source: Ehlers 2001; TA-Lib HT_PHASOR: the
    first values at input 32, counted from 0."""
    inphase, quadrature, period = _cycle(_smoothed(x, 12))
    return _after(inphase, 20), _after(quadrature, 20)


def _cycle_phase(x: float):
    """The smoothed price, the steady period and the phase, for whatever starts at input 63."""
    smooth = _smoothed(x, 37)
    inphase, quadrature, period = _cycle(smooth)
    steady = _steady(period)
    return smooth, steady, _phase(smooth, steady)


def ht_dcphase(x: float):
    """Phase of the dominant cycle in degrees, -45 to 315. Source: Ehlers 2001; TA-Lib HT_DCPHASE:
    the first value at input 63, counted from 0."""
    smooth, period, phase = _cycle_phase(x)
    return _after(phase, 26)


def ht_sine(x: float):
    """Sine of the dominant cycle's phase, and of the phase 45 degrees on. Source: Ehlers 2001;
    TA-Lib HT_SINE: the first values at input 63, counted from 0."""
    smooth, period, phase = _cycle_phase(x)
    shown = _after(phase, 26)
    return math.sin(shown * (math.pi / 180.0)), math.sin((shown + 45.0) * (math.pi / 180.0))


def ht_trendline(x: float):
    """Instantaneous trendline: prices without their dominant cycle. Source: Ehlers 2001; TA-Lib
    HT_TRENDLINE: the first value at input 63, counted from 0."""
    inphase, quadrature, period = _cycle(_smoothed(x, 37))
    return _after(_trend(x, _steady(period)), 26)


def ht_trendmode(x: float):
    """1 in a trend, 0 in a cycle and for the first 63 inputs. Source: Ehlers 2001; TA-Lib
    HT_TRENDMODE.

    A cycle lasts half a period after each crossing of the two sines, goes on while the phase
    moves on at about the speed of the period, and ends when prices are 1.5 % away from the
    trendline.
    """
    smooth, period, phase = _cycle_phase(x)
    trend = _trend(x, period)
    shown = _after(phase, 26)
    bars = state(0)
    phase_before = state(0.0)
    ahead_before = state(0.0)
    result = 0
    if not isna(phase):
        ahead = math.sin(phase * (math.pi / 180.0)) - math.sin((phase + 45.0) * (math.pi / 180.0))
        if (ahead > 0.0 and ahead_before <= 0.0) or (ahead < 0.0 and ahead_before >= 0.0):
            bars = 0
        bars = bars + 1
        speed = (phase - phase_before) * period / 360.0
        cycling = bars < 0.5 * period or (speed > 0.67 and speed < 1.5)
        if trend != 0.0 and abs((smooth - trend) / trend) >= 0.015:
            cycling = False
        ahead_before = ahead
        phase_before = phase
        if not isna(shown) and not cycling:
            result = 1
    return result


def mama(x: float, fastlimit: float = 0.5, slowlimit: float = 0.05):
    """MESA adaptive moving average and the following one. Source: Ehlers 2001; TA-Lib MAMA: the
    first values at input 32, counted from 0.

    The weight of the new input is fastlimit over the degrees that the phase fell since the
    last bar, at least slowlimit; the following average takes half that weight. Both start from
    0, as in TA-Lib.
    """
    smooth = _smoothed(x, 12)
    inphase, quadrature, period = _cycle(smooth)
    phase = state(0.0)
    value = state(0.0)
    following = state(0.0)
    line = na
    follower = na
    if not isna(smooth):
        before = phase
        phase = 0.0
        if inphase != 0.0:
            phase = math.atan(quadrature / inphase) * (180.0 / math.pi)
        fall = before - phase
        weight = fastlimit
        if fall > 1.0:
            weight = max(fastlimit / fall, slowlimit)
        value = weight * x + (1.0 - weight) * value
        following = 0.5 * weight * value + (1.0 - 0.5 * weight) * following
        line = value
        follower = following
    return _after(line, 20), _after(follower, 20)
