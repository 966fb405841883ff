"""What an account costs by the time, and what it may hold."""


def _years(since: int, until: int):
    """Of 365 days."""
    return (until - since) / 31536000000000.0


def _interest(spent: float, years: float):
    """For the cash that is owed: what was spent beyond what there was."""
    return max(spent - fills.cash, 0.0) * fills.interest * years


def _borrow(value: float, years: float):
    """For units that are short, negative as their value is."""
    return value * fills.borrow * years if value < 0.0 else 0.0


def _rate_at(traded: float):
    """The commission, of the value, once so much was traded in the month."""
    rate = fills.rate
    if fills.tier_1_rate >= 0.0:
        rate = fills.tier_1_rate if traded >= fills.tier_1_from else rate
        rate = fills.tier_2_rate if fills.tier_2_rate >= 0.0 and traded >= fills.tier_2_from else rate
    return rate


def _is_short_of(equity: float, gross: float):
    """Whether the equity is less than positions of this value require."""
    return gross > 0.0 and equity < fills.maintenance * gross
