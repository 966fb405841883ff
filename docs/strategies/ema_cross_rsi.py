"""EMA cross with an RSI filter.

Goes long when the fast average crosses above the slow one while the market is not yet
overbought, and leaves when it crosses back below or the RSI runs hot.
"""

fast_length = param(12, low=2, high=100, name="Fast length")
slow_length = param(26, low=3, high=200, name="Slow length")
rsi_length = param(14, low=2, high=100, name="RSI length")
overbought = param(70.0, low=50.0, high=100.0, step=1.0, name="Overbought")
too_hot = param(85.0, low=50.0, high=100.0, step=1.0, name="Too hot")


def on_bar(bar):
    fast = ta.ema(bar.close, fast_length)
    slow = ta.ema(bar.close, slow_length)
    strength = ta.rsi(bar.close, rsi_length)

    if crossover(fast, slow) and strength < overbought:
        enter_long()
    elif crossunder(fast, slow) or strength > too_hot:
        exit()

    plot("fast", fast)
    plot("slow", slow)
    plot("rsi", strength)
