"""Bars whose prices went a little otherwise: a strategy that lives by single prices dies of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from processors.research.statistics.summary import Figures
from processors.research.sweeps.runner import Runner
from processors.research.sweeps.tape import Window, tape_of
from schemas.columns import BarColumns


def noisy(
    bars: BarColumns, seen: BarColumns, share: float, chance: np.random.Generator
) -> BarColumns:
    """The bars with Gaussian noise on the closes' logarithmic returns, `share` of their standard
    deviation large. A bar's four prices are moved by the same factor, so that its high stays the
    highest and its low the lowest. The volume is as it was. seen: the same bars in continuous
    prices, whose returns count: a split is none.

    Raises ValueError where a close is not above 0, which has no logarithm.
    """
    if len(bars) < 2:
        return bars
    if not (seen.close > 0.0).all():
        raise ValueError("noise on returns takes prices above 0")
    close = np.log(seen.close)
    spread = float(np.diff(close).std(ddof=1)) if len(bars) > 2 else 0.0
    moved = np.append(0.0, chance.normal(0.0, 1.0, len(bars) - 1) * (share * spread))
    factor = np.exp(np.cumsum(moved))
    return BarColumns(
        ts=bars.ts,
        open=bars.open * factor,
        high=bars.high * factor,
        low=bars.low * factor,
        close=bars.close * factor,
        volume=bars.volume,
    )


@dataclass(frozen=True, slots=True)
class Noisy:
    """A task: runs with these numbers, each over bars with noise of its own."""

    window: Window
    params: Mapping[str, float]
    names: tuple[str, ...]
    share: float
    seed: int
    numbers: Sequence[int]

    def done_by(self, runner: Runner) -> dict[int, Figures]:
        """The figures by the runs' numbers: they depend on seed and number alone. Raises
        ValueError."""
        found, markets = {}, runner.tape.markets
        raw = list(zip(markets.bars, markets.seen, strict=True))
        for number in self.numbers:
            # the generator goes by the run, so it is the same whichever process has it
            chance = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(number,)))
            bars = [noisy(each, seen, self.share, chance) for each, seen in raw]
            tape = tape_of(runner.setting.markets(bars))
            reckoning = runner.reckoning(self.window, tape)
            (account,) = runner.accounts(reckoning, [self.params])
            found[number] = reckoning.figures(account, self.names)
        return found
