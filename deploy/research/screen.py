"""`peripheral screen`: reads what it is given, runs it, and shows what it picks."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
import psycopg

from deploy.configuration import load_settings
from deploy.errors import UserError
from deploy.params import parse_params
from deploy.research.asked import as_of_us, compiled_or_shown
from deploy.research.asked_study import no_bars
from deploy.research.bars import CONNECT_LIMIT_S, FACTS_ARE_STORED, market_of, opened_database
from deploy.text_table import text_table
from processors.research.report.screen_json import screen_json, word_of
from processors.research.resident import Resident, resident_of
from processors.research.screen import Screened, screen
from processors.research.stored_listings import stored_actions
from processors.research.stored_universe import stored_universe
from processors.research.universe import UniverseError, universe_as_of
from sandbox.errors import ParamError
from sandbox.host.engine import SandboxEngine
from sandbox.host.module import load_module
from schemas.series import Series, interval_us
from streams.actions import ActionError
from streams.codec import rfc3339


@dataclass(frozen=True, slots=True)
class Asked:
    """The command's options, as they were given."""

    file: Path
    bar_files: tuple[Path, ...]
    action_files: tuple[Path, ...]
    instrument_files: tuple[Path, ...]
    sample: bool
    symbols: str | None
    feed: str
    interval: str | None
    universe: str | None
    as_of: str | None
    top: int | None
    params: tuple[str, ...]
    as_json: bool
    data_dir: Path | None


def run(asked: Asked) -> int:
    """0 when there is a result, 1 when the strategy has findings. Raises UserError."""
    compiled = compiled_or_shown(asked.file)
    if compiled is None:
        return 1
    at_us = as_of_us(asked.as_of)
    try:
        universe = asked.universe
        seen = _of_universe(asked, universe, at_us) if universe else _named(asked, at_us)
    except ActionError as error:
        raise UserError(f"The splits and dividends can't be used: {error}.") from None
    engine = SandboxEngine()
    try:
        module = load_module(engine, compiled.wasm)
        wasm_sha256 = hashlib.sha256(compiled.wasm).hexdigest()
        found = screen(module, wasm_sha256, seen.bars, parse_params(asked.params))
    except ParamError as error:
        raise UserError(f"--param {error.param}: {error.reason}.") from None
    finally:
        engine.close()
    if asked.as_json:
        said = screen_json(found, asked.top, universe=asked.universe, as_of_us=seen.at_us)
        click.echo(said, nl=False)
    else:
        click.echo("\n".join([*_table(found, asked.top), *seen.notes]))
    return 0


class Seen(NamedTuple):
    """bars: those that had closed at at_us, where one was asked for, as screens see them. notes:
    sentences on what was left out."""

    bars: Resident
    at_us: int | None
    notes: Sequence[str]


def _named(asked: Asked, at_us: int | None) -> Seen:
    """The bars of files, of the sample, or of symbols of the database. Raises ActionError too."""
    market = market_of(asked, at_us)
    known = market.bars
    if at_us is not None:
        last_us = at_us - interval_us(market.interval)
        known = {
            symbol: bars.take(slice(int(np.searchsorted(bars.ts, last_us, side="right"))))
            for symbol, bars in known.items()
        }
        if not any(map(len, known.values())):
            raise UserError(no_bars(market))
    actions = dict(zip(known, (each.actions for each in market.listings), strict=True))
    return Seen(resident_of(known, actions), at_us, market.notes)


def _of_universe(asked: Asked, name: str, at_us: int | None) -> Seen:
    """The bars of a universe's members, of the database. Raises ActionError too."""
    if asked.bar_files or asked.sample or asked.symbols:
        raise UserError("Say on which symbols: --universe, or --symbols, --bars or --sample.")
    if asked.action_files or asked.instrument_files:
        raise UserError(FACTS_ARE_STORED)
    settings = load_settings(asked.data_dir)
    another = partial(psycopg.connect, settings.database_url, connect_timeout=CONNECT_LIMIT_S)
    with opened_database(settings) as connection:
        try:
            universe = universe_as_of(connection, name, at_us, time.time_ns() // 1_000)
        except UniverseError as error:
            raise UserError(str(error)) from None
        feed, interval = universe.definition.feed, universe.definition.interval
        series = [Series(feed, symbol, interval) for symbol in universe.symbols]
        connection.commit()  # what was asked for until now is no part of the one moment
        found = stored_universe(connection, another, series, universe.end_us)
        actions = stored_actions(connection, feed, universe.symbols)
    said = f"Universe {name} has {len(series):,} symbols as of {rfc3339(universe.at_us)}."
    bars = dict(zip(universe.symbols, found, strict=True))
    return Seen(resident_of(bars, actions), universe.at_us, ["", said])


def _table(found: Screened, top: int | None) -> list[str]:
    shown = found.matches[:top]
    head = f"{len(found.matches):,} of {found.symbols:,} symbols match."
    if not shown:
        return [head]
    heads = ["symbol", "rank", "score", "order", *shown[0].plots, "alerts"]
    rows = [
        [
            match.symbol,
            str(match.rank),
            _text(match.score),
            "" if not match.signal else word_of(match.signal).replace("_", " "),
            *map(_text, match.plots.values()),
            "; ".join(match.alerts),
        ]
        for match in shown
    ]
    said = [place for place in range(len(heads)) if any(row[place] for row in rows)]
    lines = [text_table([heads[i] for i in said], [[row[i] for i in said] for row in rows])]
    if found.stale:
        lines += ["", f"{len(found.stale):,} symbols have no bar as new as the others'."]
    return [head, "", *lines]


def _text(value: float | None) -> str:
    """Four digits, or thousands apart; nothing for na."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 10_000.0 else f"{value:.4g}"
