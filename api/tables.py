"""Rows as CSV, Arrow and Parquet, and the choice between them by `Accept`."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from api.problems import Problem
from api.reads.protocol import (
    REFERENCE_COLUMNS,
    ROLLUP_TABLES,
    TABLE_COLUMNS,
    ReferenceTable,
    SeriesTable,
)
from schemas.series import Series

if TYPE_CHECKING:
    import polars

JSON = "application/json"
CSV = "text/csv"
ARROW = "application/vnd.apache.arrow.stream"
PARQUET = "application/vnd.apache.parquet"

MEDIA_TYPES = (JSON, CSV, ARROW, PARQUET)


def negotiate(accept: str, offered: Sequence[str] = MEDIA_TYPES) -> str:
    """The offered type that `Accept` likes best (RFC 9110 §12.5.1), the first among equals.

    Raises a Problem of 406 when it likes none.
    """
    if not accept.strip():
        return offered[0]
    best = max(offered, key=lambda media: _quality(accept, media))
    if _quality(accept, best) <= 0:
        raise Problem(
            406, "not-acceptable", f"write one of {', '.join(offered)}", offered=list(offered)
        )
    return best


def _quality(accept: str, media: str) -> float:
    """The weight that the most specific range of `accept` gives to a media type."""
    kind = media.partition("/")[0]
    found = (-1, 0.0)
    for part in accept.split(","):
        media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if media_range not in (media, f"{kind}/*", "*/*"):
            continue
        specificity = 0 if media_range == "*/*" else 1 if media_range.endswith("/*") else 2
        found = max(found, (specificity, _weight(parameters)))
    return found[1]


def _weight(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def table_bytes(
    media: str, table: SeriesTable, series: Series, rows: Sequence[tuple[Any, ...]]
) -> bytes:
    """Columns feed, symbol, interval, ts (UTC, microseconds) and those of the table; of rolled up
    bars also rollup, behind interval, which is that of the series."""
    import polars as pl  # 50 MB of memory, for those who ask for tables only

    columns = TABLE_COLUMNS[table]
    frame = pl.DataFrame(
        rows,
        schema={"ts": pl.Datetime("us", "UTC"), **dict.fromkeys(columns, pl.Float64)},
        orient="row",
    ).select(
        pl.lit(series.feed).alias("feed"),
        pl.lit(series.symbol).alias("symbol"),
        pl.lit(series.interval).alias("interval"),
        *(pl.lit(length).alias("rollup") for length, of in ROLLUP_TABLES.items() if of == table),
        "ts",
        *columns,
    )
    return _written(media, frame)


def reference_bytes(media: str, table: ReferenceTable, rows: Sequence[tuple[Any, ...]]) -> bytes:
    """The columns REFERENCE_COLUMNS of the table."""
    import polars as pl

    days, counts = ("ex_date", "first_day", "last_day"), ("number",)
    numbers = ("ratio", "amount", "tick_size", "lot")
    types = {
        **dict.fromkeys(days, pl.Date()),
        **dict.fromkeys(counts, pl.Int64()),
        **dict.fromkeys(numbers, pl.Float64()),
    }
    schema = {name: types.get(name, pl.String()) for name in REFERENCE_COLUMNS[table]}
    return _written(media, pl.DataFrame(rows, schema=schema, orient="row"))


def _written(media: str, frame: polars.DataFrame) -> bytes:
    target = io.BytesIO()
    WRITERS[media](frame, target)
    return target.getvalue()


def _write_csv(frame: polars.DataFrame, target: io.BytesIO) -> None:
    frame.write_csv(target, datetime_format="%Y-%m-%dT%H:%M:%S%.fZ")


def _write_arrow(frame: polars.DataFrame, target: io.BytesIO) -> None:
    frame.write_ipc_stream(target)


def _write_parquet(frame: polars.DataFrame, target: io.BytesIO) -> None:
    frame.write_parquet(target)


WRITERS: dict[str, Callable[[polars.DataFrame, io.BytesIO], None]] = {
    CSV: _write_csv,
    ARROW: _write_arrow,
    PARQUET: _write_parquet,
}
