"""A sweep as one page that needs no network: a heat map, the best trials, what they are worth."""

from __future__ import annotations

import numpy as np

from processors.research.report.as_html import Group, Pair, listed
from processors.research.report.embedding import embedded
from processors.research.report.figures import figure, integer, setting, title
from processors.research.report.heat import Heat, heat_of
from processors.research.report.heat_chart import HEAT, heat_chart
from processors.research.report.page import page
from processors.research.report.sweep_rows import cells, heads
from processors.research.report.times import short
from processors.research.report.told_sweep import notes
from processors.research.study import Study
from processors.research.sweeps.swept import Swept

TEMPLATE = "sweep.html"
HEADLINES = (
    *("return_pct", "buy_and_hold_return_pct", "max_drawdown_pct", "trades"),
    *("sharpe", "expected_max_sharpe", "probabilistic_sharpe", "deflated_sharpe"),
)


def sweep_html(study: Study, swept: Swept, top: int) -> bytes:
    """The page in UTF-8; the same sweep gives the same bytes. What a user gives is escaped
    wherever it stands, and never reaches bokeh."""
    heat = heat_of(swept)
    drawn = heat_chart(heat, swept.search.by) if heat else None
    first, last = short(np.array(swept.period), days_only=True)
    summary = swept.summary
    return page(
        embedded([{HEAT: drawn}] if drawn else []),
        template=TEMPLATE,
        title=study.compiled.metadata.docstring.strip().partition("\n")[0],
        source_name=study.source_name,
        symbols=listed(study.symbols),
        interval=study.interval,
        first=first,
        last=last,
        headlines=[Pair(title(name), figure(name, summary[name])) for name in HEADLINES],
        notes=notes(swept),
        heat=_heat(swept, heat) if heat and drawn else None,
        heads=heads(swept),
        rows=cells(swept, swept.top(top)),
        groups=[
            Group("The best one's parameters", _params(swept)),
            Group(
                "All its figures",
                [Pair(title(name), figure(name, value)) for name, value in summary.items()],
            ),
        ],
    )


def _params(swept: Swept) -> list[Pair]:
    return [Pair(name, setting(value)) for name, value in swept.best.params.items()]


def _heat(swept: Swept, heat: Heat) -> dict[str, str]:
    """What the page tells about the chart."""
    by, best, names = title(swept.search.by), swept.best, [heat.x.name]
    names += [heat.y.name] if heat.y else []
    at = ", ".join(f"{name} {setting(best.params[name])}" for name in names)
    axes = f"across (x): {heat.x.name}" + (f"; up (y): {heat.y.name}" if heat.y else "")
    others = [axis.name for axis in swept.search.space.axes if axis.name not in names]
    rest = ""
    if others and swept.search.method == "grid":
        listed_ = ", ".join(f"{name} {setting(best.params[name])}" for name in others)
        rest = f"; at the best one's {listed_}"
    elif others:
        rest = f"; of trials that differ in {', '.join(others)} only, the best"
    return {
        "title": f"{by} by {' and '.join(names)}",
        "hint": f"{axes[0].upper()}{axes[1:]}{rest}.",
        "size": "tall" if heat.y else "middle",
        "told": (
            f"{'Heat map' if heat.y else 'Line chart'} of {by} over {' and '.join(names)},"
            f" {integer(len(heat.cells))} trials; the best, "
            f"{figure(swept.search.by, best.figures[swept.search.by])}, is at {at}."
        ),
    }
