"""Division and rounding as Python's operators have them."""


def _modulo(x: float, y: float):
    """x % y: the rest of a division rounded down, with the sign of y; exact. na for a zero y."""
    rest = fmod(x, y)
    if rest == 0.0:
        return math.copysign(0.0, y)
    if (rest < 0.0) != (y < 0.0):
        return rest + y
    return rest


def _floor_divide(x: float, y: float):
    """x // y: the quotient rounded down, as a float. na for a zero y. Past 2^53, where quotients
    have gaps, it is Python's: rounded before it is lowered by one."""
    rest = fmod(x, y)
    quotient = (x - rest) / y
    if rest != 0.0 and (rest < 0.0) != (y < 0.0):
        quotient = quotient - 1.0
    nearest = math.floor(quotient)
    if quotient - nearest > 0.5:
        nearest = nearest + 1.0
    return math.copysign(0.0, x / y) if nearest == 0.0 else nearest


def _round_to(x: float, places: int):
    """round(x, places): half to even in the product with a power of ten, and so within 1 ulp of
    the decimal that it stands for. Beyond 22 places, or where the product overflows, x itself."""
    scale = 1.0
    count = min(abs(places), 23)
    for i in range(22):
        if i < count:
            scale = scale * 10.0
    if places > 22:
        return x
    if places < -22:
        return math.copysign(0.0, x)
    if places >= 0:
        large = x * scale
        if abs(large) >= 4503599627370496.0 or isna(large):
            return x
        return _nearest(large) / scale
    return _nearest(x / scale) * scale


def _nearest(x: float):
    """The nearest whole number, half to even."""
    return round(x)
