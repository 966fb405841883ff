"""The virtual account of a series: what became of the orders of the bar before."""


def account(
    priced: Choice,
    protected: Choice,
    open: float,
    high: float,
    low: float,
    close: float,
    code: int,
    size: float,
    limit: float,
    stop: float,
    exit_limit: float,
    exit_stop: float,
    exit_trail: float,
):
    """The position after this bar's fills: size (units, negative when short), entry price
    (average; na when flat), bars held, open profit (at the close, in the price's currency).

    priced, protected: 1 where the strategy ever gives limit or stop, or protective prices.
    code: of the bar before, 1 enter long, 2 enter short, 3 exit, 4 order (size is signed),
    5 cancel. Without a price an order fills at this open. A limit fills at its price or a
    better open, a stop at its price or a worse open; one with both becomes a limit once the
    stop is touched. It works until filled, replaced or cancelled; one without a size, or of
    none, only cancels. Entering closes a position of the other side first, and adds nothing
    to one of the same side. Protective prices work while there is a position, from its
    entry's bar on; when both could have filled within a bar, the stop did, which is the
    worse. A trailing stop follows the best price by the bars before, beginning with the entry
    or, where the position was there first, with the close at which it was ordered.
    """
    held = state(0.0)
    entry = state(na)
    bars = state(0)
    waiting = state(0)
    wanted = state(0.0)
    limit_at = state(na)
    stop_at = state(na)
    profit_at = state(na)
    loss_at = state(na)
    trail_by = state(na)
    best = state(na)
    last = state(na)
    if held != 0.0:
        bars = bars + 1
    protects = False
    if protected == 1:
        protects = not (isna(exit_limit) and isna(exit_stop) and isna(exit_trail))
        if protects:
            if exit_trail != trail_by or isna(trail_by):
                best = last if held != 0.0 else na
            profit_at = exit_limit
            loss_at = exit_stop
            trail_by = exit_trail
    if code != 0:
        if code == 3:
            if not protects:
                quantity = abs(held)
                if not isna(size):
                    quantity = min(abs(size), quantity)
                held = held - quantity if held > 0.0 else held + quantity
        elif code == 5:
            waiting = 0
        else:
            waiting = 0 if isna(size) or size == 0.0 else code
            wanted = size
            limit_at = limit
            stop_at = stop
    if waiting != 0:
        price = open
        if priced == 1:
            buys = waiting == 1 or waiting == 4 and wanted > 0.0
            price, stop_at = _working_fill(buys, open, high, low, limit_at, stop_at)
        if not isna(price):
            before = held
            held = _after_order(held, waiting, wanted)
            if held != before:
                entry = _entry_price(before, entry, held, price)
                if before * held <= 0.0:
                    bars = 0
                    best = na
            waiting = 0
    if protected == 1:
        if held != 0.0:
            loss = loss_at
            if not isna(trail_by):
                if isna(best):
                    best = entry
                trailing = best - trail_by if held > 0.0 else best + trail_by
                loss = trailing if isna(loss) else loss
                loss = max(loss, trailing) if held > 0.0 else min(loss, trailing)
            if _leaves(held > 0.0, high, low, loss, profit_at):
                held = 0.0
            else:
                best = max(best, high) if held > 0.0 else min(best, low)
        if held == 0.0 and waiting == 0:
            profit_at = na
            loss_at = na
            trail_by = na
        last = close
    profit = 0.0
    if held == 0.0:
        entry = na
        bars = 0
        best = na
    else:
        profit = held * (close - entry)
    return held, entry, bars, profit


def _working_fill(
    buys: bool, open: float, high: float, low: float, limit: float, stop: float
):
    """The price at which an order fills in this bar, na if it does not, and its stop, which is
    na once it was touched."""
    price = na
    start = open
    triggered = isna(stop)
    if not triggered:
        if buys and high >= stop:
            triggered = True
            start = max(open, stop)
        if not buys and low <= stop:
            triggered = True
            start = min(open, stop)
    if triggered:
        if isna(limit):
            price = start
        elif buys and low <= limit:
            price = min(start, limit)
        elif not buys and high >= limit:
            price = max(start, limit)
    return price, na if triggered else stop


def _after_order(held: float, code: int, size: float):
    """The position after an order was filled whole."""
    result = held
    if code == 1 and held <= 0.0:
        result = abs(size)
    elif code == 2 and held >= 0.0:
        result = -abs(size)
    elif code == 4:
        result = held + size
    return result


def _entry_price(before: float, entry: float, after: float, price: float):
    """The average price: weighed when units were added, kept when some were closed."""
    result = price
    if before * after > 0.0:
        result = entry
        if abs(after) > abs(before):
            result = (entry * before + price * (after - before)) / after
    return result


def _leaves(is_long: bool, high: float, low: float, loss: float, profit: float):
    """Whether a protective price was touched."""
    return (low <= loss or high >= profit) if is_long else (high >= loss or low <= profit)
