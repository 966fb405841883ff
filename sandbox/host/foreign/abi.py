"""The records that lie in a foreign module's memory, as docs/strategy-abi.md has them.

All are little-endian, without padding but what is named here.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from sandbox.columns import FLOAT_COLUMNS, INT_COLUMNS

VERSION = 1
MEMORY = "memory"
DESCRIBE = "peripheral_describe"
ON_BAR = "on_bar"
CELL_BYTES = 8

BAR = np.dtype(
    [
        ("time", "<i8"),
        ("open", "<f8"),
        ("high", "<f8"),
        ("low", "<f8"),
        ("close", "<f8"),
        ("volume", "<f8"),
    ]
)
POSITION_BYTES = 32
"""Behind a bar, if wanted: size f64, entry price f64, bars held i64, open profit f64."""
OUTPUT_CELLS = (*INT_COLUMNS, *FLOAT_COLUMNS)
"""An output record: 8 bytes each, and then 8 for each plot."""


def output_bytes(plots: int) -> int:
    """Of a strategy with so many plots."""
    return CELL_BYTES * (len(OUTPUT_CELLS) + plots)


def silent_output(plots: int) -> bytes:
    """The output record as it is before every bar: what a bar says that says nothing."""
    cells = np.full(len(OUTPUT_CELLS) + plots, np.nan)
    cells[: len(INT_COLUMNS)] = 0.0  # whose bits are the whole number's
    return cells.tobytes()


@dataclass(frozen=True, slots=True)
class Region:
    """Bytes of a module's memory."""

    address: int
    size: int

    @property
    def end(self) -> int:
        return self.address + self.size


_DESCRIPTOR = struct.Struct("<11I")
DESCRIPTOR_BYTES = _DESCRIPTOR.size


@dataclass(frozen=True, slots=True)
class Descriptor:
    """Where a module has its records: what peripheral_describe returns the address of."""

    version: int
    bar: Region
    output: Region
    params: Region
    state: Region
    metadata: Region

    @classmethod
    def of(cls, data: bytes) -> Descriptor:
        """From its DESCRIPTOR_BYTES bytes."""
        version, *pairs = _DESCRIPTOR.unpack(data)
        regions = (Region(*pair) for pair in zip(pairs[::2], pairs[1::2], strict=True))
        return cls(version, *regions)

    def regions(self) -> dict[str, Region]:
        """By name."""
        return {
            name: getattr(self, name) for name in ("bar", "output", "params", "state", "metadata")
        }
