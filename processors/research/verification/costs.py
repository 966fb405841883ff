"""Costs: what is left of a result where trading costs more, and at which costs nothing is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from processors.research.verification.finding import Finding, State
from sandbox.fills import FillRules

CHECK = "costs"
FACTORS = (0.0, 1.0, 2.0, 4.0, 8.0)
FACTOR_MAX = 1_024.0
ASSUMED = {"slip_share": 0.0005, "rate": 0.0005}
"""Where no costs are given: 5 basis points of slippage, 0.05 % of commission."""
_OF_TRADING = ("slip", "slip_share", "impact", "per_trade", "per_unit", "rate", "minimum")
_TIERS = ("tier_1_rate", "tier_2_rate")
_STEPS = 20
"""Halvings: the break-even is known to a millionth of the span that it was found in."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run. sharpe: annualised, None where it is not told. paid: fees and slippage; traded: the
    fills' value; fills: how many."""

    return_pct: float
    sharpe: float | None
    paid: float
    traded: float
    fills: int


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """assumed: whether the costs are ASSUMED ones. outcomes: by factor. break_even: the factor at
    which the return is 0, None where it is not above 0 without costs, infinite where it is at
    FACTOR_MAX still; paid_share: what a fill costs then, of its value."""

    assumed: bool
    outcomes: dict[float, Outcome]
    break_even: float | None
    paid_share: float | None


Run = Callable[[FillRules], Outcome]


def has_costs(rules: FillRules) -> bool:
    """Whether any fill costs anything."""
    return any(getattr(rules, name) > 0.0 for name in (*_OF_TRADING, *_TIERS))


def scaled(rules: FillRules, factor: float) -> FillRules:
    """The same with each fill's costs so many times as high; borrow and interest stay."""
    changed = {name: getattr(rules, name) * factor for name in _OF_TRADING}
    for name in _TIERS:
        if (rate := getattr(rules, name)) >= 0.0:
            changed[name] = rate * factor
    return replace(rules, **changed)


def sensitivity(
    rules: FillRules, run: Run, heard: Callable[[int, int], object] = lambda *_: None
) -> Sensitivity:
    """Runs at each of FACTORS, and where between two the return crosses 0, by halving."""
    assumed = not has_costs(rules)
    given = replace(rules, **ASSUMED) if assumed else rules
    outcomes: dict[float, Outcome] = {}
    total = len(FACTORS) + _STEPS

    def at(factor: float) -> Outcome:
        outcome = outcomes.get(factor)
        if outcome is None:
            heard(min(len(outcomes), total), total)
            outcome = outcomes[factor] = run(scaled(given, factor))
        return outcome

    for factor in FACTORS:
        at(factor)
    break_even = _crossing(lambda factor: at(factor).return_pct)
    share = None
    if break_even is not None and break_even <= FACTOR_MAX:
        there = at(break_even)
        share = there.paid / there.traded if there.traded else None
    kept = {factor: outcomes[factor] for factor in FACTORS}
    return Sensitivity(assumed, kept, break_even, share)


def _crossing(return_at: Callable[[float], float]) -> float | None:
    """The factor at which the return falls to 0, the first of those that doubling finds."""
    if not return_at(0.0) > 0.0:
        return None
    low, high = 0.0, 1.0
    while return_at(high) > 0.0:
        low, high = high, 2.0 * high
        if high > FACTOR_MAX:
            return float("inf")
    for _ in range(_STEPS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if return_at(middle) > 0.0 else (low, middle)
    return low


def finding(found: Sensitivity) -> Finding:
    """In words."""
    return Finding(CHECK, *_words(found), figures=_figures(found))


def _words(found: Sensitivity) -> tuple[State, str, str]:
    once = found.outcomes[1.0]
    whose = (
        "with 5 bp of slippage and 0.05% of commission, since none were given"
        if found.assumed
        else "with the given costs"
    )
    if not once.fills:
        return State.UNKNOWN, "It never traded, so nothing cost anything.", ""
    said = "; ".join(
        f"{factor:g} × {_return(outcome)}" for factor, outcome in found.outcomes.items()
    )
    if found.break_even is None:
        return (
            State.WARNS,
            f"It loses without costs too: {said}.",
            "There is nothing to lose by trading less.",
        )
    if found.break_even > FACTOR_MAX:
        return State.HOLDS, f"Return {whose}: {said}; costs never take all of it.", ""
    share = (
        "" if found.paid_share is None else f", {100.0 * found.paid_share:.3g}% of a fill's value"
    )
    even = f"nothing is left at {found.break_even:.3g} × these costs{share}"
    text = f"Return {whose}: {said}; {even}."
    if found.break_even > 2.0:
        return State.HOLDS, text, ""
    return (
        State.WARNS,
        text,
        "Costs of twice what is assumed are common: trade less often, or look for what your"
        " broker and your market really take.",
    )


def _return(outcome: Outcome) -> str:
    sharpe = "no Sharpe" if outcome.sharpe is None else f"Sharpe {outcome.sharpe:.2f}"
    return f"{outcome.return_pct:,.2f}% ({sharpe})"


def _figures(found: Sensitivity) -> dict[str, object]:
    even = found.break_even
    return {
        "assumed": found.assumed,
        "outcomes": [
            {"factor": factor, "return_pct": each.return_pct, "sharpe": each.sharpe}
            for factor, each in found.outcomes.items()
        ],
        "break_even_factor": None if even is None or even > FACTOR_MAX else even,
        "break_even_fill_pct": None if found.paid_share is None else 100.0 * found.paid_share,
    }
