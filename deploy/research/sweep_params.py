"""What a person writes of params to try → values, ranges and lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from deploy.errors import UserError
from deploy.params import parse_param
from processors.research.sweeps.space import Given, Range, Space, space_of
from processors.research.sweeps.where import condition_of
from schemas.events.strategies import ParamSpec

PARAM_HELP = "fast=5:50:5 from, to and by; fast=5,10,20 these; fast=10 this one."


def parse_given(text: str) -> tuple[str, Given]:
    """`fast=5:50:5`, `fast=5:50`, `fast=5,10,20` or `fast=10`. Raises UserError."""
    name, _, values = text.partition("=")
    name, ranged = name.strip(), ":" in values
    parts = [parse_param(f"{name}={part}")[1] for part in values.split(":" if ranged else ",")]
    if not ranged:
        return name, parts[0] if len(parts) == 1 else tuple(parts)
    if len(parts) > 3:
        raise UserError(f"--param {text!r}: a range is LOW:HIGH or LOW:HIGH:STEP.")
    low, high, *step = parts
    if low > high or (step and not step[0] > 0.0):
        raise UserError(f"--param {text!r}: a range goes from low to high, by steps above 0.")
    return name, Range(low, high, step[0] if step else None)


def space_for(specs: Sequence[ParamSpec], params: Iterable[str], where: Iterable[str]) -> Space:
    """The space that --param and --where say. Raises UserError."""
    given = dict(map(parse_given, params))
    names = [spec.name for spec in specs]
    try:
        conditions = [condition_of(text, names) for text in where]
    except ValueError as error:
        raise UserError(f"--where: {error}.") from None
    try:
        return space_of(specs, given, conditions)
    except ValueError as error:
        raise UserError(f"--param: {error}.") from None
