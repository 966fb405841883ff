"""The account of a series: what becomes of the orders of the bar before. It is the same one live,
in a backtest and in a screen, inside of a strategy and in the book."""


def account(
    plain: Choice,
    priced: Choice,
    protected: Choice,
    counted: Choice,
    packed: Choice,
    booked: Choice,
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
    calls: int,
):
    """The position after this bar's fills: size (units, negative when short), entry price
    (average; na when flat), bars held, open profit (at the close, in the price's currency). Then
    its value before the bar, what was paid for units, fees and borrow, less dividends, these
    two alone, how many orders were refused, and three fills as units, price, fee and reason
    (sandbox/fills.py; 0: none): of the order without a price, of the order that waited, of the
    protective prices.

    plain: 1 where all orders are of units and without a price; else priced, protected: where some
    may have limit or stop, or protective prices (2: and of what is held too); packed: where they
    may be of cash or percent, for the close or of a limited life; counted: where bars held count.
    booked: in the book, which knows of actions, and says what fills at the close in a row of its
    own.
    code: of the bar before, packed as sandbox/columns.py says. Without a price an order fills at
    this open, or, as fills.at_close says, at its own bar's close. A limit fills at its price or a
    better open, a stop at its price or a worse open; one with both becomes a limit once the
    stop is touched. What has no size, or none that can be, comes as a cancel
    (compiler/check/orders.py). equity, gross: of the whole account, and the value of all its
    positions, at the closes before. rate: commission, of the value traded. split: units that
    each old one became with this bar, 1.0 for none; dividend: for a unit held over the bar's
    open. calls: how often all positions were called in so far: at the first bar after each, this
    one is closed, and its orders are dropped.
    """
    held = state(0.0)
    entry = state(na)
    bars = state(0)
    attended = state(False)
    last = state(na)
    last_high = state(na)
    last_low = state(na)
    last_volume = state(na)
    last_time = state(0)
    answered = state(0)
    closes = calls != answered
    answered = calls
    was = held * last if held != 0.0 else 0.0
    income = 0.0
    if held < 0.0:
        income = _borrow(was, _years(last_time, time))
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
    busy = code != 0 or closes
    if booked == 0:
        busy = closes or code != 0 and time >= fills.begin
    if plain == 1:
        if busy:
            market = open
            highest = high
            lowest = low
            trades = volume
            if fills.at_close == 1.0 and not closes:
                market = last
                highest = last_high
                lowest = last_low
                trades = last_volume
            after, turned, average, price_1, fee_1, refused = _filled(
                packed, 3 if closes else code, 0, na if closes else size, held, entry,
                market, False, highest, lowest, trades, equity - was + income, 0.0, rate
            )
            units_1 = after - held
            paid = units_1 * price_1 + fee_1
            held = after
            entry = average
            bars = 0 if turned else bars
    else:
        code = code if busy else 0
        busy = busy or attended
        if booked == 1:
            busy = busy or split != 1.0 or dividend != 0.0
        if busy:
            income = income + held * split * dividend
            (
                held, entry, turned, attended, paid, refused,
                units_1, price_1, fee_1, reason_1,
                units_2, price_2, fee_2, reason_2,
                units_3, price_3, fee_3, reason_3
            ) = _traded(
                priced, protected, packed, booked, held, entry,
                last, last_high, last_low, last_volume, time, open, high, low, close, volume,
                code, size, limit, stop, exit_limit, exit_stop, exit_trail,
                equity - was + income, gross - abs(was), rate, split, closes
            )
            bars = 0 if turned else bars
    last = close
    if booked == 0:
        last_high = high
        last_low = low
        last_volume = volume
    last_time = time
    moved = held * (close - entry)
    profit = 0.0 if isna(moved) else moved
    return (
        held, entry, bars, profit, was, paid - income, income, refused,
        units_1, price_1, fee_1, reason_1,
        units_2, price_2, fee_2, reason_2,
        units_3, price_3, fee_3, reason_3
    )
