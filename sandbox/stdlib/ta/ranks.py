"""Where inputs stand in the order of a window, by size.

A window that is kept in order costs O(log length) to find a place in and a move of what lies
between the value that leaves and the one that comes: few cells where inputs wander, a third of
the window where they jump at random. Nothing with O(1) is known.
"""


def percentrank(source: float, length: Length):
    """How many of the `length` inputs before this one are not above it, in percent. Source: Pine
    ta.percentrank. O(length) a bar: a look at every cell, cheaper than keeping them in order."""
    cells = window(length)
    position = state(0)
    full = state(False)
    result = na
    if not isna(source):
        if full:
            below = 0
            for i in range(length):
                if cells[i] <= source:
                    below = below + 1
            result = 100.0 * below / length
        cells[position] = source
        position = position + 1
        if position == length:
            position = 0
            full = True
    return result


def percentile_nearest_rank(source: float, length: Length, percentage: float):
    """The smallest of the last `length` inputs that `percentage` (0 to 100) percent of them are
    not above. Source: Pine ta.percentile_nearest_rank."""
    return _at_rank(source, length, -math.floor(-percentage * length / 100.0))


def percentile_linear_interpolation(source: float, length: Length, percentage: float):
    """The `percentage` (0 to 100) percentile of the last `length` inputs, on the line between
    the two nearest: as in Pine the k-th smallest is the 100 (k − ½) / length percentile. Source:
    Pine ta.percentile_linear_interpolation; Hyndman and Fan 1996, definition 5."""
    return _at_rank(source, length, percentage * length / 100.0 + 0.5)


def median(source: float, length: Length):
    """The middle one of the last `length` inputs by size, or the mean of the middle two. Source:
    Pine ta.median."""
    return _at_rank(source, length, 0.5 * (length + 1))


def mode(source: float, length: Length):
    """The most frequent of the last `length` inputs, the smallest of equally frequent ones.
    Source: Pine ta.mode. O(length) a bar."""
    cells = window(length)
    counts = window(length)
    position = state(0)
    full = state(False)
    result = na
    if not isna(source):
        old = cells[position]
        count = 1
        for i in range(length):
            if cells[i] == old:
                counts[i] = counts[i] - 1.0
            if cells[i] == source and i != position:
                counts[i] = counts[i] + 1.0
                count = count + 1
        cells[position] = source
        counts[position] = count
        position = position + 1
        if position == length:
            position = 0
            full = True
        if full:
            most = 0.0
            for j in range(length):
                if counts[j] > most or (counts[j] == most and cells[j] < result):
                    most = counts[j]
                    result = cells[j]
    return result


def _at_rank(x: float, length: Length, rank: float):
    """The rank-th smallest of the last `length` inputs, 1 to length, else the nearest of these;
    between whole ranks on the line from one to the other.

    `order` holds the inputs of `cells` from small to large. The value that leaves makes a gap
    (as do cells not yet filled), which moves to where the new one belongs.
    """
    cells = window(length)
    order = window(length)
    position = state(0)
    count = state(0)
    result = na
    within = max(1.0, min(rank, length))
    whole = _whole(within)
    if not isna(x):
        last = count
        gap = count
        if count == length:
            last = length - 1
            gap = 0
            for i in range(length):
                if order[i] < cells[position]:
                    gap = gap + 1
        for j in range(length):
            if gap > 0 and order[max(gap, 1) - 1] > x:
                order[gap] = order[gap - 1]
                gap = gap - 1
        for k in range(length):
            if gap < last and order[min(gap + 1, length - 1)] < x:
                order[gap] = order[gap + 1]
                gap = gap + 1
        order[gap] = x
        cells[position] = x
        position = position + 1
        count = last + 1
        if position == length:
            position = 0
        if count == length:
            result = order[whole - 1]
            if within > whole:
                result = result + (within - whole) * (order[whole] - result)
    return result


def _whole(x: float):
    """The whole number at or below x, of 0 ≤ x < 8192."""
    whole = 0
    step = 4096
    for i in range(13):
        if whole + step <= x:
            whole = whole + step
        step = step // 2
    return whole
