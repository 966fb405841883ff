"""The book: one cash account for the orders of many series, in the order of time and symbol."""


def book(
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
    split: float,
    dividend: float,
):
    """One bar of one series: the account's equity and the value of its positions after it, and
    the bar's fills (see account); owed: interest that the account paid with it.

    What is kept here is of all series, what is kept in functions called from here of one. code
    and what follows: of the bar's own close, for its next bar. split: new units for each old one
    from this bar on; dividend: paid a unit, by those who are short. What fills at a close has a row
    of its own, after the bars of all series of that time, with the bit 512 in its code.

    All bars of one time see the equity that the time before left, less fees paid since: which
    of them comes first says nothing about the market. Where that equity is below fills.maintenance
    of the positions' value, every position is closed at its own next open, and the orders of its
    series are dropped. Borrow is paid for units that are short, interest for cash that is owed, by
    the year of 365 days.
    """
    spent = state(0.0)
    worth = state(0.0)
    exposed = state(0.0)
    holders = state(0)
    equity = state(0.0)
    gross = state(0.0)
    calls = state(0)
    now = state(0)
    at_closes = state(False)
    begun = state(False)
    month = state(0)
    traded = state(0.0)
    owed = 0.0
    closing = code // 512 % 2 == 1
    if time != now or closing != at_closes or not begun:
        if spent > fills.cash and begun:
            owed = _interest(spent, _years(now, time))
            spent = spent + owed
        equity = fills.cash - spent + worth
        gross = exposed
        if not closing and _is_short_of(equity, gross):
            calls = calls + 1
        now = time
        at_closes = closing
        begun = True
        if fills.tier_1_rate >= 0.0:
            this = time._month_index(time)
            traded = traded if this == month else 0.0
            month = this
    rate = fills.rate
    if fills.tier_1_rate >= 0.0:
        rate = _rate_at(traded)
    (
        held, entry, bars, profit, was, paid, income, refused,
        units_1, price_1, fee_1, reason_1,
        units_2, price_2, fee_2, reason_2,
        units_3, price_3, fee_3, reason_3
    ) = account(
        0, 1, 2, 0, 1, 1, time, open, high, low, close, volume,
        code, size, limit, stop, exit_limit, exit_stop, exit_trail,
        equity, gross, rate, split, dividend, calls
    )
    spent = spent + paid
    value = held * close
    worth = worth - was + value
    exposed = max(exposed - abs(was) + abs(value), 0.0)
    holders = holders + (1 if value != 0.0 else 0) - (1 if was != 0.0 else 0)
    if holders == 0:
        worth = 0.0
        exposed = 0.0
    if reason_1 != 0 or reason_2 != 0 or reason_3 != 0:
        moved = abs(units_1) * nz(price_1) + abs(units_2) * nz(price_2) + abs(units_3) * nz(price_3)
        traded = traded + moved
        equity = equity - fee_1 - fee_2 - fee_3
        price = nz(price_1, nz(price_2, price_3))
        gross = max(gross - abs(was) + abs(held) * price, 0.0)
    said = float(reason_1 + 16 * reason_2 + 256 * reason_3 + 4096 * refused)
    said = said if said != 0.0 or income == 0.0 and owed == 0.0 else 65536.0
    return (
        fills.cash - spent + worth, exposed, said, held, fills.cash - spent, income, owed,
        units_1, price_1, fee_1, units_2, price_2, fee_2, units_3, price_3, fee_3
    )
