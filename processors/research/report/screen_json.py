"""A screen as JSON: the result that the command prints and that a request is answered by."""

from __future__ import annotations

from dataclasses import asdict

import orjson

from processors.research.screen import Screened
from sandbox.columns import SignalCode
from streams.codec import rfc3339


def screen_json(
    found: Screened, top: int | None, *, universe: str | None = None, as_of_us: int | None = None
) -> bytes:
    """matches: the first `top`, by rank. as_of: the close up to which bars were seen, where one
    was asked for or a universe has one."""
    document = {
        "universe": universe,
        "as_of": None if as_of_us is None else rfc3339(as_of_us),
        "matches": [
            {**asdict(match), "ts": rfc3339(match.ts), "signal": word_of(match.signal)}
            for match in found.matches[:top]
        ],
        "matched": len(found.matches),
        "symbols": found.symbols,
        "stale": {symbol: rfc3339(ts) for symbol, ts in found.stale.items()},
        "receipt": found.receipt,
    }
    return orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)


def word_of(signal: int) -> str:
    """An order's name, `none` for none."""
    return SignalCode(signal).name.lower()
