"""Chandelier exit.

Enters on a cross of two averages and hangs its stop below the highest close since then; once the
trade has earned its risk the stop is no lower than the entry, and a trade that goes nowhere ends.
"""

fast_length = param(10, low=2, high=50, name="Fast length")
slow_length = param(50, low=5, high=200, name="Slow length")
width = param(3.0, low=1.0, high=10.0, step=0.5, name="Stop in average true ranges")
patience = param(30, low=5, high=250, name="Bars to earn its risk")


def on_bar(bar):
    risk = state(na)
    top = state(na)
    fast = ta.ema(bar.close, fast_length)
    slow = ta.ema(bar.close, slow_length)
    true_range = ta.atr(bar.high, bar.low, bar.close, 14)

    stop = na
    if position.size == 0:
        top = na
        if crossover(fast, slow):
            risk = width * true_range
            enter_long(size=0.01 * bar.close / risk, stop_loss=bar.close - risk)
    else:
        top = max(nz(top, bar.close), bar.close)
        stop = top - risk
        earned = top - position.entry_price > risk
        if earned:
            stop = max(stop, position.entry_price)
        if position.bars_held > patience and not earned:
            exit()
        else:
            exit(stop=stop)

    plot("stop", stop)
    plot("open profit", position.open_profit)
