"""The virtual account of a foreign series: what `position.*` is to a strategy of our language.

What an order becomes is said in one place only, the strategy language's library. So the account is
a strategy in that language, which orders whatever its params say: the host puts a foreign
strategy's orders into them. It is asked twice at a bar, since position comes before orders: first
what the position is, then, from the same state, what follows from the bar's orders.
"""

from __future__ import annotations

import struct

from sandbox.columns import POSITION_FIELDS, TERMS
from sandbox.compiler.driver import compile_source
from sandbox.fills import FillRules, Trading
from sandbox.host.engine import SandboxEngine
from sandbox.host.geometry import MEMORY_BYTES
from sandbox.host.instance import Instance
from sandbox.host.module import load_module
from sandbox.host.outputs import TrapInfo

_SOURCE = '''"""The account of a strategy of another language."""

signal = param(0)
size = param(0.0)
limit = param(0.0)
stop = param(0.0)
exit_limit = param(0.0)
exit_stop = param(0.0)
exit_trail = param(0.0)


def on_bar(bar):
    plot("size", position.size)
    plot("entry_price", position.entry_price)
    plot("bars_held", position.bars_held)
    plot("open_profit", position.open_profit)
    units = nz(size, 1.0)
    if signal == 1:
        enter_long(
            units, limit=limit, stop=stop,
            take_profit=exit_limit, stop_loss=exit_stop, trail=exit_trail,
        )
    elif signal == 2:
        enter_short(
            units, limit=limit, stop=stop,
            take_profit=exit_limit, stop_loss=exit_stop, trail=exit_trail,
        )
    elif signal == 3:
        exit(size, limit=exit_limit, stop=exit_stop, trail=exit_trail)
    elif signal == 4:
        order(
            size, limit=limit, stop=stop,
            take_profit=exit_limit, stop_loss=exit_stop, trail=exit_trail,
        )
    elif signal == 5:
        cancel()
'''
_ORDERS = ("signal", *TERMS)
_NO_ORDERS = bytes(8 * len(_ORDERS))
_SIGNAL = slice(0, 8)
_TERMS = slice(16, 64)  # of an output record: from size to exit_trail
_BAR = struct.Struct("<q5d")
_POSITION = struct.Struct("<2dqd")


class Account:
    """Stateless itself, so one serves all series. Not for several threads at a time."""

    def __init__(self) -> None:
        engine = SandboxEngine(reserved_bytes=MEMORY_BYTES)
        self._instance = Instance(load_module(engine, compile_source(_SOURCE).wasm), 1)
        self._block = self._instance.allocate({})
        metadata = self._instance.metadata
        names = [param.name for param in metadata.params]
        places = [metadata.param_offsets[names.index(name)] for name in _ORDERS]
        self._orders_at = places[0]
        assert places == [places[0] + 8 * i for i in range(len(places))], "one after the other"
        assert metadata.fills_offset is not None, "it trades"
        self._fills, self._fills_at = metadata.fills, metadata.fills_offset
        outputs = [output.name for output in metadata.outputs]
        self._position = [outputs.index(f"plot.{name}") for name in POSITION_FIELDS]
        self._fresh = self._instance.save(self._block)

    def initial(self, fills: FillRules) -> bytes:
        """The state before the first bar of an account in which orders fill by these rules.

        It runs nothing, so that any thread may ask.
        """
        known = Trading(fills).words(self._fills)
        words = struct.pack(f"<{len(known)}Q", *known)
        return self._fresh[: self._fills_at] + words + self._fresh[self._fills_at + len(words) :]

    def position(self, state: bytes, bar: bytes) -> bytes:
        """The position at this bar, after its fills, as the bar record has it."""
        said = self._step(state, _NO_ORDERS, bar)
        size, entry_price, bars_held, profit = (said[place] for place in self._position)
        return _POSITION.pack(size, entry_price, int(bars_held), profit)

    def after(self, state: bytes, output: bytes, bar: bytes) -> bytes:
        """The state once the orders of the bar's output record have been placed."""
        orders = output[_SIGNAL] + output[_TERMS]
        self._step(state, orders, bar)
        return self._instance.save(self._block)

    def _step(self, state: bytes, orders: bytes, bar: bytes) -> tuple[float, ...]:
        at, end = self._orders_at, self._orders_at + len(orders)
        self._instance.restore(self._block, state[:at] + orders + state[end:])
        said = self._instance.step(self._block, _BAR.unpack_from(bar))
        assert not isinstance(said, TrapInfo), "nothing in the account can trap"
        return said
