"""Whether a foreign strategy keeps state outside of its region, found out by running it.

Nothing in a module says so. So it runs twice side by side: once as always, and once in an
instance that starts afresh at every bar and gets the region only. Where they differ, something
else was remembered, and a restart of the platform would have changed what the strategy says.
"""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.host.foreign.instance import bar_records, packed_params
from sandbox.host.foreign.module import ForeignModule
from sandbox.host.foreign.series import ForeignSeries
from schemas.columns import BarColumns


def hidden_state_at(
    module: ForeignModule, bars: BarColumns, params: Mapping[str, float]
) -> int | None:
    """The first bar whose output or state depends on more than the region; None without one.

    A start costs 0.1 ms, so that is the cost of a bar. Raises ParamError and CallInterruptedError.
    """
    words = packed_params(module.metadata, params)
    running, restarted = ForeignSeries(module, words), ForeignSeries(module, words)
    for i, bar in enumerate(bar_records(bars)):
        restarted.restore(running.save())
        if running.advance(bar) != restarted.advance(bar) or running.save() != restarted.save():
            return i
    return None
