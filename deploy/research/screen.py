"""`peripheral screen`: reads what it is given, runs it, and shows what it picks."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import numpy as np
import orjson

from deploy.errors import UserError
from deploy.params import parse_params
from deploy.research.asked import compiled_or_shown, end_us
from deploy.research.bars import market_of
from deploy.text_table import text_table
from processors.research.screen import Screened, screen
from sandbox.columns import SignalCode
from sandbox.errors import ParamError
from sandbox.host.engine import SandboxEngine
from sandbox.host.module import load_module
from schemas.columns import BarColumns
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
    end = end_us("--as-of", asked.as_of)
    market = market_of(asked, end)
    bars = {symbol: _until(columns, end) for symbol, columns in market.bars.items()}
    engine = SandboxEngine()
    try:
        module = load_module(engine, compiled.wasm)
        wasm_sha256 = hashlib.sha256(compiled.wasm).hexdigest()
        found = screen(module, wasm_sha256, bars, parse_params(asked.params))
    except ParamError as error:
        raise UserError(f"--param {error.param}: {error.reason}.") from None
    finally:
        engine.close()
    if asked.as_json:
        click.echo(_json(found, asked.top), nl=False)
    else:
        click.echo("\n".join([*_table(found, asked.top), *market.notes]))
    return 0


def _until(bars: BarColumns, end: int | None) -> BarColumns:
    return bars if end is None else bars.take(slice(int(np.searchsorted(bars.ts, end))))


def _json(found: Screened, top: int | None) -> bytes:
    matches = [
        {**asdict(match), "ts": rfc3339(match.ts), "signal": SignalCode(match.signal).name.lower()}
        for match in found.matches[:top]
    ]
    document = {
        "matches": matches,
        "matched": len(found.matches),
        "symbols": found.symbols,
        "stale": {symbol: rfc3339(ts) for symbol, ts in found.stale.items()},
        "receipt": found.receipt,
    }
    return orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)


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
            "" if not match.signal else SignalCode(match.signal).name.lower().replace("_", " "),
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
