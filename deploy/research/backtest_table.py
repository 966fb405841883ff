"""What `peripheral backtest` prints: the figures in two columns, and what is to be known."""

from __future__ import annotations

from processors.research.report.figures import figure, title
from processors.research.report.report import Report
from streams.codec import rfc3339

_ROWS_APART = "   "


def table_of(report: Report) -> str:
    """The report's figures, those that say most first, as text of some 80 columns."""
    first, last = (rfc3339(ts) for ts in report.period)
    what = f"{', '.join(report.symbols)}, {report.interval}, {first} to {last}"
    cells = [(title(name), figure(name, value)) for name, value in report.summary.items()]
    half = -(-len(cells) // 2)
    columns = [_column(cells[:half]), _column(cells[half:])]
    width = max(map(len, columns[0]))
    lines = [
        f"{left:<{width}}{_ROWS_APART}{right}".rstrip()
        for left, right in zip(columns[0], [*columns[1], ""][:half], strict=True)
    ]
    return "\n".join(
        [report.title, what, "", *lines, *([""] if report.notes else []), *report.notes]
    )


def _column(cells: list[tuple[str, str]]) -> list[str]:
    names, values = (max(map(len, texts)) for texts in zip(*cells, strict=True))
    return [f"{name:<{names}}  {value:>{values}}" for name, value in cells]
