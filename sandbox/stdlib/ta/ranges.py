"""How far bars range, and how that changes."""


def adr(high: float, low: float, timeperiod: Length = 14):
    """Average day range: the simple average of high − low. Source: TA-Lib ADR."""
    return sma(high - low, timeperiod)


def cvi(high: float, low: float, timeperiod: Length = 10, rocperiod: Length = 10):
    """Chaikin's volatility: the change in percent, over `rocperiod` bars, of the exponential
    average of high − low. Source: Chaikin; TA-Lib CVI, which gives 0 after an average of 0."""
    return roc(ema(high - low, timeperiod), rocperiod)


def massi(high: float, low: float, fastperiod: Length = 9, slowperiod: Length = 25):
    """Mass index: the sum over `slowperiod` bars of an exponential average of high − low over
    the exponential average of that average. Source: Dorsey 1992; TA-Lib MASSI, where bars
    without a range count 1."""
    single = ema(high - low, fastperiod)
    double = ema(single, fastperiod)
    return sum_(1.0 if double == 0.0 else single / double, slowperiod)


def rvi(x: float, timeperiod: Length = 14, stddevperiod: Length = 10):
    """Relative volatility index, 0 to 100: `rsi` of standard deviations: Wilder's average of
    those at rising inputs, over that of those at rising or falling ones. Source: Dorsey 1993;
    TA-Lib RVI, which gives 50 where both are 0."""
    change = x - _before(x)
    spread = stddev(x, stddevperiod)
    rising = spread if change > 0.0 else 0.0 * spread
    falling = spread if change < 0.0 else 0.0 * spread
    up, down = _wilder_pair(rising, falling, timeperiod)
    total = up + down
    return 50.0 if total == 0.0 else 100.0 * (up / total)
