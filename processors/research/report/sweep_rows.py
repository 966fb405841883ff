"""A sweep's trials as cells of text, and as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from io import StringIO

from processors.research.report.figures import figure, setting, title
from processors.research.sweeps.swept import Swept
from processors.research.sweeps.trial import Trial


def heads(swept: Swept) -> list[str]:
    """Names of the varied params, then the figures' titles."""
    return [*swept.search.space.names, *map(title, swept.search.names)]


def cells(swept: Swept, trials: Iterable[Trial]) -> list[list[str]]:
    """A row a trial, in their order."""
    return [
        [
            *(setting(trial.params[name]) for name in swept.search.space.names),
            *(figure(name, trial.figures[name]) for name in swept.search.names),
        ]
        for trial in trials
    ]


def as_csv(swept: Swept) -> str:
    """Every trial by its number, all params, then the figures; empty where one is not told. The
    same sweep gives the same text."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = list(swept.trials[0].params)
    writer.writerow(["trial", *names, *swept.search.names])
    for trial in swept.trials:
        params = (plain(trial.params[name]) for name in names)
        writer.writerow([trial.number, *params, *(trial.figures[n] for n in swept.search.names)])
    return out.getvalue()


def plain(value: float) -> float | int:
    """A whole number without its point."""
    return int(value) if value == int(value) else value


def plain_params(params: Mapping[str, float]) -> dict[str, float | int]:
    """As a person would write them."""
    return {name: plain(value) for name, value in params.items()}
