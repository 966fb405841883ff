"""One request for a screen worked at, on the bench of a worker."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from processors.research.frames import Done, RefusedError, no_bars
from processors.research.report.screen_json import screen_json
from processors.research.screen import screen
from processors.research.universe import UniverseError, universe_as_of
from schemas.events.research import REPORT_INLINE_BYTES_MAX
from schemas.events.screens import RunScreen
from schemas.series import Series, interval_us

if TYPE_CHECKING:
    from processors.research.work import Bench


def screened(bench: Bench, run: RunScreen, progress: Callable[[int, int], None]) -> Done:
    """The request's result. Raises RefusedError, and what a strategy may raise."""
    module, wasm_sha256 = bench.strategy(run)
    series, end_us, at_us = _wanted(bench, run)
    bars = bench.resident(series, end_us)
    total = len(bars)
    if not total:
        raise RefusedError(
            "no_bars",
            "There are no bars of these symbols in this period: GET /v1/series lists what there"
            " is, and GET /v1/universes/{name} who belongs to a universe.",
        )
    missing = sorted(set(run.symbols or ()) - set(bars.symbols))
    if missing:
        raise no_bars(missing, series[0])
    progress(0, total)
    found = screen(module, wasm_sha256, bars, run.params)
    progress(total, total)
    content = screen_json(found, run.top, universe=run.universe, as_of_us=at_us)
    small = len(content) <= REPORT_INLINE_BYTES_MAX
    return Done(
        summary={
            "symbols": found.symbols,
            "matched": len(found.matches),
            "stale": len(found.stale),
        },
        params=dict(run.params),
        period=bars.period,
        bars=total,
        wasm_sha256=wasm_sha256,
        report=content.decode() if small else None,
        report_sha256=hashlib.sha256(content).hexdigest() if small else bench.kept(content),
        report_bytes=len(content),
        page_sha256=None,
    )


def _wanted(bench: Bench, run: RunScreen) -> tuple[list[Series], int | None, int | None]:
    """Which series, the open from which on bars are not seen, and the close that is meant."""
    name = run.universe
    if name is None:
        assert run.symbols is not None and run.feed is not None and run.interval is not None
        series = [Series(run.feed, symbol, run.interval) for symbol in run.symbols]
        end_us = None if run.as_of_ts is None else run.as_of_ts - interval_us(run.interval) + 1
        return series, end_us, run.as_of_ts
    now_us = time.time_ns() // 1_000
    try:
        universe = bench.reading(
            lambda connection: universe_as_of(connection, name, run.as_of_ts, now_us)
        )
    except UniverseError as error:
        raise RefusedError("universe", str(error)) from None
    feed, interval = universe.definition.feed, universe.definition.interval
    series = [Series(feed, symbol, interval) for symbol in universe.symbols]
    return series, universe.end_us, universe.at_us
