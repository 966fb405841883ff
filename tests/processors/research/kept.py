"""The book that the tests keep, over the same rows as the real one."""

from __future__ import annotations

import math
from dataclasses import fields

import numpy as np

from sandbox.columns import CLOSING, SignalCode, unpacked
from sandbox.fills import FillRules
from sandbox.host.orders import Orders
from tests.processors.research.booking import Run
from tests.processors.research.drawing import Drawn
from tests.sandbox.kept_book import Bar, Intent, KeptBook

_PRICES = {"limit": "limit", "stop": "stop"}
_GUARDS = {"limit": "exit_limit", "stop": "exit_stop", "trail": "exit_trail"}


def kept(drawn: Drawn, rules: FillRules) -> Run:
    series, orders = drawn
    book = KeptBook(rules, int(series.max()) + 1)
    run = Run([], [], [], {}, {}, {})
    for row, symbol in enumerate(series.tolist()):
        values = row_of(orders, row)
        bar = Bar(int(values["ts"]), *(values[f.name] for f in fields(Bar)[1:]))
        closing = bool(int(values["code"]) & CLOSING)
        actions = values["split"], values["dividend"]
        work = book.bar(symbol, bar, intent_of(values), *actions, closing=closing)
        run.equity.append(book.equity)
        run.exposure.append(book.exposure)
        run.fills.extend((row, f.units, f.price, f.fee, f.reason) for f in work.fills)
        if work.income:
            run.income[row] = work.income
        if work.refused:
            run.refused[row] = work.refused
        run.held[row] = book.holdings[symbol].size
    return run


def row_of(orders: Orders, row: int) -> dict[str, float]:
    return {field.name: getattr(orders, field.name)[row].item() for field in fields(Orders)}


def intent_of(values: dict[str, float]) -> Intent | None:
    ordered = unpacked(int(values["code"]) & ~CLOSING)
    if ordered.code == SignalCode.NONE:
        return None

    def given(names: dict[str, str]) -> dict[str, float]:
        return {
            name: values[column] for name, column in names.items() if not math.isnan(values[column])
        }

    return Intent(ordered, values["size"], given(_PRICES), given(_GUARDS))


def assert_same(found: Run, meant: Run) -> None:
    """But for the last digits."""

    def heads(run: Run) -> list[tuple[int, str]]:
        return [(fill[0], fill[-1].name) for fill in run.fills]

    assert heads(found) == heads(meant)
    assert found.refused == meant.refused
    wanted = np.array([fill[1:4] for fill in meant.fills]).reshape(-1, 3)
    np.testing.assert_allclose(
        np.array([fill[1:4] for fill in found.fills]).reshape(-1, 3), wanted, rtol=1e-8, atol=1e-9
    )
    scale = max(map(abs, meant.equity))
    np.testing.assert_allclose(found.equity, meant.equity, rtol=1e-9, atol=1e-9 * scale)
    np.testing.assert_allclose(found.exposure, meant.exposure, rtol=1e-9, atol=1e-9 * scale)
    assert found.income.keys() == meant.income.keys()
    for row, amount in found.income.items():
        assert math.isclose(amount, meant.income[row], rel_tol=1e-9, abs_tol=1e-9)
