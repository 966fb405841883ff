"""How far an account stood below its highest so far."""

from __future__ import annotations

import numpy as np

from schemas.columns import Floats


def underwater(equity: Floats) -> Floats:
    """Equity below its running peak as a fraction of that peak, ≤ 0, shape (n,); 0.0 as long
    as the peak is not above zero."""
    peak = np.maximum.accumulate(equity)
    return np.divide(equity - peak, peak, out=np.zeros(len(equity)), where=peak > 0.0)
