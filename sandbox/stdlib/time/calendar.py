"""The parts of a point in time, as UTC's calendar names them.

time: whole microseconds since 1970-01-01 00:00 UTC, of any sign. Nothing here has state.
"""


def minute(time: int):
    """The minute of the hour, 0 to 59."""
    return time // 60000000 % 60


def hour(time: int):
    """The hour of the day, 0 to 23."""
    return time // 3600000000 % 24


def weekday(time: int):
    """Monday 0 to Sunday 6, as in Python. 1970-01-01 was a Thursday."""
    return (time // 86400000000 + 3) % 7


def day(time: int):
    """The day of the month, 1 to 31."""
    march_year, march_month, in_month = _civil(time)
    return in_month + 1


def month(time: int):
    """The month, January 1 to December 12."""
    return _month_index(time) % 12 + 1


def year(time: int):
    """The year of the Gregorian calendar, which is reckoned back before 1582 too."""
    return 1970 + _month_index(time) // 12


def _week_index(time: int):
    """Whole weeks since that of Monday 1970-01-05, which is week 0."""
    return (time // 86400000000 - 4) // 7


def _month_index(time: int):
    """Whole months since January 1970, which is month 0."""
    march_year, march_month, in_month = _civil(time)
    return (march_year - 1970) * 12 + march_month + 2


def _floor_index(time: int, size: int):
    """Which stretch of `size` microseconds the time lies in; 0 begins with 1970."""
    return time // size


def _civil(time: int):
    """Year and month of a calendar whose year begins with March (month 0), and the days since
    that month began, from 0.

    The leap day is then the year's last, and months have 31 and 30 days by turns, 153 in five
    of them. Years repeat every 400, which have 146,097 days; 0000-03-01 is 719,468 days before
    1970. Source: Hinnant, "chrono-Compatible Low-Level Date Algorithms", 2021.
    """
    days = time // 86400000000 + 719468
    in_cycle = days % 146097
    in_cycle_year = (in_cycle - in_cycle // 1460 + in_cycle // 36524 - in_cycle // 146096) // 365
    in_year = in_cycle - (365 * in_cycle_year + in_cycle_year // 4 - in_cycle_year // 100)
    march_month = (5 * in_year + 2) // 153
    in_month = in_year - (153 * march_month + 2) // 5
    return days // 146097 * 400 + in_cycle_year, march_month, in_month
