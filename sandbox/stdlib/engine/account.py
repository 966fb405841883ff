"""The virtual account of a series: what became of the orders of the bar before."""


def account(
    priced: Choice,
    protected: Choice,
    valued: Choice,
    counted: Choice,
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

    priced, protected: 1 where the strategy ever gives limit or stop, or protective prices;
    valued, counted: 1 where it reads the entry price or profit, or the bars held.
    code: of the bar before, 1 enter long, 2 enter short, 3 exit, 4 order (size is signed),
    5 cancel. Without a price an order fills at this open. A limit fills at its price or a
    better open, a stop at its price or a worse open; one with both becomes a limit once the
    stop is touched. It works until filled, replaced or cancelled. What has no size, or
    none that can be, comes as a cancel (compiler/check/orders.py). Entering closes a position of the other side first, and adds nothing
    to one of the same side. Protective prices that come with an order are those of the
    position that it opens, from its fill on, and replace those of one that it adds to; those
    of an exit, or beside a cancel, work at once. They end with the position. When both could have filled within a
    bar, the stop did, which is the worse. A trailing stop follows the best price by the bars before, beginning with the entry
    or, where the position was there first, with the close at which it was ordered.
    """
    held = state(0.0)
    entry = state(na)
    bars = state(0)
    waiting = state(0)
    wanted = state(0.0)
    limit_at = state(na)
    stop_at = state(na)
    ordered_profit = state(na)
    ordered_loss = state(na)
    ordered_trail = state(na)
    profit_at = state(na)
    loss_at = state(na)
    trail_by = state(na)
    best = state(na)
    last = state(na)
    if counted == 1:
        more = bars + 1
        bars = more if held != 0.0 else bars
    protects = False
    if protected == 1:
        given = not (isna(exit_limit) and isna(exit_stop) and isna(exit_trail))
        protects = given and (code == 3 or code == 5)
        if protects:
            if exit_trail != trail_by or isna(trail_by):
                best = last
            profit_at = exit_limit
            loss_at = exit_stop
            trail_by = exit_trail
        elif code == 1 or code == 2 or code == 4:
            ordered_profit = exit_limit
            ordered_loss = exit_stop
            ordered_trail = exit_trail
    fills = False
    turned = False
    if priced == 0:
        if code != 0 and not protects:
            after, turns, average = _filled(held, entry, code, size, open)
            fills = code != 3
            turned = turns
            held = after
            entry = average
            bars = 0 if turns else bars
    else:
        if code == 3:
            if not protects:
                after, turns, average = _filled(held, entry, code, size, open)
                held = after
                entry = average
                bars = 0 if turns else bars
        elif code != 0:
            waiting = 0 if code == 5 else code
            wanted = size
            limit_at = limit
            stop_at = stop
        if waiting != 0:
            buys = waiting == 1 or waiting == 4 and wanted > 0.0
            price, stop_at = _working_fill(buys, open, high, low, limit_at, stop_at)
            if not isna(price):
                after, turns, average = _filled(held, entry, waiting, wanted, price)
                fills = True
                turned = turns
                held = after
                entry = average
                bars = 0 if turns else bars
                waiting = 0
    if protected == 1:
        if fills:
            owns = not (isna(ordered_profit) and isna(ordered_loss) and isna(ordered_trail))
            if turned:
                best = na
            elif owns and (ordered_trail != trail_by or isna(trail_by)):
                best = last
            if owns or turned:
                profit_at = ordered_profit
                loss_at = ordered_loss
                trail_by = ordered_trail
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
                entry = na
                bars = 0
            else:
                best = max(best, high) if held > 0.0 else min(best, low)
        if held == 0.0:
            profit_at = na
            loss_at = na
            trail_by = na
            best = na
        last = close
    profit = 0.0
    if valued == 1:
        moved = held * (close - entry)
        profit = 0.0 if isna(moved) else moved
    return held, entry, bars, profit


def _filled(held: float, entry: float, code: int, size: float, price: float):
    """Position after an order was filled whole, whether it was opened or closed, and its entry
    price: the average, weighed when units are added and kept when some are closed. A cancel
    changes nothing; an exit without a size is of all that is held.

    No branches: orders are rare, so that a processor would guess each of them wrong.
    """
    units = abs(size)
    whole = abs(held)
    closing = units if units < whole else whole
    closed = held - math.copysign(closing, held)
    short = -units
    after = held + size
    after = closed if code == 3 else after
    long = units if held <= 0.0 else held
    after = long if code == 1 else after
    short = short if held >= 0.0 else held
    after = short if code == 2 else after
    after = held if isna(after) else after
    mixed = (entry * held + price * (after - held)) / after
    grows = abs(after) > whole
    average = mixed if grows else entry
    turns = held * after <= 0.0
    average = price if turns else average
    flat = after == 0.0
    return after, turns, na if flat else average


def _working_fill(buys: bool, open: float, high: float, low: float, limit: float, stop: float):
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


def _leaves(is_long: bool, high: float, low: float, loss: float, profit: float):
    """Whether a protective price was touched."""
    return (low <= loss or high >= profit) if is_long else (high >= loss or low <= profit)
