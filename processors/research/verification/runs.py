"""A study run again and again, with fewer bars, other costs, or params beside: what checks ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import variance

import numpy as np

from processors.research.market import markets_of
from processors.research.montecarlo.jitter import beside
from processors.research.report.report import Report
from processors.research.results import Curve, Fills
from processors.research.study import Study, report_with, until
from processors.research.verification.costs import Outcome
from sandbox.fills import FillRules
from sandbox.host.module import StrategyModule
from schemas.columns import BarColumns

JITTER_STEPS, JITTER_RUNS = 2, 100


@dataclass(frozen=True, slots=True)
class Runs:
    """A study's modules, ready to be run."""

    study: Study
    strategy: StrategyModule
    book: StrategyModule

    def report(self, study: Study | None = None) -> Report:
        """Raises ParamError, ActionError, and ValueError where no bar is left."""
        return report_with(study or self.study, self.strategy, self.book)

    @property
    def seen(self) -> Sequence[BarColumns]:
        """By symbol, the bars as the strategy sees them. Raises ActionError."""
        study = self.study
        if study.listings is None:
            return study.bars
        actions = [listing.actions for listing in study.listings]
        return markets_of(study.bars, actions, study.begin_us).seen

    def before(self, end_us: int | None) -> tuple[Fills, Curve] | None:
        """Of the bars before a time, or of all; None where there is nothing to trade."""
        study = until(self.study, end_us)
        if not study.has_bars:
            return None
        report = self.report(study)
        return report.fills, report.curve

    def at_costs(self, rules: FillRules) -> Outcome:
        """With other rules."""
        report = self.report(replace(self.study, rules=rules))
        fills, summary = report.fills, report.summary
        return_pct, sharpe = summary["return_pct"], summary["sharpe"]
        assert return_pct is not None, "there are bars"
        return Outcome(
            return_pct=float(return_pct),
            sharpe=None if sharpe is None else float(sharpe),
            paid=float(fills.fee.sum() + fills.slippage.sum()),
            traded=float(np.abs(fills.units * fills.price).sum()),
            fills=len(fills),
        )

    def variance_beside(
        self, seed: int, heard: Callable[[int, int], object] = lambda *_: None
    ) -> tuple[float, int] | None:
        """Variance of the annualised Sharpe ratios with params some steps from the chosen, and how
        many there are; None where no two tell one."""
        specs = self.study.compiled.metadata.params
        params = beside(specs, self.study.params, steps=JITTER_STEPS, count=JITTER_RUNS, seed=seed)
        found = []
        for done, each in enumerate(params):
            heard(done, len(params))
            sharpe = self.report(replace(self.study, params=each)).summary["sharpe"]
            if sharpe is not None:
                found.append(float(sharpe))
        return (variance(found), len(found)) if len(found) > 1 else None
