"""Where rolling extremes are, counted in bars from the series' first."""


def maxindex(x: float, timeperiod: Length = 30):
    """The bar of the largest of the last `timeperiod` inputs; 0 until there are so many.
    Source: TA-Lib MAXINDEX.

    Of equal inputs it is, as in TA-Lib, the newest when it comes, and the oldest in the window
    when the one before has left the window. Amortised O(1), made as `highest` is: from
    `position` on, a cell of `tops` is the largest input of the block before from that cell
    on, and `places` the cell that it came in, the oldest of equals.
    """
    tops = window(timeperiod)
    places = window(timeperiod)
    bars = window(timeperiod)
    bar = state(0)
    position = state(0)
    full = state(False)
    best = state(0.0)
    best_place = state(0)
    top = state(0.0)
    top_bar = state(0)
    inputs_left = state(0)
    result = 0
    if not isna(x):
        if position == 0 or x > best:
            best = x
            best_place = position
        tops[position] = x
        places[position] = position
        bars[position] = bar
        oldest = position + 1
        if oldest == timeperiod:
            full = True
        if full:
            inputs_left = inputs_left - 1
            if inputs_left <= 0:
                place = best_place
                top = best
                if oldest < timeperiod:
                    if tops[oldest] >= best:
                        place = int(places[oldest])
                        top = tops[oldest]
                top_bar = int(bars[place])
                age = position - place
                inputs_left = timeperiod - (age if age >= 0 else age + timeperiod)
            elif x >= top:
                top = x
                top_bar = bar
                inputs_left = timeperiod
            result = top_bar
        position = oldest
        if position == timeperiod:
            position = 0
            for i in range(timeperiod - 1):
                cell = timeperiod - 2 - i
                if tops[cell + 1] > tops[cell]:
                    tops[cell] = tops[cell + 1]
                    places[cell] = places[cell + 1]
    bar = bar + 1
    return result


def minindex(x: float, timeperiod: Length = 30):
    """The bar of the smallest of the last `timeperiod` inputs. Source: TA-Lib MININDEX. Made as
    `maxindex` is."""
    return maxindex(-x, timeperiod)


def minmaxindex(x: float, timeperiod: Length = 30):
    """The bars of the smallest and of the largest of the last `timeperiod` inputs. Source: TA-Lib
    MINMAXINDEX."""
    return minindex(x, timeperiod), maxindex(x, timeperiod)
