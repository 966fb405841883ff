"""Where a program's data lie in its module's fixed memory."""

from __future__ import annotations

from sandbox.compiler import typed
from sandbox.compiler.limits import Limits
from sandbox.metadata import Layout

PAGE_BYTES = 65_536
UNDO_ENTRY_BYTES = 16
_LINE_BYTES = 64


def _aligned(value: int) -> int:
    return -(-value // _LINE_BYTES) * _LINE_BYTES


def layout_of(program: typed.Program, limits: Limits) -> Layout:
    """Control words, undo log, columns, blocks: each part on a cache line of its own."""
    chunk = limits.chunk_bars_max
    undo_bytes_max = program.ring_writes_max * UNDO_ENTRY_BYTES
    at = _aligned(16 + undo_bytes_max)
    columns = {}
    words = ("ts", "open", "high", "low", "close", "volume", "size", "score")
    cell_bytes = {"block": 4, "signal": 1, **dict.fromkeys(words, 8)}
    for name, size in {**cell_bytes, "plots": 8 * len(program.plots)}.items():
        columns[name] = at
        at = _aligned(at + size * chunk)
    stride = -(-program.state_bytes // 16) * 16
    blocks_max = max(1, min(limits.blocks_max, (limits.memory_bytes_max - at) // stride))
    memory_bytes = -(-(at + blocks_max * stride) // PAGE_BYTES) * PAGE_BYTES
    return Layout(
        progress=0,
        undo_bytes=4,
        undo=16,
        undo_bytes_max=undo_bytes_max,
        chunk_bars=chunk,
        blocks_start=at,
        stride=stride,
        blocks_max=blocks_max,
        memory_bytes=memory_bytes,
        **columns,
    )
