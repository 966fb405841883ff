"""What a strategy says at each bar, as columns."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class SignalCode(IntEnum):
    """Values of `Outputs.signal`."""

    NONE = 0
    ENTER_LONG = 1
    ENTER_SHORT = 2
    EXIT = 3


@dataclass(frozen=True, slots=True)
class Outputs:
    """n bars' outputs, in the order of the bars; the arrays are the caller's own.

    signal: int8 (n,), SignalCode. size: float64 (n,), of an entry, NaN without one.
    score: float64 (n,), NaN without one. plots: float64 (n_plots, n), in the order of the
    metadata's `plots`, NaN for na. trapped: bool (n,), bars that could not be evaluated:
    they say nothing and left no trace in the state.
    """

    signal: NDArray[np.int8]
    size: NDArray[np.float64]
    score: NDArray[np.float64]
    plots: NDArray[np.float64]
    trapped: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.signal)
