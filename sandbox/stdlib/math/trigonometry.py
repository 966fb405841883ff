"""Angles: sine, cosine, tangent of every finite float, na of an infinity (where Python raises)
and of na."""


def _sin_pair(x: float, low: float):
    """sin(x + low) as a pair, to about 2^-58 of it, for |x| <= pi/4 and a little.

    sin(x) = x - x³/6 + x⁵p(x²). Of the sixth, 5/32 times the cube of x's upper 16 bits is exact;
    only what is left of the series, a sixteenth of its size, is rounded.
    """
    z = x * x
    w = z * z
    odd = 0.008333333333333331 + w * (2.755731921933913e-06 + w * 1.6058531617037152e-10)
    even = -0.00019841269841265065 + w * (-2.505210623243528e-08 + w * -7.586697002817504e-13)
    top = _from_bits(_and(_bits(x), -0x2000000000))
    hi, lo = _fast_two_sum(x, -0.15625 * top * top * top)
    cubes = (x - top) * (z + top * (x + top))
    rest = z * x * (-0.010416666666666666 + z * (odd + z * even)) - 0.15625 * cubes
    hi, lo = _fast_two_sum(hi, lo + (rest + low * (1.0 - 0.5 * z)))
    return hi, lo


def _cos_pair(x: float, low: float):
    """cos(x + low) as a pair, to about 2^-57 of it, for |x| <= pi/4 and a little."""
    z = x * x
    w = z * z
    even = 0.041666666666666664 + w * (2.4801587298765665e-05 + w * 2.087614626607931e-09)
    odd = -0.0013888888888887398 + w * (-2.7557317271718644e-07 + w * -1.1382632258093615e-11)
    top = _head(x)
    hi, lo = _fast_two_sum(1.0, -0.5 * top * top)
    lo = lo + (w * (even + z * odd) - 0.5 * (x - top) * (x + top) - x * low)
    hi, lo = _fast_two_sum(hi, lo)
    return hi, lo


def _sin_or_cos(n: int, x: float, low: float):
    """cos(x + low) where n is odd, else sin(x + low)."""
    if _and(n, 1) == 1:
        hi, lo = _cos_pair(x, low)
        return hi + lo
    hi, lo = _sin_pair(x, low)
    return hi + lo


def _sin_after_turns(n: int, x: float, low: float):
    """sin(n pi/2 + x + low)."""
    value = _sin_or_cos(n, x, low)
    if _and(n, 2) == 2:
        return -value
    return value


def sin(x: float):
    """The sine of x radians."""
    if not math.isfinite(x):
        return na
    if abs(x) < 1e-9:
        return x
    n, hi, lo = _reduce(x)
    return _sin_after_turns(n, hi, lo)


def cos(x: float):
    """The cosine of x radians."""
    if not math.isfinite(x):
        return na
    n, hi, lo = _reduce(x)
    return _sin_after_turns(n + 1, hi, lo)


def tan(x: float):
    """The tangent of x radians."""
    if not math.isfinite(x):
        return na
    if abs(x) < 1e-9:
        return x
    n, hi, lo = _reduce(x)
    a, a_low = _sin_pair(hi, lo)
    b, b_low = _cos_pair(hi, lo)
    if _and(n, 1) == 1:
        ratio, rest = _quotient(-b, -b_low, a, a_low)
        return ratio + rest
    ratio, rest = _quotient(a, a_low, b, b_low)
    return ratio + rest


def _wide_times(x: float, factor: float, rest: float):
    """x (factor + rest), factor of 26 bits; above the floats an infinity."""
    if isna(x) or x == 0.0 or math.isinf(x):
        return x
    scale = 1.0
    if abs(x) < 1e-280:
        x = x * 1.2676506002282294e30
        scale = 7.888609052210118e-31
    top = _head(x)
    return (top * factor + ((x - top) * factor + x * rest)) * scale


def degrees(x: float):
    """An angle of x radians in degrees."""
    return _wide_times(x, 57.29577922821045, 2.8487187165804814e-07)


def radians(x: float):
    """An angle of x degrees in radians."""
    return _wide_times(x, 0.01745329238474369, 1.3519960527851425e-10)
