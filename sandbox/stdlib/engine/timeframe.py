"""Bars of a higher timeframe, out of the bars of a series."""


def timeframe(
    kind: Choice,
    size: int,
    time: int,
    open: float,
    high: float,
    low: float,
    close: float,
    volume: float,
):
    """Whether a bar of the timeframe has completed with this bar, and the last completed one:
    time (microseconds, UTC, of its first bar), open, high, low, close, volume; na, and 0,
    before the first.

    kind 0: `size` is in microseconds; 1: in weeks, which begin on Mondays; 2: in months. A bar
    is complete at the first bar at or past its end, so nothing here looks ahead. A completed
    bar that the series began in the middle of counts too.
    """
    seen = state(False)
    bucket = state(0)
    part_time = state(0)
    part_open = state(na)
    part_high = state(na)
    part_low = state(na)
    part_close = state(na)
    part_volume = state(na)
    last_time = state(0)
    last_open = state(na)
    last_high = state(na)
    last_low = state(na)
    last_close = state(na)
    last_volume = state(na)
    now = 0
    if kind == 0:
        now = time._floor_index(time, size)
    elif kind == 1:
        now = time._week_index(time) // size
    else:
        now = time._month_index(time) // size
    ticked = seen and now != bucket
    if ticked:
        last_time = part_time
        last_open = part_open
        last_high = part_high
        last_low = part_low
        last_close = part_close
        last_volume = part_volume
    if ticked or not seen:
        seen = True
        bucket = now
        part_time = time
        part_open = open
        part_high = high
        part_low = low
        part_volume = 0.0
    part_high = max(part_high, high)
    part_low = min(part_low, low)
    part_close = close
    part_volume = part_volume + volume
    return ticked, last_time, last_open, last_high, last_low, last_close, last_volume
