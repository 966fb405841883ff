"""Heikin-Ashi candles."""


def ha(open: float, high: float, low: float, close: float):
    """Heikin-Ashi candles: open, high, low, close: each opens in the middle of the body before,
    closes at the average price, and reaches to the bar's extremes or its own. Source: Valcu
    2004; TA-Lib HA, whose first opens in the middle of the bar's body."""
    middle = state(na)
    ha_open = na
    ha_close = (open + high + low + close) / 4.0
    if not isna(ha_close):
        ha_open = (open + close) / 2.0 if isna(middle) else middle
        middle = (ha_open + ha_close) / 2.0
    return ha_open, max(high, ha_open, ha_close), min(low, ha_open, ha_close), ha_close
