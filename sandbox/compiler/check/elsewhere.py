"""A name that is no function here → what to write instead: the remedy of `unknown-function`.

People bring names from Pine, Python, backtesting.py, TA-Lib and pandas. The same name in another
namespace goes before what it is called here, and a name that is only spelled alike comes last.
"""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

PAGE = "docs/strategy-language.md lists all."
ALIKE_MIN = 0.75
"""How like a known name another must be for a slip of the keys: difflib's ratio, 1 the same."""

_ENTER = "enter_long(), enter_short() or order(size)"
_PLOT = 'plot("name", x)'
# plain name elsewhere, in lower case → what to write here; each compiles
WRITE = {
    "na": "isna(x)",
    "isnan": "isna(x)",
    "isnull": "isna(x)",
    "notna": "not isna(x)",
    "notnull": "not isna(x)",
    "fillna": "nz(x, y)",
    "ffill": "ta.fixnan(x)",
    "nan_to_num": "nz(x)",
    "iff": "x if condition else y",
    "where": "x if condition else y",
    "avg": "(x + y) / 2",
    "average": "ta.sma(x, 20)",
    "mean": "ta.sma(x, 20)",
    "fsum": "ta.sum(x, 20)",
    "divmod": "x // y",
    "isqrt": "math.floor(math.sqrt(x))",
    "dist": "math.hypot(x, y)",
    "power": "x**y",
    "clip": "max(min(x, 1.0), -1.0)",
    "logarithm": "math.log(x)",
    "round_to_mintick": "round(x, 2)",
    "todegrees": "math.degrees(x)",
    "toradians": "math.radians(x)",
    "shift": "x[1]",
    "offset": "x[1]",
    "diff": "ta.change(x)",
    "pct_change": "ta.rocp(x, 1)",
    "rolling": "ta.sma(x, 20)",
    "cumulative": "ta.cum(x)",
    "quantile": "ta.percentile(x, 20, 50.0)",
    "std": "ta.stddev(x, 20)",
    "corr": "ta.correl(x, y, 20)",
    "slope": "ta.linearreg_slope(x, 14)",
    "rank": "ta.percentrank(x, 20)",
    "ewm": "ta.ema(x, 20)",
    "smma": "ta.rma(x, 14)",
    "wilder": "ta.rma(x, 14)",
    "wilders": "ta.rma(x, 14)",
    "cross_over": "ta.crossover(x, y)",
    "crossabove": "ta.crossover(x, y)",
    "crossed_above": "ta.crossover(x, y)",
    "cross_under": "ta.crossunder(x, y)",
    "crossbelow": "ta.crossunder(x, y)",
    "crossed_below": "ta.crossunder(x, y)",
    "true_range": "ta.trange(bar.high, bar.low, bar.close)",
    "bb": "upper, middle, lower = ta.bbands(x, 20)",
    "bollinger": "upper, middle, lower = ta.bbands(x, 20)",
    "bollinger_bands": "upper, middle, lower = ta.bbands(x, 20)",
    "stochastic": "k, d = ta.stoch(bar.high, bar.low, bar.close)",
    "wpr": "ta.willr(bar.high, bar.low, bar.close, 14)",
    "williams_r": "ta.willr(bar.high, bar.low, bar.close, 14)",
    "psar": "ta.sar(bar.high, bar.low)",
    "dc": "upper, middle, lower = ta.donchian(bar.high, bar.low, 20)",
    "hl2": "bar.hl2",
    "hlc3": "bar.hlc3",
    "ohlc4": "bar.ohlc4",
    "hlcc4": "bar.hlcc4",
    "time": "bar.time",
    "timestamp": "bar.time",
    "minute": "bar.minute",
    "hour": "bar.hour",
    "dayofweek": "bar.weekday",
    "weekday": "bar.weekday",
    "dayofmonth": "bar.day",
    "day": "bar.day",
    "month": "bar.month",
    "year": "bar.year",
    "security": 'timeframe("1w").close',
    "resample_apply": 'timeframe("1w").close',
}
# the same, where a sentence is needed
SAY = {
    "random": "Remove it: two runs must give the same. Make it of the bar, as bar.index % 7.",
    "len": "Series have no end here: bar.index counts the bars before, x[k] is an earlier value.",
    "any": "Write a or b, or ta.barssince(condition) < 20.",
    "all": "Write a and b, or ta.barssince(not condition) >= 20.",
    "str": "There are no strings: write them where they stand, as in alert(condition, 'text').",
    "tostring": f"There are no strings: write {_PLOT} to see a number.",
    "list": "Write x[k] for earlier bars, or cells = window(20).",
    "tuple": "Write a name for each value.",
    "dict": "Write a name for each value.",
    "set": "Write a name for each value.",
    "sorted": "Write ta.median(x, 20) or ta.percentile(x, 20, 50.0).",
    "reversed": "Write for i in range(n):, and x[n - 1 - i] in it.",
    "enumerate": "Write for i in range(n):.",
    "zip": "Write for i in range(n):, and x[i], y[i] in it.",
    "map": "Write for i in range(n):.",
    "filter": "Write for i in range(n):, and an if in it.",
    "reduce": "Write for i in range(n):, and total += x[i] in it.",
    "isinstance": "Remove it: every type is known.",
    "factorial": "Write a loop: for i in range(2, n + 1):, and product = product * i in it.",
    "prod": "Write a loop: for i in range(n):, and product = product * x[i] in it.",
    "study": "Remove it: the docstring names the strategy.",
    "indicator": "Remove it: the docstring names the strategy.",
    "strategy": "Remove it: the docstring names the strategy.",
    "plotshape": f"Write {_PLOT}.",
    "plotchar": f"Write {_PLOT}.",
    "plotarrow": f"Write {_PLOT}.",
    "hline": f"Write {_PLOT}.",
    "log_info": f"Write {_PLOT} to see a number.",
    "fill": "Remove it: lines are drawn by plot, and colours are the chart's.",
    "bgcolor": "Remove it: lines are drawn by plot, and colours are the chart's.",
    "barcolor": "Remove it: lines are drawn by plot, and colours are the chart's.",
    "alertcondition": 'Write alert(condition, "message").',
    "buy": f"Write {_ENTER}.",
    "sell": "Write order(-size), enter_short() or exit().",
    "short": "Write enter_short().",
    "long": "Write enter_long().",
    "close": "Write exit() to close the position; the price is bar.close.",
    "close_position": "Write exit().",
    "pivot_point_levels": 'Compute them from timeframe("1d").high, .low and .close.',
}


def remedy(name: str, known: Collection[str]) -> str:
    """What to write instead of a call of `name`. known: the full names of all functions."""
    owner, _, plain = name.rpartition(".")
    lower = plain.lower()
    of_talib = owner == "ta" or plain.isupper()
    places = ("ta.", "", "math.") if of_talib else ("", "math.", "ta.")
    for place in places:
        if place + lower in known:
            return f"Write {place}{lower}(…)."
    if lower in WRITE:
        return f"Write {WRITE[lower]}."
    if lower in SAY:
        return SAY[lower]
    rest = PAGE if owner else "Define it: def name(x): at the top level."
    for place in sorted(places, key=lambda place: place.rstrip(".") != owner):
        alike = _alike(lower, place, known)
        if alike:
            return f"Did you mean {alike}? {PAGE}" if owner else f"Did you mean {alike}?"
    return rest


def _alike(plain: str, place: str, known: Collection[str]) -> str | None:
    """The name in a namespace that is most like it, if one is; prefixes are not compared."""
    names = {
        name[len(place) :]: name
        for name in sorted(known)
        if name.startswith(place) and "." not in name[len(place) :]
    }
    close = get_close_matches(plain, names, n=1, cutoff=ALIKE_MIN)
    return names[close[0]] if close else None
