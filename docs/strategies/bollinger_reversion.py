"""Bollinger reversion.

Buys when the close comes back above the lower band after a close below it, sells short at
the mirror image, and takes the move back to the middle as enough.
"""

length = param(20, low=5, high=200, name="Length")
width = param(2.0, low=0.5, high=4.0, step=0.1, name="Width in deviations")


def on_bar(bar):
    upper, middle, lower = ta.bbands(bar.close, length, width, width)

    back_from_below = crossover(bar.close, lower)
    back_from_above = crossunder(bar.close, upper)
    reaches_middle = crossover(bar.close, middle)
    falls_to_middle = crossunder(bar.close, middle)

    if back_from_below:
        enter_long()
    elif back_from_above:
        enter_short()
    elif reaches_middle or falls_to_middle:
        exit()

    # How far the close is from the middle, in band widths: ranks symbols in a screen.
    score((middle - bar.close) / (upper - lower))
    plot("upper", upper)
    plot("middle", middle)
    plot("lower", lower)
