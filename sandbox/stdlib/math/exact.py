"""Sums, products and quotients with what rounding took, and powers of two: the ground of the rest.

A number too fine for one float is a pair (hi, lo), hi + lo its value and hi that value rounded.
Nothing here or above it needs more than IEEE's + - * / and sqrt, so every machine gives the
same bits. Sources: Dekker 1971; Knuth, The Art of Computer Programming 2, 4.2.2.
"""


def _two_sum(a: float, b: float):
    """a + b as a pair, exactly. Source: Knuth."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def _fast_two_sum(a: float, b: float):
    """a + b as a pair, exactly, where |a| >= |b| or a is 0. Source: Dekker."""
    total = a + b
    return total, b - (total - a)


def _head(x: float):
    """x cut to its upper 26 bits, so that a product of two heads is exact."""
    return _from_bits(_and(_bits(x), -0x8000000))


def _product(a: float, b: float):
    """a * b as a pair, to 2^-106 of it. Source: Dekker, with a cut instead of his rounding."""
    product = a * b
    a_head = _head(a)
    a_tail = a - a_head
    b_head = _head(b)
    b_tail = b - b_head
    rest = a_head * b_head - product + a_head * b_tail + a_tail * b_head + a_tail * b_tail
    return product, rest


def _wide_product(a_hi: float, a_lo: float, b_hi: float, b_lo: float):
    """The product of two pairs, to about 2^-102 of it."""
    product, rest = _product(a_hi, b_hi)
    hi, lo = _fast_two_sum(product, rest + (a_hi * b_lo + a_lo * b_hi))
    return hi, lo


def _quotient(a_hi: float, a_lo: float, b_hi: float, b_lo: float):
    """The quotient of two pairs, to about 2^-102 of it."""
    quotient = a_hi / b_hi
    product, rest = _product(quotient, b_hi)
    hi, lo = _fast_two_sum(quotient, (a_hi - product - rest + a_lo - quotient * b_lo) / b_hi)
    return hi, lo


def _power_of_two(k: int):
    """2^k, where -1022 <= k <= 1023."""
    return _from_bits(_shl(k + 1023, 52))


def _scale(x: float, k: int):
    """x * 2^k, rounded once where it is below the normal floats; |k| <= 2044."""
    half = _shr(k, 1)
    return x * _power_of_two(half) * _power_of_two(k - half)


def _split_exponent(x: float):
    """k, m: x = 2^k m with m between sqrt(1/2) and sqrt(2), for x > 0 and finite."""
    below = 0
    if x < 2.2250738585072014e-308:
        x = x * 18014398509481984.0
        below = 54
    bits = _bits(x)
    k = _shr(bits - 0x3FE6A09E667F3BCD, 52)
    return float(k - below), _from_bits(bits - _shl(k, 52))


def _infinity():
    """The float above all others, for which the language has no literal."""
    return _from_bits(0x7FF0000000000000)
