"""A report's trades, fills and curve as polars frames, and these as CSV or Parquet."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from processors.research.report.reasons import in_words
from processors.research.report.report import Report
from schemas.columns import Ints

if TYPE_CHECKING:  # polars takes 80 MB, so only who writes a table imports it
    import polars as pl

Form = Literal["csv", "parquet"]


def trades_frame(report: Report) -> pl.DataFrame:
    """A row a trade, in the order of the exits; the columns of results.Trades, with the symbol
    and the reason as words, times as datetime[us, UTC], fractions as fractions."""
    trades = report.trades
    return _frame(
        symbol=_symbols(report, trades.symbol),
        size=trades.size,
        entry_time=trades.entry_ts,
        exit_time=trades.exit_ts,
        entry_price=trades.entry_price,
        exit_price=trades.exit_price,
        pnl=trades.pnl,
        return_=trades.return_,
        fees=trades.fees,
        mae=trades.mae,
        mfe=trades.mfe,
        bars_held=trades.bars_held,
        reason=_reasons(trades.reason),
    ).rename({"return_": "return"})


def fills_frame(report: Report) -> pl.DataFrame:
    """A row a fill, in the order in which they came; the columns of results.Fills."""
    fills = report.fills
    return _frame(
        time=fills.ts,
        symbol=_symbols(report, fills.symbol),
        units=fills.units,
        price=fills.price,
        slippage=fills.slippage,
        fee=fills.fee,
        volume=fills.volume,
        reason=_reasons(fills.reason),
    )


def curve_frame(report: Report) -> pl.DataFrame:
    """A row a time of the account; the columns of results.Curve."""
    curve = report.curve
    return _frame(
        time=curve.ts, equity=curve.equity, exposure=curve.exposure, benchmark=curve.benchmark
    )


def as_csv(frame: pl.DataFrame) -> bytes:
    """RFC 4180 with a header, UTF-8; times as RFC 3339 in UTC, null as nothing."""
    out = BytesIO()
    frame.write_csv(out, datetime_format="%Y-%m-%dT%H:%M:%S%.fZ")
    return out.getvalue()


def as_parquet(frame: pl.DataFrame) -> bytes:
    out = BytesIO()
    frame.write_parquet(out)
    return out.getvalue()


def write_tables(report: Report, folder: Path, form: Form) -> tuple[Path, ...]:
    """Write trades, fills and curve into a folder that exists, and say where; files of these
    names are replaced."""
    write = {"csv": as_csv, "parquet": as_parquet}[form]
    frames = {"trades": trades_frame, "fills": fills_frame, "curve": curve_frame}
    paths = {folder / f"{name}.{form}": frame for name, frame in frames.items()}
    for path, frame in paths.items():
        path.write_bytes(write(frame(report)))
    return tuple(paths)


def _frame(**columns: Any) -> pl.DataFrame:
    """Columns by name; those called a time become one, and a float that is none a null."""
    import polars as pl
    import polars.selectors as cs

    times = [name for name in columns if name == "time" or name.endswith("_time")]
    moment = pl.Datetime("us", "UTC")
    return pl.DataFrame(columns).with_columns(
        pl.col(times).cast(moment),
        pl.when(cs.float().is_finite()).then(cs.float()),
    )


def _symbols(report: Report, indices: Ints) -> pl.Series:
    import polars as pl

    return pl.Series([report.symbols[index] for index in indices], dtype=pl.String)


def _reasons(reasons: Ints) -> pl.Series:
    import polars as pl

    return pl.Series(in_words(reasons), dtype=pl.String)
