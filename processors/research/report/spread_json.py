"""How figures of many runs are spread out, as JSON has it."""

from __future__ import annotations

from typing import Any

from processors.research.montecarlo.spread import QUANTILES, Spread


def spread_json(spread: Spread | None) -> dict[str, Any] | None:
    """count, mean, deviation, and quantiles such as p2.5 and p50; null where no run told it."""
    if spread is None:
        return None
    quantiles = {
        f"p{100.0 * at:g}": value for at, value in zip(QUANTILES, spread.quantiles, strict=True)
    }
    return {"count": spread.count, "mean": spread.mean, "deviation": spread.deviation, **quantiles}
