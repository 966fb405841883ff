"""Logarithms. At 0 (log1p: -1) and below they are na, as Python raises there; na gives na."""


def _log_parts(f: float):
    """log(1 + f) as a pair (hi not rounded), to about 2^-58, for 1 + f from sqrt(1/2) to sqrt(2).

    With s = f / (2 + f): log(1 + f) = 2 atanh(s) = f - f²/2 + s (f²/2 + s²p(s²)), of which only
    the last term is rounded.
    """
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    even = 0.6666666666666666 + w * (
        0.28571428570803603 + w * (0.18181795639956538 + w * 0.13268772881749288)
    )
    odd = 0.4000000000000088 + w * (
        0.22222222391715568 + w * (0.153862397124076 + w * 0.13086628834555827)
    )
    top = _head(f)
    half = 0.5 * top * top
    rest = 0.5 * (f - top) * (f + top)
    hi, lo = _fast_two_sum(f, -half)
    return hi, lo - (rest - s * (half + rest + z * (even + z * odd)))


def _log_outside(x: float):
    """What a logarithm is where it is not a finite number: at 0 and below, at infinity, at na."""
    if x > 0.0:
        return x
    return na


def _is_positive(x: float):
    """Whether x is a finite number above 0."""
    return x > 0.0 and math.isfinite(x)


def _log_sum(k: float, f: float, low: float):
    """log(2^k (1 + f)) + low, for 1 + f from sqrt(1/2) to sqrt(2) and a low far below it."""
    hi, lo = _log_parts(f)
    big, small = _two_sum(k * 0.6931471805598903, hi)
    return big + (small + (lo + (low + k * 5.497923018708371e-14)))


def _log1p_pair(x: float, low: float):
    """log(1 + x + low) for a pair, 1 + x finite and above 0."""
    total, rest = _two_sum(1.0, x)
    k, m = _split_exponent(total)
    if k == 0.0:
        return _log_sum(k, x, low / total)
    return _log_sum(k, m - 1.0, (rest + low) / total)


def _log(x: float):
    """math.log(x): the natural logarithm."""
    if not _is_positive(x):
        return _log_outside(x)
    k, m = _split_exponent(x)
    return _log_sum(k, m - 1.0, 0.0)


def _log_to_base(x: float, base: float):
    """math.log(x, base): log(x) / log(base), of pairs, so exact at whole powers of the base."""
    if not (x > 0.0 and base > 0.0) or base == 1.0:
        return na
    if x == 1.0 or math.isinf(x) or math.isinf(base):
        return (x - 1.0) / (base - 1.0)
    hi, lo = _wide_log(x)
    below, under = _wide_log(base)
    quotient, rest = _quotient(hi, lo, below, under)
    return quotient


def log1p(x: float):
    """log(1 + x), without loss where x is small."""
    if not _is_positive(1.0 + x):
        return _log_outside(1.0 + x)
    if abs(x) < 1e-17:
        return x
    return _log1p_pair(x, 0.0)


def log2(x: float):
    """The logarithm to base 2; exact at powers of 2."""
    if not _is_positive(x):
        return _log_outside(x)
    k, m = _split_exponent(x)
    hi, lo = _log_parts(m - 1.0)
    hi, lo = _fast_two_sum(hi, lo)
    hi, lo = _wide_product(hi, lo, 1.4426950408889634, 2.0355273740931033e-17)
    big, small = _two_sum(k, hi)
    return big + (small + lo)


def log10(x: float):
    """The logarithm to base 10; exact at powers of 10."""
    if not _is_positive(x):
        return _log_outside(x)
    k, m = _split_exponent(x)
    hi, lo = _log_parts(m - 1.0)
    hi, lo = _fast_two_sum(hi, lo)
    hi, lo = _wide_product(hi, lo, 0.4342944819032518, 1.098319650216765e-17)
    big, small = _two_sum(k * 0.30102999566395283, hi)
    return big + (small + (lo + k * 2.8363394551044964e-14))
