"""Columns with one value in all rows, which take no memory and no time to make."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schemas.columns import Floats


@lru_cache(maxsize=64)
def constant(value: float, n: int) -> Floats:
    """Read-only, (n,)."""
    return np.broadcast_to(np.float64(value), n)


def is_constant(column: NDArray[Any]) -> bool:
    """Whether it is one of these; not whether its values happen to be the same."""
    return column.strides == (0,)
