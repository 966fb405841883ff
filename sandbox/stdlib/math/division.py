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
    """round(x, places): the decimal nearest to x, of two as near the even one, and of that the
    nearest float, as Python's, for −22 to 22 places: those powers of ten are floats. Beyond, x
    itself, or 0 where it is below half of 10^23. Source of the products: math/exact.py."""
    scale = 1.0
    count = min(abs(places), 22)
    for i in range(22):
        if i < count:
            scale = scale * 10.0
    if places > 22:
        return x
    if places < -22:
        return math.copysign(0.0, x) if abs(x) < 5e22 else x
    large = x * scale if places >= 0 else x / scale
    if abs(large) >= 9007199254740992.0 or isna(large):
        return x
    if places >= 0:
        product, rest = _product(x, scale)
        return _nearest(large, rest) / scale
    product, rest = _product(large, scale)
    return _nearest(large, x - product - rest) * scale


def _nearest(x: float, rest: float):
    """The whole number nearest to what x was before it was rounded, half to even. rest: a number
    of the sign of what rounding took."""
    whole = round(x)
    if x - whole == 0.5 and rest > 0.0:
        return whole + 1.0
    if whole - x == 0.5 and rest < 0.0:
        return whole - 1.0
    return whole
