"""Where inputs stand in the order of a window, by size.

A window that is kept in order costs O(log length) to find a place in, and a move of what lies
between the value that leaves and the one that comes: O(length) at worst, a third of the window
where inputs jump at random, less where they wander.
"""


def percentrank(source: float, length: Length):
    """How many of the `length` inputs before this one are not above it, in percent. Source: Pine
    ta.percentrank."""
    value, below = _ordered(source, length + 1, 1.0)
    return 100.0 * below / length


def percentile_nearest_rank(source: float, length: Length, percentage: float):
    """The smallest of the last `length` inputs that `percentage` (0 to 100) percent of them are
    not above. Source: Pine ta.percentile_nearest_rank."""
    value, below = _ordered(source, length, math.ceil(percentage * length / 100.0))
    return value


def percentile_linear_interpolation(source: float, length: Length, percentage: float):
    """The `percentage` (0 to 100) percentile of the last `length` inputs, on the line between
    the two nearest: as in Pine the k-th smallest is the 100 (k − ½) / length percentile. Source:
    Pine ta.percentile_linear_interpolation; Hyndman and Fan 1996, definition 5."""
    value, below = _ordered(source, length, percentage * length / 100.0 + 0.5)
    return value


def median(source: float, length: Length):
    """The middle one of the last `length` inputs by size, or the mean of the middle two. Source:
    Pine ta.median."""
    value, below = _ordered(source, length, 0.5 * (length + 1))
    return value


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


def _ordered(x: float, length: Length, rank: float):
    """Of the last `length` inputs: the rank-th smallest (1 to length, else the nearest of these;
    between whole ranks on the line from one to the other), and how many others are not above x.

    `order` holds the inputs of `cells` from small to large. The value that leaves makes a gap
    (as do cells not yet filled), which moves to where the new one belongs, behind its equals.
    """
    cells = window(length)
    order = window(length)
    position = state(0)
    count = state(0)
    value = na
    below = na
    if not isna(x):
        last = count
        gap = count
        if count == length:
            last = length - 1
            gap = 0
            end = last
            while gap < end:
                middle = (gap + end) // 2
                if order[middle] < cells[position]:
                    gap = middle + 1
                else:
                    end = middle
        while gap > 0 and order[gap - 1] > x:
            order[gap] = order[gap - 1]
            gap = gap - 1
        while gap < last and order[gap + 1] <= x:
            order[gap] = order[gap + 1]
            gap = gap + 1
        order[gap] = x
        cells[position] = x
        position = position + 1
        count = last + 1
        if position == length:
            position = 0
        if count == length and not isna(rank):
            within = max(1.0, min(rank, length))
            whole = int(within)
            below = gap
            value = order[whole - 1]
            if within > whole:
                value = value + (within - whole) * (order[whole] - value)
    return value, below
