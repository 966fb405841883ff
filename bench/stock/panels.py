"""A compiled strategy, evaluated bar by bar."""

from __future__ import annotations

import hashlib
from collections.abc import MutableMapping

import numpy as np

from sandbox.compiler.driver import compile_source
from sandbox.host.engine import SandboxEngine
from sandbox.host.instance import Instance
from sandbox.host.module import load_module
from sandbox.host.outputs import Outputs
from schemas.columns import BarColumns
from schemas.events.strategies import Params
from streams.bars import BarRecord

BLOCKS_MAX = 10_000


class PerBar:
    """One instance, a state block a series; each block is saved to `state` after each bar when
    that is a table, and stays where it is otherwise."""

    def __init__(
        self, source: str, state: MutableMapping[bytes, bytes], params: Params | None = None
    ) -> None:
        wasm = compile_source(source).wasm
        self.wasm_sha256 = hashlib.sha256(wasm).hexdigest()
        self.instance = Instance(load_module(SandboxEngine(), wasm), BLOCKS_MAX)
        self._params = params or {}
        self._durable = not isinstance(state, dict)
        self._state = state
        self._blocks: dict[bytes, int] = {}

    def evaluate(self, key: bytes, bar: BarRecord) -> Outputs:
        """Advance the series by one bar."""
        block = self._blocks.get(key)
        if block is None:
            block = self._blocks[key] = self.instance.allocate(self._params)
            if self._durable and (saved := self._state.get(key)) is not None:
                self.instance.restore(block, saved)
        outputs = self.instance.evaluate(np.array([block], np.int32), one_bar(bar))
        if self._durable:
            self._state[key] = self.instance.save(block)
        return outputs


def one_bar(bar: BarRecord) -> BarColumns:
    """Columns of one row."""
    numbers = np.array([bar.open, bar.high, bar.low, bar.close, bar.volume])
    o, h, low, c, v = numbers.reshape(5, 1)
    return BarColumns(np.array([bar.ts]), o, h, low, c, v)
