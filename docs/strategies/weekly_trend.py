"""Weekly trend, daily entry.

Buys a breakout of the daily channel while the weekly average rises, leaves when the week closes
below it, and until then follows the price with a stop some average true ranges away.
"""

trend_weeks = param(13, low=2, high=52, name="Weeks of the trend")
channel = param(20, low=5, high=100, name="Days of the channel")
width = param(4.0, low=0.5, high=10.0, step=0.5, name="Stop in average true ranges")


def on_bar(bar):
    # The last completed week; what is computed of it advances once a week.
    week = timeframe("1w")
    trend = ta.ema(week.close, trend_weeks)
    rising = week.close > trend > trend[1]

    top = ta.highest(bar.high, channel)[1]
    true_range = ta.atr(bar.high, bar.low, bar.close, 14)

    if position.size == 0 and rising and bar.close > top:
        enter_long(trail=width * true_range)
    elif position.size > 0 and week.close < trend:
        exit()

    alert(crossunder(bar.close, trend), "The close fell below the weekly average")
    plot("trend", trend)
    plot("top", top)
