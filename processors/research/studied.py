"""A study on bars of the database: read whole where they are few, else as it goes through them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import psycopg

from processors.research.frames import RefusedError, no_bars
from processors.research.long_bars import WHOLE_MAX, LongBars, begun, must_be_whole
from processors.research.report.report import Report
from processors.research.stored_streams import expected_bars, stored_opens, stored_streams
from processors.research.study import NoBarsError, Study, report_with
from sandbox.host.module import StrategyModule
from schemas.columns import Ints, joined
from schemas.series import Series

Progress = Callable[[int, int], None]
CHUNK_BARS = 8_192
"""Between two reports of progress."""


def studied(
    connection: psycopg.Connection,
    study: Study,
    series: Sequence[Series],
    end_us: int | None,
    strategy: StrategyModule,
    book: StrategyModule,
    progress: Progress,
) -> tuple[Report, int]:
    """The report, and on how many bars. study: without bars; series: of its symbols. Raises
    RefusedError, what a strategy may raise, and psycopg.Error."""
    with stored_streams(connection, series, end_us) as streams:
        found = begun(streams, WHOLE_MAX)
        if found.whole is None and not must_be_whole(study.listings or ()):
            _check(series, stored_opens(connection, series, 0, end_us))
            source = LongBars(
                found.streams, lambda begin_us: stored_opens(connection, series, begin_us, end_us)
            )
            expected = expected_bars(connection, series, end_us)
            return _run(replace(study, source=source), strategy, book, progress, expected)
        whole = found.whole or [joined(stream) for stream in found.streams]
    _check(series, [bars.ts for bars in whole])
    total = sum(map(len, whole))
    return _run(replace(study, bars=whole), strategy, book, progress, total)


def _run(
    study: Study, strategy: StrategyModule, book: StrategyModule, progress: Progress, total: int
) -> tuple[Report, int]:
    """total: about how many bars there are."""
    done = 0

    def heard(bars: int) -> None:
        nonlocal done
        done = bars
        progress(bars, max(bars, total))

    progress(0, total)
    try:
        return report_with(study, strategy, book, heard, CHUNK_BARS), done
    except NoBarsError:
        raise RefusedError("no_bars", "There are no bars from begin_ts on.") from None


def _check(series: Sequence[Series], opens: Sequence[Ints]) -> None:
    """opens: of each series some, none where it has no bars."""
    missing = [each.symbol for each, ts in zip(series, opens, strict=True) if not len(ts)]
    if missing:
        raise no_bars(missing, series[0])
