"""A heat map by bokeh: a figure of the trials by the places of two params' values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from bokeh.models import (
    ColumnDataSource,
    FixedTicker,
    LinearColorMapper,
    NumeralTickFormatter,
)
from bokeh.models.annotations import ColorBar
from bokeh.palettes import cividis
from bokeh.plotting import figure

from processors.research.report.chart import INK, NEUTRAL, UP, chart, hover
from processors.research.report.figures import setting
from processors.research.report.heat import Heat

HEAT = "heat"
COLOURS = 256
_LABELS_MAX = 12
_HEIGHT, _LINE_HEIGHT = 340, 260  # as page.css has them


def heat_chart(heat: Heat, by: str) -> figure | None:
    """The map, or a line where one param is varied; None where no trial told the figure.

    Only numbers reach bokeh: params are x and y in it, and their names stand in the page.
    """
    shown = {
        place: float(value)
        for place, trial in sorted(heat.cells.items())
        if (value := trial.figures[by]) is not None and math.isfinite(value)
    }
    if not shown:
        return None
    return _line(heat, shown) if heat.y is None else _map(heat, shown)


def _map(heat: Heat, shown: dict[tuple[int, int], float]) -> figure:
    assert heat.y is not None
    low, high = min(shown.values()), max(shown.values())
    colours = LinearColorMapper(
        palette=cividis(COLOURS), low=low, high=high if high > low else low + 1.0
    )
    source = ColumnDataSource(
        {
            "x": [x for x, _ in shown],
            "y": [y for _, y in shown],
            "first": [heat.x.values[x] for x, _ in shown],
            "second": [heat.y.values[y] for _, y in shown],
            "found": list(shown.values()),
        }
    )
    made = chart(None, _HEIGHT)
    drawn = made.rect(
        "x", "y", 1, 1, source=source, line_color=None,
        fill_color={"field": "found", "transform": colours},
    )  # fmt: skip
    tips = [("x", "@first{0.[0000]}"), ("y", "@second{0.[0000]}"), ("Figure", "@found{0.[000]}")]
    made.add_tools(hover(tips, renderers=[drawn]))
    _numbered(made.xaxis, heat.x.values)
    _numbered(made.yaxis, heat.y.values)
    bar = ColorBar(
        color_mapper=colours,
        width=12,
        formatter=NumeralTickFormatter(format="0.[000]"),
        background_fill_color=None,
        major_label_text_color=INK,
    )
    made.add_layout(bar, "right")
    return made


def _line(heat: Heat, shown: dict[tuple[int, int], float]) -> figure:
    places = [x for x, _ in shown]
    values = [heat.x.values[x] for x in places]
    source = ColumnDataSource({"x": places, "first": values, "found": list(shown.values())})
    made = chart(None, _LINE_HEIGHT)
    made.line("x", "found", source=source, color=NEUTRAL, line_width=1.2)
    drawn = made.scatter("x", "found", source=source, color=UP, size=6)
    tips = [("x", "@first{0.[0000]}"), ("Figure", "@found{0.[000]}")]
    made.add_tools(hover(tips, renderers=[drawn]))
    _numbered(made.xaxis, heat.x.values)
    return made


def _numbered(axes: Iterable[Any], values: Sequence[float]) -> None:
    """Few of the values as labels, at their places."""
    every = -(-len(values) // _LABELS_MAX)
    places = list(range(0, len(values), every))
    for axis in axes:
        axis.ticker = FixedTicker(ticks=places)
        axis.major_label_overrides = {place: setting(values[place]) for place in places}
