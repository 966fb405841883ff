"""An order's size in one of three units, where it fills, and how long it works: what is said."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from sandbox.columns import LIFETIMES, SIZINGS, TERMS, TIMINGS, Ordered, SignalCode, unpacked
from sandbox.host.outputs import Outputs
from tests.sandbox.market import random_bars
from tests.sandbox.running import body, canonical, columns_of, interpret, run

BARS = random_bars(3, 1)
NONE = "none = bar.open - bar.open"
ORDERS = {
    "enter_long()": (Ordered(SignalCode.ENTER_LONG), 1.0),
    "enter_long(size=2)": (Ordered(SignalCode.ENTER_LONG), 2.0),
    "enter_long(cash=1000)": (Ordered(SignalCode.ENTER_LONG, "cash"), 1000.0),
    "enter_short(percent=12.5)": (Ordered(SignalCode.ENTER_SHORT, "percent"), 12.5),
    "order(cash=-250.0)": (Ordered(SignalCode.ORDER, "cash"), -250.0),
    "order(percent=none - 5.0)": (Ordered(SignalCode.ORDER, "percent"), -5.0),
    'enter_long(at="open", tif="gtc")': (Ordered(SignalCode.ENTER_LONG), 1.0),
    'enter_long(at="close")': (Ordered(SignalCode.ENTER_LONG, at="close"), 1.0),
    'order(-3, at="close", stop_loss=1.0)': (Ordered(SignalCode.ORDER, at="close"), -3.0),
    'enter_short(tif="day", limit=2.0)': (Ordered(SignalCode.ENTER_SHORT, tif="day"), 1.0),
    'order(2.0, tif="bar")': (Ordered(SignalCode.ORDER, tif="bar"), 2.0),
    'order(percent=2.0, at="close", tif="bar")': (
        Ordered(SignalCode.ORDER, "percent", "close", "bar"),
        2.0,
    ),
    'exit(at="close")': (Ordered(SignalCode.EXIT, at="close"), np.nan),
    'exit(0.5, at="close")': (Ordered(SignalCode.EXIT, at="close"), 0.5),
    "exit(percent=50)": (Ordered(SignalCode.EXIT, "percent"), 50.0),
    'exit(percent=none + 5.0, at="close")': (Ordered(SignalCode.EXIT, "percent", "close"), 5.0),
    "exit(percent=none / none)": (Ordered(SignalCode.EXIT, "percent"), np.nan),
}
VOID = (
    "enter_long(cash=0)",
    "enter_long(cash=na)",
    "enter_long(percent=-1.0)",
    "enter_short(percent=none)",
    'enter_short(cash=none / none, at="close")',
    'enter_long(percent=1.0 / none, tif="day")',
    "order(cash=0.0)",
    "order(percent=none)",
    "order(percent=na)",
    "order(cash=-1.0 / none)",
    'order(cash=5.0, limit=1.0 / none, tif="bar")',
    "exit(percent=0)",
    "exit(percent=none - 1.0)",
    'exit(percent=math.inf, at="close")',
)


def said(*lines: str) -> Outputs:
    """By the module, which the interpreter agrees with."""
    source = body(NONE, *lines)
    found, meant = run(source, BARS), canonical(interpret(source, BARS))
    for name, column in columns_of(found).items():
        np.testing.assert_array_equal(column, columns_of(meant)[name], err_msg=name)
    return found


def test_every_order_has_a_number_of_its_own_and_is_read_back_from_it() -> None:
    every = [
        Ordered(*words) for words in product(SignalCode, SIZINGS, TIMINGS, LIFETIMES, (False, True))
    ]
    assert [unpacked(ordered.packed) for ordered in every] == every
    assert len({ordered.packed for ordered in every}) == len(every)
    assert (
        Ordered(SignalCode.EXIT, "percent", "close", "bar").packed == 3 | 2 << 3 | 1 << 5 | 2 << 6
    )


@pytest.mark.parametrize("code", SignalCode)
def test_an_order_of_units_for_the_next_open_is_its_code(code: SignalCode) -> None:
    assert Ordered(code).packed == code


@pytest.mark.parametrize("signal", [-1, 6, 7, 3 << 3, 1 | 3 << 6, 1 << 9, 2**62])
def test_what_no_order_is_packed_as_means_nothing(signal: int) -> None:
    with pytest.raises(KeyError):
        unpacked(signal)


@pytest.mark.parametrize("order", ORDERS)
def test_an_order_says_its_unit_its_moment_and_its_lifetime(order: str) -> None:
    ordered, size = ORDERS[order]
    for reads in ((), ('plot("size", position.size)',)):  # which keeps orders for the next bar
        found = said(order, *reads)
        assert [unpacked(signal) for signal in found.signal.tolist()] == [ordered] * 3
        np.testing.assert_array_equal(found.size, [size] * 3)


@pytest.mark.parametrize("order", VOID)
def test_a_size_that_cannot_be_is_void_in_any_unit(order: str) -> None:
    found = said(order, 'plot("size", position.size)')
    assert found.signal.tolist() == [SignalCode.CANCEL] * 3
    for name in TERMS:
        assert np.isnan(getattr(found, name)).all(), name


def test_the_bar_s_last_order_counts_with_its_own_words() -> None:
    found = said('enter_long(cash=9.0, at="close", tif="bar")', "enter_short()")
    assert (found.signal[0], found.size[0]) == (SignalCode.ENTER_SHORT, 1.0)
    found = said("enter_short()", 'order(percent=-4.0, tif="day")')
    assert unpacked(int(found.signal[0])) == Ordered(SignalCode.ORDER, "percent", tif="day")


def test_protective_prices_beside_an_order_leave_its_words() -> None:
    found = said("enter_long(cash=100.0)", "exit(percent=50.0, stop=7.0)")
    assert unpacked(int(found.signal[0])) == Ordered(SignalCode.ENTER_LONG, "cash", guards=True)
    assert (found.size[0], found.exit_stop[0]) == (100.0, 7.0)
