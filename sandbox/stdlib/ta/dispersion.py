"""How far inputs lie apart, and how two move together, by Pine's names."""


def range_(source: float, length: Length):
    """The largest less the smallest of the last `length` inputs. Source: Pine ta.range."""
    return highest(source, length) - lowest(source, length)


def dev(source: float, length: Length):
    """The mean distance of the last `length` inputs from their mean. Source: Pine ta.dev
    (TA-Lib AVGDEV). O(length) a bar."""
    return avgdev(source, length)


def tr(high: float, low: float, close: float, handle_na: bool = False):
    """True range; at the first bar high − low if handle_na, else na. Source: Wilder 1978; Pine
    ta.tr."""
    previous = state(na)
    result = na
    if not isna(high + low + close):
        result = max(high - low, abs(high - previous), abs(low - previous))
        if isna(previous) and handle_na:
            result = high - low
        previous = close
    return result


def variance(source: float, length: Length, biased: bool = True):
    """The variance of the last `length` inputs: the population's, or if not biased the
    estimate from a sample, na for a length of 1. Source: Pine ta.variance."""
    mean, squares = _moments(source, length)
    return squares / (length if biased else length - 1)


def stdev(source: float, length: Length, biased: bool = True):
    """The square root of ta.variance. Source: Pine ta.stdev."""
    return math.sqrt(variance(source, length, biased))


def zscore(source: float, length: Length = 20):
    """How many standard deviations (the population's) the input is from the mean of the last
    `length`; na where these do not move."""
    mean, squares = _moments(source, length)
    return (source - mean) / math.sqrt(squares / length) if squares > 0.0 else na


def correlation(source1: float, source2: float, length: Length = 20):
    """Pearson's correlation of the last `length` pairs, −1 to 1. Source: Pine ta.correlation: na,
    not TA-Lib's 0, where one of the series does not move."""
    squares1, products, squares2 = _comoments(source1, source2, length)
    result = na
    if squares1 > 0.0 and squares2 > 0.0:
        result = max(-1.0, min(1.0, products / math.sqrt(squares1 * squares2)))
    return result
