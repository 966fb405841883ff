"""A long series as few points that look the same: every peak and trough of it is kept."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from schemas.columns import Floats

POINTS_MAX = 4_000
"""More than a screen has columns of pixels."""


def kept_rows(values: Floats, points_max: int = POINTS_MAX) -> NDArray[np.intp]:
    """The rows, rising and each once, at which to draw a series of finite values of shape (n,).

    All when there are at most points_max (≥ 4); else the first, the last, and of equal buckets
    of the others the rows of the least and the greatest, so that a line through them has the
    extremes of each bucket and of the whole.
    """
    n = len(values)
    assert points_max >= 4, "the first, the last and a bucket's two"
    if n <= points_max:
        return np.arange(n)
    edges = np.linspace(1, n - 1, (points_max - 2) // 2 + 1).astype(np.intp)
    rows = [0, n - 1]
    for start, stop in pairwise(edges):
        bucket = values[start:stop]
        rows += [start + int(bucket.argmin()), start + int(bucket.argmax())]
    return np.unique(np.array(rows, dtype=np.intp))
