"""The exponential function and what is made of it. Over its range each gives an infinity, below
it 0; na gives na."""


def _exp_parts(x: float, low: float):
    """k, hi, lo: exp(x + low) = 2^k (1 + hi + lo), |hi| < 0.42, for |x| < 1100.

    x + low = k ln 2 + r with |r| <= ln(2)/2; Cody and Waite 1980. k times the first part of
    ln 2, of 42 bits, is exact. In exp(r) = 1 + r + r²/2 + r³q(r) only the last term is rounded.
    """
    k = math.floor(x * 1.4426950408889634 + 0.5)
    r, rest = _two_sum(x - k * 0.6931471805598903, low - k * 5.497923018708371e-14)
    z = r * r
    even = 0.16666666666666669 + z * (
        0.008333333333330065
        + z * (0.0001984126986304067 + z * (2.7557268480116333e-06 + z * 2.5100375924709717e-08))
    )
    odd = 0.041666666666666664 + z * (
        0.0013888888888886554
        + z * (2.4801587317135252e-05 + z * (2.7557282983917557e-07 + z * 2.0911229795563617e-09))
    )
    top = _head(r)
    hi, lo = _fast_two_sum(r, 0.5 * top * top)
    lo = lo + (0.5 * (r - top) * (r + top) + (rest + r * rest + z * r * (even + r * odd)))
    return k, hi, lo


def _exp_times(x: float, low: float, j: int):
    """2^j exp(x + low), for |x| < 1100."""
    k, hi, lo = _exp_parts(x, low)
    big, small = _fast_two_sum(1.0, hi)
    return _scale(big + (small + lo), int(k) + j)


def _expm1_pair(x: float):
    """exp(x) - 1 as a pair, to about 2^-58 of it, for |x| <= 100."""
    k, hi, lo = _exp_parts(x, 0.0)
    power = _power_of_two(int(k))
    first, second = _two_sum(power, -1.0)
    third, fourth = _two_sum(first, hi * power)
    hi, lo = _fast_two_sum(third, fourth + (second + lo * power))
    return hi, lo


def exp(x: float):
    """e to the power x."""
    if isna(x):
        return na
    if x > 709.79:
        return _infinity()
    if x < -745.2:
        return 0.0
    return _exp_times(x, 0.0, 0)


def exp2(x: float):
    """2 to the power x; exact where x is whole."""
    if isna(x):
        return na
    if x >= 1024.0:
        return _infinity()
    if x < -1075.0:
        return 0.0
    k = math.floor(x + 0.5)
    hi, lo = _wide_product(x - k, 0.0, 0.6931471805599453, 2.3190468138462996e-17)
    return _exp_times(hi, lo, int(k))


def expm1(x: float):
    """exp(x) - 1, without loss where x is small."""
    if isna(x):
        return na
    if abs(x) < 1e-17:
        return x
    if x > 100.0:
        return exp(x)
    if x < -100.0:
        return -1.0
    hi, lo = _expm1_pair(x)
    return hi + lo


def sinh(x: float):
    """The hyperbolic sine."""
    if isna(x):
        return na
    a = abs(x)
    if a < 1e-9:
        return x
    if a > 710.48:
        return math.copysign(_infinity(), x)
    if a > 22.0:
        return math.copysign(_exp_times(a, 0.0, -1), x)
    hi, lo = _expm1_pair(a)
    big, small = _two_sum(hi, 1.0)
    ratio, rest = _quotient(hi, lo, big, small + lo)
    total, error = _two_sum(hi, ratio)
    return math.copysign(0.5 * (total + (error + (lo + rest))), x)


def cosh(x: float):
    """The hyperbolic cosine."""
    if isna(x):
        return na
    a = abs(x)
    if a > 710.48:
        return _infinity()
    if a > 22.0:
        return _exp_times(a, 0.0, -1)
    hi, lo = _expm1_pair(a)
    big, small = _two_sum(hi, 1.0)
    ratio, rest = _quotient(1.0, 0.0, big, small + lo)
    total, error = _two_sum(big, ratio)
    return 0.5 * (total + (error + (small + lo + rest)))


def tanh(x: float):
    """The hyperbolic tangent."""
    if isna(x):
        return na
    a = abs(x)
    if a < 1e-9:
        return x
    if a > 22.0:
        return math.copysign(1.0, x)
    hi, lo = _expm1_pair(2.0 * a)
    big, small = _two_sum(hi, 2.0)
    ratio, rest = _quotient(hi, lo, big, small + lo)
    return math.copysign(ratio + rest, x)
