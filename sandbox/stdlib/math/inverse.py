"""Angles from their sine, cosine or tangent. na where Python raises, and for na."""


def _atan_ratio(y: float, y_low: float, x: float, x_low: float):
    """atan of (y + y_low) / (x + x_low) as a pair, to about 2^-59 of it, where 0 <= y <= x.

    With c the quarter next to y / x: atan(y / x) = atan(c) + atan((y - c x) / (x + c y)).
    """
    c = 0.25 * math.floor(4.0 * y / x + 0.5)
    part, part_rest = _product(c, x)
    above, above_low = _two_sum(y, -part)
    above_low = above_low - part_rest + (y_low - c * x_low)
    part, part_rest = _product(c, y)
    below, below_low = _two_sum(x, part)
    below_low = below_low + part_rest + (x_low + c * y_low)
    t, t_low = _quotient(above, above_low, below, below_low)
    z = t * t
    w = z * z
    even = -0.3333333333333333 + w * (
        -0.1428571428466413 + w * (-0.09090836510998238 + w * -0.06351278940814616)
    )
    odd = 0.19999999999998966 + w * (0.1111111071125646 + w * 0.0768553063628102)
    start, start_low = _atan_of_quarters(c)
    hi, lo = _fast_two_sum(start, t)
    hi, lo = _fast_two_sum(hi, lo + (start_low + t_low + z * t * (even + z * odd)))
    return hi, lo


def _atan_of_quarters(c: float):
    """atan(c) as a pair, c a multiple of 0.25 from 0 to 1."""
    if c == 0.0:
        return 0.0, 0.0
    if c == 0.25:
        return 0.24497866312686414, 1.0698755618734451e-17
    if c == 0.5:
        return 0.4636476090008061, 2.2698777452961687e-17
    if c == 0.75:
        return 0.6435011087932844, 1.5834785051444286e-17
    return 0.7853981633974483, 3.061616997868383e-17


def _angle(y: float, y_low: float, x: float, x_low: float, left: bool):
    """The angle of the point (x, y), or of (-x, y) if left; x and y >= 0,
    the larger between 0.7 and 1e19."""
    near_low = x_low if y > x else y_low
    far_low = y_low if y > x else x_low
    hi, lo = _atan_ratio(min(x, y), near_low, max(x, y), far_low)
    if y > x and left:
        return _plus_pair(1.5707963267948966, 6.123233995736766e-17, hi, lo)
    if y > x:
        return _plus_pair(1.5707963267948966, 6.123233995736766e-17, -hi, -lo)
    if left:
        return _plus_pair(3.141592653589793, 1.2246467991473532e-16, -hi, -lo)
    return hi + lo


def _plus_pair(a: float, a_low: float, b: float, b_low: float):
    """The sum of two pairs as a float, |a| >= |b|."""
    hi, lo = _fast_two_sum(a, b)
    return hi + (lo + (a_low + b_low))


def _axis_angle(y: float, x: float):
    """atan2 where a coordinate is 0 or infinite, or the angle to an axis below 2^-64."""
    left = math.copysign(1.0, x) < 0.0
    angle = 0.0
    if left:
        angle = 3.141592653589793
    if math.isinf(y) and math.isinf(x):
        angle = 0.7853981633974483
        if left:
            angle = 2.356194490192345
    elif math.isinf(y) or abs(y) > abs(x):
        angle = 1.5707963267948966
    elif not left and not y == 0.0:
        angle = abs(y) / x
    return math.copysign(angle, y)


def atan2(y: float, x: float):
    """The angle of the point (x, y), from -pi to pi. Signed zeros, infinities: C99 F.9.1.4."""
    if isna(x) or isna(y):
        return na
    a = abs(y)
    b = abs(x)
    largest = max(a, b)
    smallest = min(a, b)
    if math.isinf(largest) or smallest <= largest * 5.421010862427522e-20:
        return _axis_angle(y, x)
    k, m = _split_exponent(largest)
    n = -int(k)
    angle = _angle(_scale(a, n), 0.0, _scale(b, n), 0.0, math.copysign(1.0, x) < 0.0)
    return math.copysign(angle, y)


def atan(x: float):
    """The angle whose tangent is x, from -pi/2 to pi/2."""
    if isna(x) or abs(x) < 1e-9:
        return x
    if abs(x) > 1e19:
        return math.copysign(1.5707963267948966, x)
    return math.copysign(_angle(abs(x), 0.0, 1.0, 0.0, False), x)


def _beside(a: float):
    """sqrt(1 - a²) as a pair, for 0 <= a < 1."""
    first, first_low = _fast_two_sum(1.0, -a)
    second, second_low = _fast_two_sum(1.0, a)
    hi, lo = _wide_product(first, first_low, second, second_low)
    hi, lo = _root_pair(hi, lo)
    return hi, lo


def asin(x: float):
    """The angle whose sine is x, from -pi/2 to pi/2."""
    a = abs(x)
    if not a <= 1.0:
        return na
    if a < 1e-9:
        return x
    if a == 1.0:
        return math.copysign(1.5707963267948966, x)
    hi, lo = _beside(a)
    return math.copysign(_angle(a, 0.0, hi, lo, False), x)


def acos(x: float):
    """The angle whose cosine is x, from 0 to pi."""
    a = abs(x)
    if not a <= 1.0:
        return na
    if x == 1.0:
        return 0.0
    if x == -1.0:
        return 3.141592653589793
    hi, lo = _beside(a)
    return _angle(hi, lo, a, 0.0, x < 0.0)
