"""Powers and roots."""


def _wide_log(x: float):
    """log(x) as a pair, to about 2^-66 of it, for x > 0 and finite.

    log(m) = 2 atanh(s), s = (m - 1) / (m + 1). s and the first two terms of the series are pairs;
    of the third one's fifth, 3/16 is taken exactly, so that a sixteenth of it is rounded.
    """
    k, m = _split_exponent(x)
    f = m - 1.0
    below, under = _two_sum(2.0, f)
    s, t = _quotient(f, 0.0, below, under)
    z, y = _wide_product(s, t, s, t)
    w = z * z
    even = 0.0125 + w * (
        0.11111111111111079
        + w * (0.07692307689192023 + w * (0.05882322670892122 + w * 0.047209669194001595))
    )
    odd = 0.14285714285714285 + w * (
        0.0909090909092323
        + w * (0.06666667060580561 + w * (0.052645936830489536 + w * 0.049856019611035265))
    )
    top = _head(z)
    third, rest = _fast_two_sum(0.3333333333333333, 0.1875 * top)
    rest = rest + (1.850371707708594e-17 + 0.1875 * (z - top + y) + z * (even + z * odd))
    third, rest = _fast_two_sum(third, rest)
    third, rest = _wide_product(z, y, third, rest)
    third, rest = _wide_product(s, t, third, rest)
    hi, lo = _fast_two_sum(2.0 * s, 2.0 * third)
    lo = lo + 2.0 * (t + rest)
    big, small = _two_sum(k * 0.6931471805598903, hi)
    hi, lo = _fast_two_sum(big, small + (lo + k * 5.497923018708371e-14))
    return hi, lo


def _parity(x: float):
    """0 where x is not whole, 1 where it is odd, 2 where it is even, as an infinity is."""
    a = abs(x)
    if a >= 9007199254740992.0:
        return 2
    if math.floor(a) < a:
        return 0
    return 2 - _and(int(a), 1)


def _power_of_positive(x: float, y: float):
    """x^y for finite x > 0 and y.

    log(x) is 0 or between 1e-16 and 745 in size, so that y past its clamps changes nothing.
    """
    if abs(y) < 1e-22:
        return 1.0
    hi, lo = _wide_log(x)
    exponent = max(min(y, 1e20), -1e20)
    product, rest = _product(exponent, hi)
    if product > 710.0:
        return _infinity()
    if product < -746.0:
        return 0.0
    return _exp_times(product, rest + exponent * lo, 0)


def pow(x: float, y: float):
    """x to the power y. As Python's, but na for any na, and where Python raises: of a negative x
    to a y that is not whole, of 0 to a finite y < 0. Source: C99 F.9.4.4."""
    if isna(x) or isna(y):
        return na
    if y == 0.0 or x == 1.0:
        return 1.0
    a = abs(x)
    parity = _parity(y)
    sign = 1.0
    if parity == 1:
        sign = math.copysign(1.0, x)
    if math.isinf(y):
        if a == 1.0:
            return 1.0
        if (a > 1.0 and y > 0.0) or (a < 1.0 and y < 0.0):
            return _infinity()
        return 0.0
    if math.isinf(a):
        if y > 0.0:
            return sign * a
        return sign * 0.0
    if a == 0.0:
        if y > 0.0:
            return sign * a
        return na
    if x < 0.0 and parity == 0:
        return na
    return sign * _power_of_positive(a, y)


def _root_pair(hi: float, lo: float):
    """The square root of a pair as a pair (hi not rounded), to about 2^-100 of it; hi > 0."""
    root = math.sqrt(hi)
    square, rest = _product(root, root)
    return root, (hi - square - rest + lo) / (2.0 * root)


def hypot(x: float, y: float):
    """sqrt(x² + y²), without overflow or underflow on the way; an infinity if either is one."""
    if isna(x) or isna(y):
        return na
    a = max(abs(x), abs(y))
    b = min(abs(x), abs(y))
    if b == 0.0 or math.isinf(a):
        return a
    if a > b * 1.152921504606847e18:
        return a
    shift = 0
    if a > 1e150:
        shift = -600
    if b < 1e-120:
        shift = 800
    a = a * _power_of_two(shift)
    b = b * _power_of_two(shift)
    square, rest = _product(a, a)
    other, remaining = _product(b, b)
    hi, lo = _fast_two_sum(square, other)
    root, low = _root_pair(hi, lo + (rest + remaining))
    return (root + low) * _power_of_two(-shift)


def cbrt(x: float):
    """The cube root.

    A polynomial for the root of m, x = 2^(3j) m and 1 <= m < 8, two of Halley's steps, and one of
    Newton's whose residual is a pair.
    """
    a = abs(x)
    if isna(x) or a == 0.0 or math.isinf(a):
        return x
    below = 0
    if a < 2.2250738585072014e-308:
        a = a * 18014398509481984.0
        below = 18
    j = (_shr(_bits(a), 52) - 1023) // 3
    m = _from_bits(_bits(a) - _shl(3 * j, 52))
    root = 0.7167346418604423 + m * (
        0.3288364544631474 + m * (-0.03402605365290486 + m * 0.0016274953380330931)
    )
    for i in range(2):
        cube = root * root * root
        root = root * (cube + 2.0 * m) / (2.0 * cube + m)
    square, rest = _product(root, root)
    cube, remaining = _product(square, root)
    residual = m - cube - (remaining + rest * root)
    root = root + residual / (3.0 * square)
    return math.copysign(root * _power_of_two(j - below), x)
