"""Where a bar stands among the others."""


def session_open(time: int):
    """Whether the bar is the first of its day, UTC."""
    day = state(-9223372036854775807)
    today = time // 86400000000
    result = today != day
    day = today
    return result


def index():
    """How many bars of the series came before."""
    count = state(-1)
    count = count + 1
    return count
