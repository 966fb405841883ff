"""One fill: how many units, at which price, and what it costs."""


def _filled(
    packed: Choice,
    kind: int,
    sizing: int,
    size: float,
    held: float,
    entry: float,
    price: float,
    firm: bool,
    high: float,
    low: float,
    volume: float,
    apart: float,
    gross: float,
    rate: float,
):
    """Position after an order was filled whole, whether it was opened or closed, its entry
    price, the price paid, the fee, and 1 where it was refused: it had no room, or no whole lot.

    packed: 1 where the size may be of another sizing than 0.
    kind: 1 enter long, 2 enter short, 3 exit, 4 order. size: of units, cash or percent of the
    equity (sizing 0, 1, 2), fees included; of an exit's percent, of the position. firm: no
    slippage. The rest as in account.
    """
    units = size
    if packed == 1:
        if sizing != 0:
            units = _units(kind, sizing, size, held, price, apart, rate)
    exits = -held
    sign = math.copysign(1.0, exits if kind == 3 else size)
    sign = 1.0 if kind == 1 else sign
    sign = -1.0 if kind == 2 else sign
    paid = price
    if not firm:
        traded = abs(_after(kind, _in_lots(units), held) - held)
        paid = _slipped(sign, traded, price, high, low, volume)
        if packed == 1:
            if sizing != 0:
                units = _units(kind, sizing, size, held, paid, apart, rate)
    units = _in_lots(units)
    after = _after(kind, units, held)
    fee = _fee(abs(after - held), paid, rate)
    refused = 0
    if fills.leverage < math.inf and (abs(after) > abs(held) or held * after < 0.0):
        room = fills.leverage * (apart + held * paid - fee) - gross
        if abs(after) * paid > room + 1e-9 * abs(room):
            refused = 1
    if kind != 3 and units == 0.0:
        refused = 1
    if refused == 1:
        after = held
        fee = 0.0
    mixed = (entry * held + paid * (after - held)) / after
    grows = abs(after) > abs(held)
    average = mixed if grows else entry
    turns = held * after <= 0.0
    average = paid if turns else average
    flat = after == 0.0
    return after, turns, na if flat else average, paid, fee, refused


def _after(kind: int, size: float, held: float):
    """The position that an order leaves: an exit without a size leaves none, entering adds
    nothing to a position of its side and closes one of the other.

    No branches: orders are rare, so that a processor would guess each of them wrong.
    """
    units = abs(size)
    whole = abs(held)
    closing = units if units < whole else whole
    closed = held - math.copysign(closing, held)
    short = -units
    after = held + size
    after = closed if kind == 3 else after
    long = units if held <= 0.0 else held
    after = long if kind == 1 else after
    short = short if held >= 0.0 else held
    after = short if kind == 2 else after
    return held if isna(after) else after


def _in_lots(units: float):
    """Whole lots of them, signed alike; na, which is all, stays na."""
    lots = units
    if fills.lot > 0.0 and not isna(units):
        lots = math.copysign(math.floor(abs(units) / fills.lot + 1e-9) * fills.lot, units)
    return lots


def _in_ticks(price: float, up: bool):
    """The next multiple of the tick from a price on, itself where it is one but for rounding."""
    ticks = price / fills.tick
    whole = math.ceil(ticks - 1e-6) if up else math.floor(ticks + 1e-6)
    return whole * fills.tick if fills.tick > 0.0 else price


def _units(kind: int, sizing: int, size: float, held: float, price: float, apart: float, rate: float):
    """Units that cash, or a share of the equity, buys at a price, fees included; signed as size.
    Where entering closes the other side first, the equity is what that leaves."""
    if kind == 3:
        return abs(held) * size * 0.01
    value = abs(size)
    if sizing == 2:
        equity = apart + held * price
        if kind == 1 and held < 0.0 or kind == 2 and held > 0.0:
            equity = equity - abs(held) * (price * rate + fills.per_unit)
        value = max(equity, 0.0) * value * 0.01
    units = (value - fills.per_trade) / (price + price * rate + fills.per_unit)
    if fills.per_trade + units * (price * rate + fills.per_unit) < fills.minimum:
        units = (value - fills.minimum) / price
    return math.copysign(max(units, 0.0), size)


def _slipped(sign: float, units: float, price: float, high: float, low: float, volume: float):
    """The price that buying (sign 1.0) or selling (−1.0) gets, never outside of the bar's range:
    worse by an amount, a share of the price, and a share that grows with the square of the
    units' share of the bar's volume."""
    part = 0.0
    if fills.impact > 0.0:
        part = min(units / volume, 1.0) if volume > 0.0 else 1.0
    worse = fills.slip + price * fills.slip_share + price * fills.impact * part * part
    slipped = price + sign * worse
    if worse > 0.0:
        slipped = _in_ticks(slipped, sign > 0.0)
    bounded = min(slipped, max(high, price)) if sign > 0.0 else max(slipped, min(low, price))
    return slipped if isna(bounded) else bounded


def _fee(units: float, price: float, rate: float):
    """The commission: so much a trade, a unit and of the value, and at least the minimum."""
    fee = fills.per_trade + units * (fills.per_unit + price * rate)
    fee = max(fee, fills.minimum)
    return 0.0 if units == 0.0 else fee
