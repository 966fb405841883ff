"""The account of a series: what becomes of the orders of the bar before. It is the same one live,
in a backtest and in a screen, inside of a strategy and in the book."""


def account(
    priced: Choice,
    protected: Choice,
    valued: Choice,
    counted: Choice,
    full: Choice,
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
    equity: float,
    gross: float,
    rate: float,
    split: float,
    dividend: float,
    closes: bool,
):
    """The position after this bar's fills: size (units, negative when short), entry price
    (average; na when flat), bars held, open profit (at the close, in the price's currency). Then
    its value before the bar, what was paid for units, fees and borrow, less dividends, these
    two alone, how many orders were refused, and three fills as units, price, fee and reason
    (sandbox/fills.py; 0: none): of the order without a price, of the order that waited, of the
    protective prices.

    priced, protected: 1 where orders may have limit or stop, or protective prices; valued:
    where prices matter, counted: where bars held do; full: where orders may be of cash or
    percent, for the close or of a limited life, or money counts.
    code: of the bar before, packed as sandbox/columns.py says. Without a price an order fills at
    this open, or, as fills.at_close says, at its own bar's close. A limit fills at its price or a
    better open, a stop at its price or a worse open; one with both becomes a limit once the
    stop is touched. What has no size, or none that can be, comes as a cancel
    (compiler/check/orders.py). equity, gross: of the whole account, and the value of all its
    positions, at the closes before. rate: commission, of the value traded. split: units that
    each old one became with this bar, 1.0 for none; dividend: for a unit held over the bar's
    open. closes: whether the position must be closed, and its orders be dropped.
    """
    held = state(0.0)
    entry = state(na)
    bars = state(0)
    attended = state(False)
    last = state(na)
    last_high = state(na)
    last_low = state(na)
    last_time = state(0)
    was = 0.0
    income = 0.0
    if full == 1:
        was = held * last if held != 0.0 else 0.0
        if held < 0.0:
            income = was * fills.borrow * ((time - last_time) / 31536000000000.0)
    if counted == 1:
        more = bars + 1
        bars = more if held != 0.0 else bars
    paid = 0.0
    refused = 0
    units_1 = 0.0
    price_1 = na
    fee_1 = 0.0
    reason_1 = 0
    units_2 = 0.0
    price_2 = na
    fee_2 = 0.0
    reason_2 = 0
    units_3 = 0.0
    price_3 = na
    fee_3 = 0.0
    reason_3 = 0
    # where nothing has a price only the units count, and most strategies are of that kind
    if priced + protected + valued + full == 0:
        if code != 0:
            after, turned, average, price_1, fee_1, refused = _filled(
                valued, full, code, 0, size, held, na, na, True, na, na, na, 0.0, 0.0, 0.0
            )
            held = after
            bars = 0 if turned else bars
    else:
        busy = code != 0
        if priced == 1 or protected == 1:
            busy = busy or attended
        if full == 1:
            busy = busy or closes or split != 1.0 or dividend != 0.0
        if busy:
            before = na
            before_high = na
            before_low = na
            if valued == 1:
                before = last
                before_high = last_high
                before_low = last_low
            if full == 1:
                income = income + held * split * dividend
            (
                held, entry, turned, attended, paid, refused,
                units_1, price_1, fee_1, reason_1,
                units_2, price_2, fee_2, reason_2,
                units_3, price_3, fee_3, reason_3
            ) = _traded(
                priced, protected, valued, full, held, entry, before, before_high, before_low,
                time, open, high, low, close, volume,
                code, size, limit, stop, exit_limit, exit_stop, exit_trail,
                equity - was + income, gross - abs(was), rate, split, closes
            )
            bars = 0 if turned else bars
    profit = 0.0
    if valued == 1:
        last = close
        last_high = high
        last_low = low
        moved = held * (close - entry)
        profit = 0.0 if isna(moved) else moved
    if full == 1:
        last_time = time
    return (
        held, entry, bars, profit, was, paid - income, income, refused,
        units_1, price_1, fee_1, reason_1,
        units_2, price_2, fee_2, reason_2,
        units_3, price_3, fee_3, reason_3
    )
