"""The standard indicator panel, in the strategy language: what every series gets.

Its plots, in their order, are the columns of an indicator row.
"""


def on_bar(bar):
    plot("sma_20", ta.sma(bar.close, 20))
    plot("ema_12", ta.ema(bar.close, 12))
    plot("ema_26", ta.ema(bar.close, 26))
    plot("rsi_14", ta.rsi(bar.close, 14))

    line, signal, histogram = ta.macd(bar.close, 12, 26, 9)
    plot("macd", line)
    plot("macd_signal", signal)
    plot("macd_hist", histogram)

    bb_upper, bb_middle, bb_lower = ta.bbands(bar.close, 20, 2.0, 2.0)
    plot("bb_upper", bb_upper)
    plot("bb_middle", bb_middle)
    plot("bb_lower", bb_lower)

    plot("atr_14", ta.atr(bar.high, bar.low, bar.close, 14))

    upper, middle, lower = ta.donchian(bar.high, bar.low, 20)
    plot("donchian_upper", upper)
    plot("donchian_middle", middle)
    plot("donchian_lower", lower)
