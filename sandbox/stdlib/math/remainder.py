"""The remainder of a division of floats, exactly."""


def _fraction(x: float):
    """m, e: x = m 2^e, m whole and below 2^53, for finite x >= 0."""
    bits = _bits(x)
    e = _shr(bits, 52)
    m = _and(bits, 0xFFFFFFFFFFFFF)
    if e == 0:
        return m, -1074
    return m + 0x10000000000000, e - 1075


def fmod(x: float, y: float):
    """x - n y with n = x / y cut to a whole number: exact, with the sign of x. na where Python
    raises: of an infinity, and by 0. Long division, ten bits at a time."""
    if isna(x) or isna(y) or math.isinf(x) or y == 0.0:
        return na
    if abs(x) < abs(y):
        return x
    m, e = _fraction(abs(x))
    divisor, unit = _fraction(abs(y))
    m = m % divisor
    places = e - unit
    while places > 0 and m > 0:
        step = min(places, 10)
        m = _shl(m, step) % divisor
        places = places - step
    return math.copysign(_scale(float(m), unit), x)
