"""Conditions on params, as `fast < slow`: a comparison of two, each a param or a number."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schemas.columns import Floats

_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_SIDE = r"([A-Za-z_]\w*|-?\d+(?:\.\d*)?(?:[eE]-?\d+)?)"
_FORM = re.compile(rf"\s*{_SIDE}\s*(<=|>=|==|!=|<|>)\s*{_SIDE}\s*")


@dataclass(frozen=True, slots=True)
class Condition:
    """left, right: a param's name or a number."""

    left: str | float
    comparison: str
    right: str | float

    def __str__(self) -> str:
        left, right = (
            side if isinstance(side, str) else f"{side:g}" for side in (self.left, self.right)
        )
        return f"{left} {self.comparison} {right}"

    def holds(self, columns: Mapping[str, Floats | float]) -> NDArray[np.bool_] | bool:
        """Whether it does, for values by name; where these are columns, in each row."""
        left, right = (
            columns[side] if isinstance(side, str) else side for side in (self.left, self.right)
        )
        found: NDArray[np.bool_] | bool = _OPERATORS[self.comparison](left, right)
        return found


def condition_of(text: str, names: Iterable[str]) -> Condition:
    """A condition as a person writes it, on params of these names. Raises ValueError."""
    known = set(names)
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a comparison of two params, such as fast < slow")
    left, comparison, right = match.groups()
    sides = [_side(side, known) for side in (left, right)]
    if not any(isinstance(side, str) for side in sides):
        raise ValueError(f"{text!r} compares no param")
    return Condition(sides[0], comparison, sides[1])


def _side(text: str, known: set[str]) -> str | float:
    if text in known:
        return text
    if text[0].isalpha() or text[0] == "_":
        listed = ", ".join(sorted(known)) or "none"
        raise ValueError(f"the strategy has no param {text}; it has {listed}")
    return float(text)
