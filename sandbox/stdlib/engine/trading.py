"""A bar of a series at which something may fill."""


def _traded(
    priced: Choice,
    protected: Choice,
    packed: Choice,
    booked: Choice,
    held: float,
    entry: float,
    last: float,
    last_high: float,
    last_low: float,
    last_volume: float,
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
    apart: float,
    others: float,
    rate: float,
    split: float,
    closes: bool,
):
    """The position, its entry price, whether it was opened or closed, and whether the next bar
    needs a look too, because an order waits or a protective price stands; then as account, what
    was paid, how many orders were refused, and three fills. apart: equity without the position;
    others: value of the other positions.

    Called at the bars that need it, and keeps what only those change.
    """
    ordered_profit = state(na)
    ordered_loss = state(na)
    ordered_trail = state(na)
    profit_at = state(na)
    loss_at = state(na)
    trail_by = state(na)
    best = state(na)
    called = state(False)
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
    anew = False
    guarded = False
    kind = code
    sizing = 0
    late = False
    if packed == 1:
        kind = code % 8
        sizing = code // 8 % 4
        late = code // 32 % 2 == 1
    guards = False
    if protected == 2:
        guards = code // 256 % 2 == 1
        kind = code % 8
    closing = False
    if booked == 1:
        closing = code // 512 % 2 == 1
        if split != 1.0:
            held = held * split
            entry = entry / split
            last = last / split
            last_high = last_high / split
            last_low = last_low / split
            profit_at = profit_at / split
            loss_at = loss_at / split
            trail_by = trail_by / split
            best = best / split
            ordered_profit = ordered_profit / split
            ordered_loss = ordered_loss / split
            ordered_trail = ordered_trail / split
            limit = limit / split
            stop = stop / split
            exit_limit = exit_limit / split
            exit_stop = exit_stop / split
            exit_trail = exit_trail / split
            size = size * split if sizing == 0 else size
    if closes:
        kind = 3
        sizing = 0
        size = na
        late = False
        limit = na
        stop = na
        exit_limit = na
        exit_stop = na
        exit_trail = na
    protects = False
    if protected != 0:
        given = not (isna(exit_limit) and isna(exit_stop) and isna(exit_trail))
        protects = given and (kind == 3 or kind == 5)
        if protects or guards and given and held != 0.0:
            best = last if exit_trail != trail_by or isna(trail_by) else best
            profit_at = exit_limit
            loss_at = exit_stop
            trail_by = exit_trail
        if kind == 1 or kind == 2 or kind == 4:
            ordered_profit = exit_limit
            ordered_loss = exit_stop
            ordered_trail = exit_trail
    enters = False
    turned = False
    since = open
    at_once = kind != 0 and kind != 5 and not protects and not late and not closing
    if priced == 1:
        at_once = at_once and isna(limit) and isna(stop)
    if at_once:
        market = open
        highest = high
        lowest = low
        trades = volume
        if booked == 0:
            if fills.at_close == 1.0 and not closes:
                market = last
                highest = last_high
                lowest = last_low
                trades = last_volume
        after, turns, average, price_1, fee_1, short = _filled(
            packed, kind, sizing, size, held, entry, market, False, highest, lowest, trades,
            apart, others, rate
        )
        units_1 = after - held
        reason_1 = 9 if closes else 5 if kind == 3 else 1
        refused = refused + short
        paid = paid + units_1 * price_1 + fee_1
        enters = kind != 3 and short == 0
        turned = turns
        held = after
        entry = average
        anew = anew or turns
    waits = False
    if priced == 1:
        works, units_of, wanted, price, firm, reason, waits = _waited(
            packed, booked, code % 256, 5 if closes else kind, at_once or late or closing,
            size, limit, stop, time, open, na if closing else high, na if closing else low, split
        )
        if works != 0:
            after, turns, average, price_2, fee_2, short = _filled(
                packed, works, units_of, wanted, held, entry, price, firm, high, low, volume,
                apart - paid, others, rate
            )
            units_2 = after - held
            reason_2 = reason
            refused = refused + short
            paid = paid + units_2 * price_2 + fee_2
            enters = short == 0
            turned = turns
            since = price if turns else since
            held = after
            entry = average
            anew = anew or turns
    if protected != 0:
        if enters:
            profit_at, loss_at, trail_by, best = _adopted(
                turned, ordered_profit, ordered_loss, ordered_trail,
                profit_at, loss_at, trail_by, best, last
            )
        if held != 0.0 and not closing:
            best = entry if isna(best) else best
            leaves, reason_3, firm = _left(
                held > 0.0, since, high, low, best, profit_at, loss_at, trail_by
            )
            best = max(best, high) if held > 0.0 else min(best, low)
            if reason_3 != 0:
                after, turns, average, price_3, fee_3, short = _filled(
                    packed, 3, 0, na, held, entry, leaves, firm, high, low, volume,
                    apart - paid, others, rate
                )
                units_3 = after - held
                paid = paid + units_3 * price_3 + fee_3
                held = 0.0
                entry = na
                anew = True
    if packed == 1:
        fills_late = late and not protects
        if booked == 1:
            called = called if closing else closes
            fills_late = closing and not (late and called)
        if fills_late:
            after, turns, average, price_1, fee_1, short = _filled(
                packed, kind, sizing, size, held, entry, close, False, high, low, volume,
                apart - paid, others, rate
            )
            units_1 = after - held
            reason_1 = 11 if kind == 3 else 10
            refused = refused + short
            paid = paid + units_1 * price_1 + fee_1
            held = after
            entry = average
            anew = anew or turns
            if kind != 3 and short == 0:
                profit_at, loss_at, trail_by, best = _adopted(
                    turns, ordered_profit, ordered_loss, ordered_trail,
                    profit_at, loss_at, trail_by, best, close
                )
    if protected != 0:
        if held == 0.0:
            profit_at = na
            loss_at = na
            trail_by = na
            best = na
        guarded = not (isna(profit_at) and isna(loss_at) and isna(trail_by))
    return (
        held, entry, anew, guarded or waits, paid, refused,
        units_1, price_1, fee_1, reason_1,
        units_2, price_2, fee_2, reason_2,
        units_3, price_3, fee_3, reason_3
    )
