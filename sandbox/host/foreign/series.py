"""One series' own wasm instance of a foreign module: one bar in, one output record out."""

from __future__ import annotations

from dataclasses import dataclass

import wasmtime

from sandbox.columns import SignalCode
from sandbox.errors import BlockError, CallInterruptedError
from sandbox.fills import UNLIMITED, FillRules
from sandbox.host.call import FastRun
from sandbox.host.foreign.abi import CELL_BYTES, Region, silent_output
from sandbox.host.foreign.module import ForeignModule
from sandbox.host.foreign.start import start

_ACTIONS = frozenset(SignalCode)
_REASONS = {
    wasmtime.TrapCode.OUT_OF_FUEL: "budget",
    wasmtime.TrapCode.INTEGER_DIVISION_BY_ZERO: "division",
    wasmtime.TrapCode.INTEGER_OVERFLOW: "division",
    wasmtime.TrapCode.BAD_CONVERSION_TO_INTEGER: "conversion",
    wasmtime.TrapCode.MEMORY_OUT_OF_BOUNDS: "memory",
    wasmtime.TrapCode.STACK_OVERFLOW: "stack",
    wasmtime.TrapCode.UNREACHABLE: "unreachable",
    wasmtime.TrapCode.TABLE_OUT_OF_BOUNDS: "call",
    wasmtime.TrapCode.INDIRECT_CALL_TO_NULL: "call",
    wasmtime.TrapCode.BAD_SIGNATURE: "call",
}


@dataclass(frozen=True, slots=True)
class Said:
    """output: the record. steps: instructions that it took. trap: the reason of one, or None."""

    output: bytes
    steps: int
    trap: str | None


class ForeignSeries:
    """Not for several threads at a time.

    Before every bar the host writes the records anew, so that nothing but the state region,
    and what the rules forbid, goes from one bar to the next.
    """

    def __init__(self, module: ForeignModule, params: bytes, fills: FillRules = UNLIMITED) -> None:
        self._module = module
        self._params = params
        self._account_state = module.engine.account.initial(fills) if module.wants_position else b""
        self._silent = silent_output(len(module.metadata.plots))
        self._begin(module.initial_state)

    def save(self) -> bytes:
        """The params, the state region, and the account where it is wanted."""
        return self._params + self._state.tobytes() + self._account_state

    def restore(self, saved: bytes) -> None:
        """Goes on, in a fresh instance, from what save gave."""
        sizes = (len(self._params), len(self._state), len(self._account_state))
        if len(saved) != sum(sizes):
            raise BlockError(f"the saved state has {len(saved)} bytes, not {sum(sizes)}")
        params, state = sizes[0], sizes[0] + sizes[1]
        self._params, self._account_state = saved[:params], saved[state:]
        self._begin(saved[params:state])

    def advance(self, bar: bytes) -> Said:
        """Evaluates the next bar. After a trap the state is as before it, in a fresh instance.

        Raises CallInterruptedError when the outer net ended the call twice: it goes by the wall
        clock, so a machine that stood still must not decide what becomes of a strategy.
        """
        module = self._module
        before = self._state.tobytes()
        account = module.engine.account if module.wants_position else None
        position = account.position(self._account_state, bar) if account else b""
        try:
            output, steps, trap = self._call(bar + position)
        except CallInterruptedError:
            self._begin(before)
            output, steps, trap = self._call(bar + position)
        if trap is not None:
            self._begin(before)
        elif account:
            self._account_state = account.after(self._account_state, output, bar)
        return Said(output, steps, trap)

    def _call(self, record: bytes) -> tuple[bytes, int, str | None]:
        self._bar[:] = record
        self._params_record[:] = self._params
        self._output[:] = self._silent
        fuel = self._module.engine.foreign_limits.bar_fuel
        self._store.set_fuel(fuel)
        trap = self._on_bar(*self._addresses, 0, self._epochs_max)
        steps = fuel - self._store.get_fuel()
        if trap is not None:
            return self._silent, steps, _reason(trap)
        output = self._output.tobytes()
        if int.from_bytes(output[:CELL_BYTES], "little") not in _ACTIONS:
            return self._silent, steps, "action"
        return output, steps, None

    def _begin(self, state: bytes) -> None:
        module = self._module
        started = start(module.engine, module.native)
        places = started.descriptor
        assert places == module.descriptor, "the same start gives the same places"
        self._store = started.store  # the views below are alive as long as it is
        self._memory = started.memory
        self._on_bar = FastRun(started.store, started.on_bar, module.engine.epochs)
        self._epochs_max = module.engine.limits.call_epochs_max
        self._addresses = places.bar.address, places.output.address
        self._bar = self._view(places.bar)
        self._params_record = self._view(places.params)
        self._output = self._view(places.output)
        self._state = self._view(places.state)
        self._state[:] = state

    def _view(self, region: Region) -> memoryview:
        return self._memory[region.address : region.end]


def _reason(trap: wasmtime.Trap) -> str:
    """Why the bar says nothing. Raises CallInterruptedError for what is not its own doing."""
    code = trap.trap_code
    if code is None or code not in _REASONS:
        raise CallInterruptedError(f"the call was ended by the outer net: {code}")
    return _REASONS[code]
