"""Comparisons of floats: with zero, and with what rounding has reached."""


def sign(x: float):
    """−1.0, 0.0 or 1.0, as x is below, at or above 0; na stays na."""
    if x > 0.0:
        return 1.0
    if x < 0.0:
        return -1.0
    return na if isna(x) else 0.0


def isclose(a: float, b: float, rel_tol: float = 1e-9, abs_tol: float = 0.0):
    """Whether a and b differ by at most rel_tol of the larger or by abs_tol. As Python's: an
    infinity is close to itself alone, na to nothing."""
    if a == b:
        return True
    if math.isinf(a) or math.isinf(b):
        return False
    return abs(a - b) <= max(rel_tol * max(abs(a), abs(b)), abs_tol)
