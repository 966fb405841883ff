"""Where the host puts what in a module's memory: control words, tables, columns, blocks."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.abi import MEMORY_PAGES, PAGE_BYTES, SHARED, SHARED_BYTES
from sandbox.metadata import Metadata

MEMORY_BYTES = MEMORY_PAGES * PAGE_BYTES
CELL_BYTES = 8
_TABLES = SHARED + SHARED_BYTES
_LINE_BYTES = 64
PAD_CELLS = 8  # a line: columns a power of two apart would share few sets of the cache


def _aligned(value: int) -> int:
    return -(-value // _LINE_BYTES) * _LINE_BYTES


@dataclass(frozen=True, slots=True)
class Geometry:
    """Offsets in bytes. A table is an i32 for each input column and each output. row: the same
    columns of one cell each, for a live bar. columns: of chunk_bars cells each, inputs first,
    outputs after them. Block i is at blocks + i × stride."""

    outputs: int
    chunk_bars: int
    row_table: int
    table: int
    row: int
    columns: int
    blocks: int
    stride: int
    blocks_max: int

    @property
    def pitch(self) -> int:
        """From a column to the next."""
        return CELL_BYTES * (self.chunk_bars + PAD_CELLS)

    def column(self, place: int) -> int:
        """The column's first cell; inputs come first."""
        return self.columns + place * self.pitch


def geometry_of(metadata: Metadata, chunk_bars: int, blocks_max: int) -> Geometry:
    """A room for up to blocks_max blocks, fewer where they do not fit into the memory."""
    width = len(metadata.inputs) + len(metadata.outputs)
    row_table = _TABLES
    table = _aligned(row_table + 4 * width)
    row = _aligned(table + 4 * width)
    columns = _aligned(row + CELL_BYTES * width)
    blocks = _aligned(columns + CELL_BYTES * width * (chunk_bars + PAD_CELLS))
    stride = -(-metadata.state_bytes // 16) * 16
    fitting = (MEMORY_BYTES - blocks) // stride
    assert fitting >= 1
    return Geometry(
        outputs=len(metadata.outputs),
        chunk_bars=chunk_bars,
        row_table=row_table,
        table=table,
        row=row,
        columns=columns,
        blocks=blocks,
        stride=stride,
        blocks_max=min(blocks_max, fitting),
    )
