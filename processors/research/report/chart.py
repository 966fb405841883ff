"""What all charts of a page have in common: size, colours, axes and tools."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from bokeh.models import (
    BoxZoomTool,
    CrosshairTool,
    DataRange1d,
    HoverTool,
    LogTicker,
    NoOverlap,
    PanTool,
    Range1d,
    ResetTool,
    SaveTool,
    WheelZoomTool,
)
from bokeh.models.annotations import Span
from bokeh.plotting import figure
from numpy.typing import NDArray

from processors.research.report.times import at_midnights
from schemas.columns import Floats, Ints

# Blue and orange are told apart by every kind of colour vision; these stand out on white and
# on near-black, as glyphs are not restyled by the reader's colour scheme.
UP = "#2b83cb"
DOWN = "#dd6b10"
NEUTRAL = "#8a919c"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif"
# Axes follow the page's scheme through --bk-* properties in page.css; this is for elsewhere.
INK = "#767c85"
MILLISECOND_US = 1_000
LABELS_WIDTH = 64
"""Pixels for the labels of the y axis: one width, so that charts over time stand in line."""


def milliseconds(ts: Ints) -> Floats:
    """UTC microseconds in the unit of bokeh's time axes."""
    return np.asarray(ts, dtype=np.float64) / MILLISECOND_US


def time_range(period: tuple[int, int]) -> Range1d:
    """From the first to the last bar, a day wide at least: one bar is a chart too."""
    start, end = milliseconds(np.array(period))
    spare = max((end - start) * 0.01, 0.0 if end > start else 43_200_000.0)
    return Range1d(start - spare, end + spare, bounds=(start - spare, end + spare))


def chart(
    x_range: Range1d | None,
    height: int,
    *,
    y_axis_type: Literal["linear", "log"] = "linear",
    line: Span | None = None,
) -> figure:
    """An empty chart as wide as its element, over time when it has a range of it. line: a
    vertical line that follows the pointer in all charts that share it."""
    over_time = x_range is not None
    dimensions: Literal["width", "both"] = "width" if over_time else "both"
    zoom = BoxZoomTool(dimensions=dimensions)
    tools = [PanTool(dimensions=dimensions), zoom, WheelZoomTool(dimensions=dimensions)]
    made = figure(
        height=height,
        sizing_mode="stretch_width",
        min_width=0,
        x_range=x_range if x_range is not None else DataRange1d(),
        y_range=DataRange1d(only_visible=True),
        x_axis_type="datetime" if over_time else "linear",
        y_axis_type=y_axis_type,
        tools=[*tools, SaveTool(), ResetTool()],
        active_drag=zoom,
        active_scroll=None,  # a wheel over a chart scrolls the page until the tool is chosen
        toolbar_location="above",
        min_border_left=LABELS_WIDTH,
        min_border_right=8,
        background_fill_color=None,
        border_fill_color=None,
        outline_line_color=None,
    )
    if line is not None:
        made.add_tools(CrosshairTool(overlay=line, visible=False))
    made.toolbar.logo = None
    made.toolbar.autohide = True
    if y_axis_type == "log":  # few ticks by default; where they crowd, some go unlabelled
        made.yaxis.ticker = LogTicker(desired_num_ticks=8)
        made.yaxis.major_label_policy = NoOverlap()
    _dress(made)
    return made


def crossline() -> Span:
    return Span(dimension="height", line_color=NEUTRAL, line_dash="dotted", line_width=1)


def moment(column: str, ts: Ints) -> str:
    """A column of times for a tooltip: dates, with the clock unless it tells nothing."""
    return f"@{column}{{%Y-%m-%d}}" if at_midnights(ts) else f"@{column}{{%Y-%m-%d %H:%M}}"


def hover(tooltips: list[tuple[str, str]], **how: Any) -> HoverTool:
    """A tooltip; `@name{…}` in it is a column, which bokeh escapes."""
    formatters: dict[str, Any] = {
        part.partition("{")[0]: "datetime" for _, part in tooltips if "{%" in part
    }
    return HoverTool(
        tooltips=tooltips, formatters=formatters, show_arrow=False, visible=False, **how
    )


def finite(values: NDArray[np.float64]) -> bool:
    """Whether a series can be drawn: bokeh has no numbers beyond these in its JSON."""
    return len(values) > 0 and bool(np.all(np.isfinite(values)))


def _dress(made: figure) -> None:
    for axis in (*made.xaxis, *made.yaxis):
        axis.axis_line_color = None
        axis.major_tick_line_color = None
        axis.minor_tick_line_color = None
        axis.major_label_text_font = FONT
        axis.major_label_text_font_size = "12px"
        axis.major_label_text_color = INK
    made.xgrid.grid_line_color = None
    made.ygrid.grid_line_color = INK
    made.ygrid.grid_line_alpha = 0.22
