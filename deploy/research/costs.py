"""What a person writes of costs → FillRules: "0.1%, min 1" and the like."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from deploy.errors import UserError
from sandbox.fills import NO_COSTS, FillRules

_NUMBER = r"(\d+(?:\.\d*)?(?:e-?\d+)?)"
_PARTS = re.compile(r"\s*[,+]\s*")
COMMISSIONS: Mapping[str, str] = {
    rf"{_NUMBER}%": "rate",
    rf"{_NUMBER}\s*/\s*(?:unit|share)": "per_unit",
    rf"{_NUMBER}(?:\s*/\s*trade)?": "per_trade",
    rf"min\s+{_NUMBER}": "minimum",
}
SLIPPAGES: Mapping[str, str] = {
    rf"{_NUMBER}%": "slip_share",
    rf"{_NUMBER}": "slip",
    rf"spread\s+{_NUMBER}": "slip",
    rf"volume\s+{_NUMBER}%": "impact",
}
_TIER = re.compile(rf"{_NUMBER}%\s+from\s+{_NUMBER}")
_TIERS_MAX = 2
CASH_MAX = 1e15
"""Of more a float64 no longer keeps an eighth of a unit, and squares of gains overflow at last."""
COMMISSION_HELP = (
    '"0.1%" of the value, "0.005/unit", "1/trade", "min 1", and "0.08% from 100000" once so much '
    "was traded in the month; several with commas."
)
SLIPPAGE_HELP = (
    '"0.01" in the price\'s currency, "0.05%", "spread 0.02" (half of it), or "volume 10%": the '
    "price moves by so much where an order is the bar's whole volume, by its square where less."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRules:
    """The options of an account, as they were given."""

    cash: float
    commission: str | None
    slippage: str | None
    fill: str
    leverage: float
    maintenance: float
    borrow: float
    interest: float
    lot: float
    tick: float


def rules_of(asked: AskedRules) -> FillRules:
    """How orders fill. Raises UserError."""
    for name in ("maintenance", "borrow", "interest", "lot", "tick"):
        if not 0.0 <= getattr(asked, name) < float("inf"):
            raise UserError(f"--{name} is a number from 0 on.")
    for name in ("cash", "leverage"):
        if not 0.0 < getattr(asked, name) < float("inf"):
            raise UserError(f"--{name} is a number above 0.")
    if asked.cash > CASH_MAX:
        raise UserError(f"--cash is at most {CASH_MAX:,.0f}.")
    rules = FillRules(
        at_close=float(asked.fill == "this-close"),
        cash=asked.cash,
        leverage=asked.leverage,
        maintenance=asked.maintenance,
        borrow=asked.borrow / 100.0,
        interest=asked.interest / 100.0,
        lot=asked.lot,
        tick=asked.tick,
    )
    if asked.commission:
        rules = with_commission(rules, asked.commission)
    return with_slippage(rules, asked.slippage) if asked.slippage else rules


def other_than_default(rules: FillRules) -> dict[str, float]:
    """Those that are not what they are when nobody says anything, by name."""
    defaults = asdict(NO_COSTS)
    return {name: value for name, value in asdict(rules).items() if value != defaults[name]}


def with_commission(rules: FillRules, text: str) -> FillRules:
    """The rules with the commission of a text such as "0.1%, min 1". Raises UserError."""
    values: dict[str, float] = {}
    tiers: list[tuple[float, float]] = []
    for part in _PARTS.split(text.strip()):
        tier = _TIER.fullmatch(part)
        if tier:
            tiers.append((float(tier[2]), float(tier[1]) / 100.0))
            continue
        name, value = _read(part, COMMISSIONS, "commission", COMMISSION_HELP)
        values[name] = value / 100.0 if name == "rate" else value
    if len(tiers) > _TIERS_MAX:
        raise UserError(f"--commission has {len(tiers)} tiers; at most {_TIERS_MAX} are kept.")
    for number, (start, rate) in enumerate(sorted(tiers), start=1):
        values |= {f"tier_{number}_from": start, f"tier_{number}_rate": rate}
    return replace(rules, **values)


def with_slippage(rules: FillRules, text: str) -> FillRules:
    """The rules with the slippage of a text such as "0.05%, volume 10%". Raises UserError."""
    values: dict[str, float] = {}
    for part in _PARTS.split(text.strip()):
        name, value = _read(part, SLIPPAGES, "slippage", SLIPPAGE_HELP)
        if part.startswith("spread"):
            value /= 2.0
        values[name] = values.get(name, 0.0) + (value / 100.0 if "%" in part else value)
    return replace(rules, **values)


def _read(part: str, forms: Mapping[str, str], what: str, usage: str) -> tuple[str, float]:
    for form, name in forms.items():
        match = re.fullmatch(form, part)
        if match:
            return name, float(match[1])
    raise UserError(f"--{what} can't be read at {part!r}: write {usage}")
