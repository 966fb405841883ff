"""What the hyperbolic functions undo. na where Python raises, and for na.

Each is log(1 + u) of a u that goes to 0 with the result, so that nothing cancels; u is a pair.
"""


def _log_of_double(x: float):
    """log(2x) for x >= 1, which asinh and acosh are from 1e9 on but for 1 / (4x²)."""
    if math.isinf(x):
        return x
    k, m = _split_exponent(x)
    return _log_sum(k + 1.0, m - 1.0, 0.0)


def asinh(x: float):
    """The inverse of the hyperbolic sine."""
    a = abs(x)
    if isna(x) or a < 1e-9:
        return x
    if a > 1e9:
        return math.copysign(_log_of_double(a), x)
    square, rest = _product(a, a)
    under, under_low = _two_sum(1.0, square)
    root, root_low = _root_pair(under, under_low + rest)
    below, below_low = _two_sum(1.0, root)
    ratio, ratio_low = _quotient(square, rest, below, below_low + root_low)
    hi, lo = _two_sum(a, ratio)
    return math.copysign(_log1p_pair(hi, lo + ratio_low), x)


def acosh(x: float):
    """The inverse of the hyperbolic cosine, for x >= 1."""
    if not x >= 1.0:
        return na
    if x == 1.0:
        return 0.0
    if x > 1e9:
        return _log_of_double(x)
    less, less_low = _two_sum(x, -1.0)
    more, more_low = _two_sum(x, 1.0)
    under, under_low = _wide_product(less, less_low, more, more_low)
    root, root_low = _root_pair(under, under_low)
    hi, lo = _two_sum(root, less)
    return _log1p_pair(hi, lo + (less_low + root_low))


def atanh(x: float):
    """The inverse of the hyperbolic tangent, for x between -1 and 1."""
    a = abs(x)
    if not a < 1.0:
        return na
    if a < 1e-9:
        return x
    below, below_low = _fast_two_sum(1.0, -a)
    hi, lo = _quotient(2.0 * a, 0.0, below, below_low)
    return math.copysign(0.5 * _log1p_pair(hi, lo), x)
