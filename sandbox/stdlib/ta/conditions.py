"""When conditions held, and what was then."""


def barssince(condition: bool):
    """How many bars ago the condition last held, 0 at this one; na before it ever did. Source:
    Pine ta.barssince."""
    count = state(na)
    count = 0.0 if condition else count + 1.0
    return count


def valuewhen(condition: bool, source: float, occurrence: Choice = 0):
    """The source at the bar where the condition held, the last time (occurrence 0), the time
    before (1), …; na before, or where it was na then. Source: Pine ta.valuewhen."""
    cells = window(occurrence + 1)
    oldest = state(0)
    if condition:
        cells[oldest] = source
        oldest = (oldest + 1) % (occurrence + 1)
    return cells[oldest]


def fixnan(source: float):
    """The source where it last was not na; na before it ever was. Source: Pine fixnan."""
    last = state(na)
    if not isna(source):
        last = source
    return last
