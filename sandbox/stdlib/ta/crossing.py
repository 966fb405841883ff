"""Crossings of two series."""


def crossover(source1: float, source2: float):
    """Whether source1 came from at or below source2 to above it at this bar; false where any of
    the four values is na. Source: Pine ta.crossover."""
    previous1 = state(na)
    previous2 = state(na)
    result = previous1 <= previous2 and source1 > source2
    previous1 = source1
    previous2 = source2
    return result


def crossunder(source1: float, source2: float):
    """Whether source1 came from at or above source2 to below it at this bar; false where any of
    the four values is na. Source: Pine ta.crossunder."""
    return crossover(source2, source1)


def cross(source1: float, source2: float):
    """Whether either crossed the other at this bar; false where any of the four values is na.
    Source: Pine ta.cross."""
    previous = state(na)
    distance = source1 - source2
    result = previous <= 0.0 < distance or previous >= 0.0 > distance
    previous = distance
    return result
