"""Where math.* is looked at, and how near it is to the exact value there.

The number beside each function is the largest error found, in ulps (0.5 is a correctly rounded
result) and rounded up: found by a million points a range, and held in the tests by a thousand.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Range = tuple[float, float]
POINTS = 1_000
LEAST, LARGEST = 5e-324, 1.7976931348623157e308
BELOW_1 = math.nextafter(1.0, 0.0)
ANGLES: list[Range] = [(-10.0, 10.0), (0.7, 0.9), (1e-12, 1e20), (9e5, 1.1e6), (1e15, LARGEST)]

# zeros, whole and broken numbers, the ends of the floats and of exp, infinities, na
SPECIAL = [0.0, 1.0, 0.5, 2.0, 3.0, 1e-320, 1e-30, 1e17, 1e300, LARGEST, 1074.5, 710.0, math.inf]
SPECIAL += [-x for x in SPECIAL] + [math.nan]

# (function, largest error found, ranges of x): a range that spans powers of ten is walked by its
# exponent, another evenly
UNARY: list[tuple[str, float, list[Range]]] = [
    ("exp", 0.76, [(-0.7, 0.7), (-745.2, 709.79), (-745.2, -708.0), (1e-20, 1.0)]),
    ("exp2", 0.76, [(-1.0, 1.0), (-1075.0, 1024.0), (-1075.0, -1021.0), (1e-20, 1.0)]),
    ("expm1", 0.63, [(-0.7, 0.7), (-40.0, 2.0), (1e-20, 709.7), (LEAST, 1e-300)]),
    ("log", 0.7, [(0.5, 2.0), (0.99, 1.01), (0.69, 0.72), (LEAST, LARGEST)]),
    ("log1p", 0.7, [(-0.5, 1.0), (-0.31, -0.27), (1e-20, LARGEST), (LEAST, 1e-300)]),
    ("log2", 0.74, [(0.5, 2.0), (0.99, 1.01), (1.4, 1.45), (LEAST, LARGEST)]),
    ("log10", 0.7, [(0.5, 2.0), (0.99, 1.01), (1.4, 1.45), (LEAST, LARGEST)]),
    ("sin", 0.6, ANGLES),
    ("cos", 0.6, ANGLES),
    ("tan", 0.63, ANGLES),
    ("asin", 0.52, [(-1.0, 1.0), (1e-20, 1.0), (0.9999, 1.0), (LEAST, 1e-300)]),
    ("acos", 0.52, [(-1.0, 1.0), (1e-20, 1.0), (0.9999, 1.0), (-1.0, -0.9999999)]),
    ("atan", 0.52, [(-2.0, 2.0), (0.1, 10.0), (1e-20, 1e20), (LEAST, LARGEST)]),
    ("sinh", 0.58, [(-1.0, 1.0), (-30.0, 30.0), (1e-20, 1.0), (700.0, 710.4)]),
    ("cosh", 0.54, [(-1.0, 1.0), (-30.0, 30.0), (1e-20, 1.0), (700.0, 710.4)]),
    ("tanh", 0.59, [(-1.0, 1.0), (-30.0, 30.0), (1e-20, 30.0), (LEAST, 1e-300)]),
    ("asinh", 0.66, [(-1.0, 1.0), (1e-20, 1e20), (LEAST, LARGEST), (0.3, 0.9)]),
    ("acosh", 0.64, [(1.0, 2.0), (1.0, 1.0000001), (1.0, 1e20), (1.0, LARGEST)]),
    ("atanh", 0.66, [(-0.999, 0.999), (1e-20, 0.5), (0.99, BELOW_1), (0.1, 0.3)]),
    ("cbrt", 0.501, [(1.0, 8.0), (-8.0, -1.0), (LEAST, LARGEST), (LEAST, 1e-300)]),
    ("degrees", 0.76, [(-10.0, 10.0), (1e-20, 1e20), (LEAST, 1e-300)]),
    ("radians", 0.76, [(-400.0, 400.0), (1e-20, 1e20), (LEAST, 1e-300)]),
]
BINARY: list[tuple[str, float, list[tuple[Range, Range]]]] = [
    (
        "pow",
        0.76,
        [
            ((0.5, 2.0), (-10.0, 10.0)),
            ((0.7, 1.42), (-2e3, 2e3)),
            ((0.99, 1.01), (-7e4, 7e4)),
            ((LEAST, LARGEST), (-1.0, 1.0)),
            ((1e-10, 1e10), (-30.0, 30.0)),
        ],
    ),
    (
        "log",
        0.501,
        [
            ((LEAST, LARGEST), (LEAST, LARGEST)),
            ((0.9, 1.1), (1.0001, 10.0)),
            ((1e-5, 1e5), (0.5, 0.999)),
            ((0.999999, 1.000001), (1.0000001, 1.00001)),
        ],
    ),
    (
        "atan2",
        0.52,
        [
            ((-1.0, 1.0), (-1.0, 1.0)),
            ((LEAST, LARGEST), (LEAST, LARGEST)),
            ((1e-3, 1e3), (-1.0, 1.0)),
            ((LEAST, 1e-300), (LEAST, 1e-300)),
        ],
    ),
    (
        "hypot",
        0.76,
        [
            ((-1.0, 1.0), (-1.0, 1.0)),
            ((LEAST, LARGEST), (LEAST, LARGEST)),
            ((LEAST, 1e-300), (LEAST, 1e-300)),
            ((1e140, 1e160), (1e140, 1e160)),
        ],
    ),
]


def points(bounds: Range, seed: int, count: int = POINTS) -> NDArray[np.float64]:
    """Both ends and a grid between them, each point moved within its cell."""
    low, high = bounds
    steps = np.arange(count) + np.random.default_rng(seed).uniform(0.0, 1.0, count)
    if low > 0.0 and high / low >= 1e3:
        inside = np.exp(np.log(low) + (np.log(high) - np.log(low)) * steps / count)
    else:
        inside = low + (high - low) * steps / count
    return np.concatenate([[low, high], np.clip(inside, low, high)])
