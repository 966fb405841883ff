"""What a strategy says at each bar, as the lines by which two ways of running it are compared."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sandbox.columns import PRICES, PROTECTIVE, unpacked

LEVELS = (*PRICES, *PROTECTIVE)


class Intent(NamedTuple):
    """One order, alert or trap. kind: of an order the action as signals have it, of an alert its
    number, or trap. terms: of an order sizing, at, tif, exits_from, size, score, LEVELS and the
    plots; None for what is no number."""

    symbol: str
    ts: int
    kind: str
    terms: tuple[str | float | None, ...] = ()


def intents_of(symbol: str, ts: NDArray[np.int64], columns: Mapping[str, Any]) -> list[Intent]:
    """Of a series' output columns, as sandbox.host.outputs has them, in the order of the bars."""
    found = []
    alerts, trapped, signal = columns["alerts"], columns["trapped"], columns["signal"]
    for row in np.flatnonzero((signal != 0) | (alerts != 0) | trapped).tolist():
        at = int(ts[row])
        if signal[row]:
            found.append(_order(symbol, at, columns, row))
        bits = int(alerts[row])
        found += [
            Intent(symbol, at, f"alert {bit}")
            for bit in range(bits.bit_length())
            if bits >> bit & 1
        ]
        if trapped[row]:
            found.append(Intent(symbol, at, "trap"))
    return found


def _order(symbol: str, ts: int, columns: Mapping[str, Any], row: int) -> Intent:
    ordered = unpacked(int(columns["signal"][row]))
    levels = [number(columns[name][row]) for name in LEVELS]
    exits = any(not np.isnan(columns[name][row]) for name in PROTECTIVE)
    protects = ordered.code.name == "EXIT" and exits
    since = "now" if ordered.guards and exits else "fill"
    words: Sequence[str] = (ordered.sizing, ordered.at, ordered.tif, since)
    if protects:  # an exit with prices leaves later: now it only sets them
        words = ("units", "open", "gtc", "fill")
    size = None if protects else number(columns["size"][row])
    plots = [number(value) for value in columns["plots"][:, row]]
    kind = "protect" if protects else ordered.code.name.lower()
    return Intent(symbol, ts, kind, (*words, size, number(columns["score"][row]), *levels, *plots))


def number(value: float) -> float | None:
    """None for na and the infinities, which JSON does not have."""
    return float(value) if math.isfinite(value) else None
