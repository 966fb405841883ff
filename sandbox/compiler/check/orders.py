"""Which orders are void: typed conditions on what an order is given."""

from __future__ import annotations

import math

from sandbox.columns import PRICES, PROTECTIVE, SignalCode
from sandbox.compiler import typed
from sandbox.compiler.check import build
from sandbox.compiler.syntax import Span
from sandbox.compiler.typed import Type


def void(code: SignalCode, values: dict[str, typed.Expression], span: Span) -> typed.Expression:
    """Whether the order can only cancel: one of a size that is na, zero, infinite, or, but for
    `order`, negative, or at an infinite price. An exit whose size is na is of all.

    values: by column, each cheap to read more than once. A constant where they are.
    """
    faults = [_is_infinite(values[name], span) for name in PRICES if name in values]
    if "size" in values:
        faults.append(_is_no_size(code, values["size"], span))
    unsure = [fault for fault in faults if not isinstance(fault, typed.Const)]
    if len(unsure) < len(faults) and any(
        fault.value for fault in faults if isinstance(fault, typed.Const)
    ):
        return build.constant(True, span)
    if not unsure:
        return build.constant(False, span)
    return unsure[0] if len(unsure) == 1 else typed.Logic(Type.BOOL, "or", tuple(unsure), span)


def with_finite_exits(
    values: dict[str, typed.Expression], span: Span
) -> dict[str, typed.Expression]:
    """The same, infinite protective prices na: one that is never reached, or always."""
    return {
        name: build.choose(_is_infinite(value, span), build.na(span), value, span)
        if name in PROTECTIVE
        else value
        for name, value in values.items()
    }


def _is_no_size(code: SignalCode, size: typed.Expression, span: Span) -> typed.Expression:
    units = build.builtin(Type.FLOAT, "abs", (size,), span) if code == SignalCode.ORDER else size
    zero, infinity = build.constant(0.0, span), build.constant(math.inf, span)
    counts = build.chain(("<", "<"), [zero, units, infinity], span)
    if code == SignalCode.EXIT:
        whole = build.builtin(Type.BOOL, "isna", (size,), span)
        if isinstance(size, typed.Const):
            whole = build.constant(math.isnan(size.value), span)
        counts = build.choose(whole, build.constant(True, span), counts, span)
    return build.negation(counts, span)


def _is_infinite(price: typed.Expression, span: Span) -> typed.Expression:
    distance = build.builtin(Type.FLOAT, "abs", (price,), span)
    return build.chain(("==",), [distance, build.constant(math.inf, span)], span)
