"""The EMA cross in numba, in plain Python and in C: the same steps, the same bits."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Cross = Callable[[Floats, Floats, Ints, Floats], None]

C_SOURCE = Path(__file__).with_name("cross.c")
C_BARS_MAX = 131_072


def cross(opens: Floats, closes: Floats, signal: Ints, size: Floats) -> None:
    """One pass over (n,) bars, written as one would by hand; fills signal and size."""
    nan = np.nan
    fast = slow = gain = loss = 0.0
    held = 0.0
    entry = previous = nan
    last_fast = last_slow = nan
    code = 0
    bars = 0
    for i in range(len(closes)):
        x = closes[i]
        if held != 0.0:
            bars += 1
        if code == 1 and held <= 0.0:
            held, entry, bars = 1.0, opens[i], 0
        elif code == 3:
            held, entry, bars = 0.0, nan, 0
        fast = fast + x if i < 12 else (x - fast) * (2.0 / 13.0) + fast
        slow = slow + x if i < 26 else (x - slow) * (2.0 / 27.0) + slow
        if i == 11:
            fast /= 12
        if i == 25:
            slow /= 26
        strength = nan
        change = x - previous
        previous = x
        if i > 0:
            up = max(change, 0.0)
            down = max(-change, 0.0)
            gain = gain + up if i <= 14 else (up - gain) * (1.0 / 14.0) + gain
            loss = loss + down if i <= 14 else (down - loss) * (1.0 / 14.0) + loss
            if i == 14:
                gain /= 14
                loss /= 14
            if i >= 14:
                total = gain + loss
                strength = 100.0 * (gain / total) if total > 0.0 else 0.0
        f = fast if i >= 11 else nan
        s = slow if i >= 25 else nan
        over = last_fast <= last_slow and f > s
        under = last_fast >= last_slow and f < s
        last_fast, last_slow = f, s
        code = 0
        amount = nan
        if held == 0.0:
            if over and strength < 70.0:
                code = 1
                amount = 1.0
        elif under or strength > 80.0:
            code = 3
        signal[i] = code
        size[i] = amount
    if entry == -1.0 and bars == -1:  # what a caller would read must not be optimised away
        size[0] = 0.0


cross_numba: Cross = numba.njit()(cross)


def build_c(folder: Path) -> bytes:
    """The C peer as a module: exports memory, bars (the address of its columns) and run(n)."""
    target = folder / "cross.wasm"
    options = ("cc", "-target", "wasm32-freestanding", "-O3", "-nostdlib", "-Wl,--no-entry")
    exports = ("-Wl,--export=run", "-Wl,--export=columns")
    subprocess.run(
        [sys.executable, "-m", "ziglang", *options, *exports, "-o", str(target), str(C_SOURCE)],
        check=True,
        timeout=120,
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin", "ZIG_GLOBAL_CACHE_DIR": str(folder)},
    )
    return target.read_bytes()
