"""What a strategy reads as `position`: an account of its own in each series."""


def position(
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
):
    """Size, entry price, bars held and open profit, as account gives them. The account has
    fills.cash to begin with, and no other position."""
    spent = state(0.0)
    worth = state(0.0)
    equity = 0.0
    rate = 0.0
    if full == 1:
        equity = fills.cash - spent + worth
        rate = fills.rate
    (
        held, entry, bars, profit, was, paid, income, refused,
        units_1, price_1, fee_1, reason_1,
        units_2, price_2, fee_2, reason_2,
        units_3, price_3, fee_3, reason_3
    ) = account(
        priced, protected, valued, counted, full, time, open, high, low, close, volume,
        code, size, limit, stop, exit_limit, exit_stop, exit_trail,
        equity, abs(worth), rate, 1.0, 0.0, 0
    )
    if full == 1:
        spent = spent + paid
        worth = held * close
    return held, entry, bars, profit
