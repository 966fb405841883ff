"""How often trades returned how much: counts in equal bins, none of which straddles zero."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

import numpy as np

from schemas.columns import Floats, Ints

BINS_MAX = 60
BINS_MIN = 12


@dataclass(frozen=True, slots=True)
class Bins:
    """n bins that touch; left, right and count have shape (n,). The last contains its right."""

    left: Floats
    right: Floats
    count: Ints


def binned(values: Floats) -> Bins:
    """Finite values, counted; zero is an edge, so that a bin won or lost as a whole.

    The width is Freedman and Diaconis' (1981), 2 × IQR / ∛n, for 12 to 60 bins about.
    """
    if not len(values):
        return Bins(np.empty(0), np.empty(0), np.empty(0, dtype=np.int64))
    low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
    span = (high - low) or 1.0
    quarter, three_quarters = np.quantile(values, [0.25, 0.75])
    width = 2.0 * float(three_quarters - quarter) / len(values) ** (1 / 3)
    width = min(max(width, span / BINS_MAX), span / BINS_MIN)
    # A value that is all but zero, or zero itself, still has a bin on its own side.
    first = min(floor(low / width), -1) if np.any(values < 0.0) else 0
    last = max(ceil(high / width), 1) if np.any(values >= 0.0) else 0
    edges = np.arange(first, last + 1) * width
    # The division and the product may round apart; what is at the rim belongs to the rim's bin.
    count, _ = np.histogram(np.clip(values, edges[0], edges[-1]), bins=edges)
    return Bins(edges[:-1], edges[1:], count.astype(np.int64))
