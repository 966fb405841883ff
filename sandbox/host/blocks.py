"""What a state block begins with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sandbox.fills import Trading
from sandbox.metadata import Metadata

Words = NDArray[np.uint64]


def fresh_words(metadata: Metadata, trading: Trading) -> Words:
    """A block that has seen no bar, (state_bytes / 8,), its params left at 0."""
    words = np.zeros(metadata.state_bytes // 8, np.uint64)
    for fill in metadata.initial:
        words[fill.offset // 8 : fill.offset // 8 + fill.count] = fill.word
    if metadata.fills_offset is not None:
        first = metadata.fills_offset // 8
        words[first : first + len(metadata.fills)] = trading.words(metadata.fills)
    return words
