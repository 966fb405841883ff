"""What a strategy reads as `position`: an account of its own in each series."""


def units(counted: Choice, code: int, size: float):
    """Size and bars held, where orders are of units, and all of them fill: most strategies are of
    this kind."""
    held = state(0.0)
    bars = state(0)
    if counted == 1:
        more = bars + 1
        bars = more if held != 0.0 else bars
    if code != 0:
        after = _after(code, size, held)
        bars = 0 if held * after <= 0.0 else bars
        held = after
    return held, bars


def limited(
    counted: Choice,
    time: int,
    open: float,
    high: float,
    low: float,
    close: float,
    volume: float,
    code: int,
    size: float,
):
    """The same, where orders may be refused."""
    held, entry, bars, profit = position(
        1, 0, 0, counted, 0, time, open, high, low, close, volume, code, size, na, na, na, na, na
    )
    return held, bars


def position(
    plain: Choice,
    priced: Choice,
    protected: Choice,
    counted: Choice,
    packed: Choice,
    time: int,
    open: float,
    high: float,
    low: float,
    close: float,
    volume: float,
    code: int,
    size: float,
    limit: float,
    stop: float,
    exit_limit: float,
    exit_stop: float,
    exit_trail: float,
):
    """Size, entry price, bars held and open profit, as account gives them. The account has
    fills.cash to begin with, and no other position. Under fills.at_close what fills at a close is
    taken in with the next bar, and so are the fee's tier, borrow, interest and margin of it."""
    spent = state(0.0)
    worth = state(0.0)
    now = state(0)
    calls = state(0)
    month = state(0)
    traded = state(0.0)
    if spent > fills.cash:
        spent = spent + _interest(spent, _years(now, time))
    equity = fills.cash - spent + worth
    if _is_short_of(equity, abs(worth)):
        calls = calls + 1
    now = time
    rate = fills.rate
    if fills.tier_1_rate >= 0.0:
        this = time._month_index(time)
        traded = traded if this == month else 0.0
        month = this
        rate = _rate_at(traded)
    (
        held, entry, bars, profit, was, paid, income, refused,
        units_1, price_1, fee_1, reason_1,
        units_2, price_2, fee_2, reason_2,
        units_3, price_3, fee_3, reason_3
    ) = account(
        plain, priced, protected, counted, packed, 0, time, open, high, low, close, volume,
        code, size, limit, stop, exit_limit, exit_stop, exit_trail,
        equity, abs(worth), rate, 1.0, 0.0, calls
    )
    spent = spent + paid
    worth = held * close if held != 0.0 else 0.0
    if fills.tier_1_rate >= 0.0:
        traded = traded + abs(units_1) * nz(price_1) + abs(units_2) * nz(price_2)
        traded = traded + abs(units_3) * nz(price_3)
    return held, entry, bars, profit
