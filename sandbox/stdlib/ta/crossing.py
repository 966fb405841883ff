"""Crossings of two series."""


def crossover(a: float, b: float):
    """Whether a came from at or below b to above it at this bar; false where any of the four
    values is na. Source: Pine ta.crossover."""
    previous_a = state(na)
    previous_b = state(na)
    result = previous_a <= previous_b and a > b
    previous_a = a
    previous_b = b
    return result


def crossunder(a: float, b: float):
    """Whether a came from at or above b to below it at this bar; false where any of the four
    values is na. Source: Pine ta.crossunder."""
    previous_a = state(na)
    previous_b = state(na)
    result = previous_a >= previous_b and a < b
    previous_a = a
    previous_b = b
    return result
