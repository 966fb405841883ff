"""A sweep's trials over two of its params: which two, and the best trial in each place."""

from __future__ import annotations

from dataclasses import dataclass

from processors.research.sweeps.ranking import score
from processors.research.sweeps.space import Axis
from processors.research.sweeps.swept import Swept
from processors.research.sweeps.trial import Trial

CELLS_MAX = 40_000


@dataclass(frozen=True, slots=True)
class Heat:
    """x, y: axes; y is None where one param is varied. cells: by places on the axes, those that
    were tried, each with the trial that is shown there."""

    x: Axis
    y: Axis | None
    cells: dict[tuple[int, int], Trial]


def heat_of(swept: Swept) -> Heat | None:
    """Over the two params with most values, of equals the first ones; None where there are too
    many places to draw.

    Of a grid, the trials that have the best one's values of all other params. Other methods hardly
    try any such, so of them each place has its best trial.
    """
    space, best = swept.search.space, swept.best
    most = sorted(space.axes, key=lambda axis: -len(axis.values))[:2]
    x, y = (*(axis for axis in space.axes if axis in most), None)[:2]
    assert x is not None
    if len(x.values) * (len(y.values) if y else 1) > CELLS_MAX:
        return None
    others = [axis.name for axis in space.axes if axis not in most]
    at_x = {value: place for place, value in enumerate(x.values)}
    at_y = {value: place for place, value in enumerate(y.values)} if y else {}
    cells: dict[tuple[int, int], Trial] = {}
    for trial in swept.trials:
        elsewhere = any(trial.params[name] != best.params[name] for name in others)
        if swept.search.method == "grid" and elsewhere:
            continue
        place = (at_x[trial.params[x.name]], at_y[trial.params[y.name]] if y else 0)
        known = cells.get(place)
        if known is None or score(trial, swept.search.by) > score(known, swept.search.by):
            cells[place] = trial
    return Heat(x, y, cells)
