"""What a state block begins with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sandbox.fills import FILL_FIELDS, FillRules
from sandbox.metadata import Metadata

Words = NDArray[np.uint64]


def fresh_words(metadata: Metadata, fills: FillRules) -> Words:
    """A block that has seen no bar, (state_bytes / 8,), its params left at 0. fills: how orders
    fill in its account."""
    words = np.zeros(metadata.state_bytes // 8, np.uint64)
    for fill in metadata.initial:
        words[fill.offset // 8 : fill.offset // 8 + fill.count] = fill.word
    if metadata.fills_offset is not None:
        first = metadata.fills_offset // 8
        words[first : first + len(FILL_FIELDS)] = fills.words()
    return words
