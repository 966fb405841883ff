"""Orders that wait for a price, and the prices at which a position is left."""


def _waited(
    packed: Choice,
    booked: Choice,
    code: int,
    kind: int,
    at_once: bool,
    size: float,
    limit: float,
    stop: float,
    time: int,
    open: float,
    high: float,
    low: float,
    split: float,
):
    """What the order that waits comes to at this bar: its kind if it fills, 0 if not; what its size
    is of, the size, the price, whether that is firm, and the reason; and whether it waits on.

    code, kind: of the order of the bar before; at_once: it does not wait. A new order, and a
    cancel, replace the one that waited; an exit leaves it as it is.
    """
    waiting = state(0)
    wanted = state(0.0)
    limit_at = state(na)
    stop_at = state(na)
    stopped = state(False)
    ends = state(0)
    if booked == 1:
        if split != 1.0:
            limit_at = limit_at / split
            stop_at = stop_at / split
            wanted = wanted * split if waiting // 8 % 4 == 0 else wanted
    if kind == 1 or kind == 2 or kind == 4 or kind == 5:
        waiting = 0 if at_once or kind == 5 else code
        wanted = size
        limit_at = limit
        stop_at = stop
        stopped = not isna(stop)
        if packed == 1:
            ends = time // 86400000000 + 1
    works = waiting
    sizing = 0
    life = 0
    if packed == 1:
        works = waiting % 8
        sizing = waiting // 8 % 4
        life = waiting // 64
        if life == 1 and time // 86400000000 >= ends:
            works = 0
            waiting = 0
    price = na
    firm = not isna(limit_at)
    if works != 0:
        buys = works == 1 or works == 4 and wanted > 0.0
        price, stop_at = _working_fill(buys, open, high, low, limit_at, stop_at)
        if isna(price):
            works = 0
        if life == 2 or not isna(price):
            waiting = 0
    reason = 2 if not stopped else 4 if firm else 3
    return works, sizing, wanted, price, firm, reason, waiting != 0


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


def _adopted(
    turned: bool,
    ordered_profit: float,
    ordered_loss: float,
    ordered_trail: float,
    profit_at: float,
    loss_at: float,
    trail_by: float,
    best: float,
    last: float,
):
    """The protective prices, and the best price, after an order filled: those that came with
    it, if any did or if it opened the position. A trailing stop follows the best price by the
    bars before, beginning with the entry or, where the position was there first, with the
    close at which it was ordered."""
    owns = not (isna(ordered_profit) and isna(ordered_loss) and isna(ordered_trail))
    follows = ordered_trail != trail_by or isna(trail_by)
    begun = last if owns and follows else best
    begun = na if turned else begun
    takes = owns or turned
    return (
        ordered_profit if takes else profit_at,
        ordered_loss if takes else loss_at,
        ordered_trail if takes else trail_by,
        begun,
    )


def _left(
    is_long: bool,
    since: float,
    high: float,
    low: float,
    best: float,
    profit_at: float,
    loss_at: float,
    trail_by: float,
):
    """The price at which a protective price closes the position in this bar, the reason, 0 if
    none does, and whether the price is firm. since: the market's price from which on the
    position is held in this bar, its open or that of the order that waited. When both could
    have filled, the stop did, which is the worse."""
    trailing = na
    if not isna(trail_by):
        trailing = best - trail_by if is_long else best + trail_by
    stop = loss_at
    reason = 7
    if not isna(trailing):
        nearer = isna(loss_at) or (trailing > loss_at if is_long else trailing < loss_at)
        stop = trailing if nearer else loss_at
        reason = 8 if nearer else 7
    stops = low <= stop if is_long else high >= stop
    gains = high >= profit_at if is_long else low <= profit_at
    price = na
    if stops:
        price = min(since, stop) if is_long else max(since, stop)
    elif gains:
        price = max(since, profit_at) if is_long else min(since, profit_at)
        reason = 6
    else:
        reason = 0
    return price, reason, not stops
