"""Cases of protective prices: where a position is left, from when on, and which comes first."""

from __future__ import annotations

from sandbox.fills import FillRules, Reason
from tests.processors.research.case import Bar, Case

STILL: Bar = (100, 101, 99, 100)


def held_10(*closes: float, entry: float = 100) -> tuple[float, ...]:
    """Equity while ten units are held, by the closes."""
    return tuple(10_000 + 10 * (close - entry) for close in closes)


BOTH = (
    Case(
        "a profit is taken at its price",
        (STILL, STILL, (101, 106, 100, 103), STILL),
        {0: "enter_long(10, take_profit=105.0)"},
        [(1, 10, 100, 0, Reason.MARKET), (2, -10, 105, 0, Reason.TAKE_PROFIT)],
        10_000 + 10 * (105 - 100),
        held_10(100, 100, 105, 105),
    ),
    Case(
        "a profit is taken at a better open",
        (STILL, STILL, (108, 109, 107, 107), STILL),
        {0: "enter_long(10, take_profit=105.0)"},
        [(1, 10, 100, 0, Reason.MARKET), (2, -10, 108, 0, Reason.TAKE_PROFIT)],
        10_000 + 10 * (108 - 100),
        held_10(100, 100, 108, 108),
    ),
    Case(
        "a short position takes its profit below",
        (STILL, STILL, (97, 98, 94, 96), STILL),
        {0: "enter_short(10, take_profit=95.0)"},
        [(1, -10, 100, 0, Reason.MARKET), (2, 10, 95, 0, Reason.TAKE_PROFIT)],
        10_000 + 10 * (100 - 95),
        held_10(100, 100, 105, 105),
    ),
    Case(
        "a loss is stopped at its price",
        (STILL, STILL, (97, 98, 94, 96), STILL),
        {0: "enter_long(10, stop_loss=95.0)"},
        [(1, 10, 100, 0, Reason.MARKET), (2, -10, 95, 0, Reason.STOP_LOSS)],
        10_000 + 10 * (95 - 100),
        held_10(100, 100, 95, 95),
    ),
    Case(
        "a loss is stopped at a worse open",
        (STILL, STILL, (92, 93, 90, 91), STILL),
        {0: "enter_long(10, stop_loss=95.0)"},
        [(1, 10, 100, 0, Reason.MARKET), (2, -10, 92, 0, Reason.STOP_LOSS)],
        10_000 + 10 * (92 - 100),
        held_10(100, 100, 92, 92),
    ),
    Case(
        "a short position's loss is stopped above, at a worse open",
        (STILL, STILL, (107, 109, 106, 108), STILL),
        {0: "enter_short(10, stop_loss=105.0)"},
        [(1, -10, 100, 0, Reason.MARKET), (2, 10, 107, 0, Reason.STOP_LOSS)],
        10_000 - 10 * (107 - 100),
        held_10(100, 100, 93, 93),
    ),
    Case(
        "of stop and profit in one bar the stop was first",
        (STILL, STILL, (100, 106, 94, 104), STILL),
        {0: "enter_long(10, take_profit=105.0, stop_loss=95.0)"},
        [(1, 10, 100, 0, Reason.MARKET), (2, -10, 95, 0, Reason.STOP_LOSS)],
        10_000 + 10 * (95 - 100),
        held_10(100, 100, 95, 95),
    ),
    Case(
        "of a short position's stop and profit in one bar the stop was first",
        (STILL, STILL, (100, 106, 94, 96), STILL),
        {0: "enter_short(10, take_profit=95.0, stop_loss=105.0)"},
        [(1, -10, 100, 0, Reason.MARKET), (2, 10, 105, 0, Reason.STOP_LOSS)],
        10_000 - 10 * (105 - 100),
        held_10(100, 100, 95, 95),
    ),
)

TRAILS = (
    Case(
        "a trailing stop follows the best price of the bars before",
        # best: 100, the entry; then 101, the entry bar's high; then 107, so that it lies at 104
        (STILL, STILL, (103, 107, 102, 106), (106, 108, 103, 104), STILL),
        {0: "enter_long(10, trail=3.0)"},
        [(1, 10, 100, 0, Reason.MARKET), (3, -10, 107 - 3, 0, Reason.TRAILING_STOP)],
        10_000 + 10 * (104 - 100),
        held_10(100, 100, 106, 104, 104),
    ),
    Case(
        "a trailing stop begins with the entry, not with its bar's high",
        ((100, 101, 99, 100), (100, 104, 98, 103), (103, 104, 102, 103)),
        {0: "enter_long(10, trail=2.5)"},
        [(1, 10, 100, 0, Reason.MARKET)],  # 97.5 was not reached; from then on 101.5
        10_000 - 10 * 100,
        held_10(100, 103, 103),
    ),
    Case(
        "a trailing stop fills at a worse open",
        (STILL, STILL, (103, 107, 102, 106), (101, 102, 100, 101)),
        {0: "enter_long(10, trail=3.0)"},
        [(1, 10, 100, 0, Reason.MARKET), (3, -10, 101, 0, Reason.TRAILING_STOP)],
        10_000 + 10 * (101 - 100),
        held_10(100, 100, 106, 101),
    ),
    Case(
        "a short position's trailing stop follows the lowest price",
        (STILL, STILL, (97, 98, 93, 94), (94, 97, 93, 96)),
        {0: "enter_short(10, trail=3.0)"},
        [(1, -10, 100, 0, Reason.MARKET), (3, 10, 93 + 3, 0, Reason.TRAILING_STOP)],
        10_000 + 10 * (100 - 96),
        held_10(100, 100, 106, 104),
    ),
    Case(
        "of two stops the nearer counts: the trailing one",
        (STILL, STILL, (99, 100, 95, 96)),
        {0: "enter_long(10, trail=3.0, stop_loss=97.0)"},
        [(1, 10, 100, 0, Reason.MARKET), (2, -10, 101 - 3, 0, Reason.TRAILING_STOP)],
        10_000 + 10 * (98 - 100),
        held_10(100, 100, 98),
    ),
    Case(
        "of two stops the nearer counts: the fixed one",
        (STILL, STILL, (99, 100, 95, 96)),
        {0: "enter_long(10, trail=3.0, stop_loss=98.5)"},
        [(1, 10, 100, 0, Reason.MARKET), (2, -10, 98.5, 0, Reason.STOP_LOSS)],
        10_000 + 10 * (98.5 - 100),
        held_10(100, 100, 98.5),
    ),
    Case(
        "a trail set later begins at the close at which it was",
        # held since 100; best 110 by then, but the trail begins at the close, 104: 102
        (STILL, (100, 110, 99, 104), (104, 105, 102.5, 103), (103, 104, 101, 102)),
        {0: "enter_long(10)", 1: "exit(trail=2.0)"},
        [(1, 10, 100, 0, Reason.MARKET), (3, -10, 105 - 2, 0, Reason.TRAILING_STOP)],
        10_000 + 10 * (103 - 100),
        held_10(100, 104, 103, 103),
    ),
)

ENTRIES = (
    Case(
        "entry and stop in the same bar",
        (STILL, (100, 101, 94, 98), STILL),
        {0: "enter_long(10, stop_loss=95.0)"},
        [(1, 10, 100, 0, Reason.MARKET), (1, -10, 95, 0, Reason.STOP_LOSS)],
        10_000 + 10 * (95 - 100),
        held_10(100, 95, 95),
        trades=[(10, 100, 95, 10 * (95 - 100), Reason.STOP_LOSS)],
    ),
    Case(
        "entry and profit in the same bar",
        (STILL, (100, 106, 99, 98), STILL),
        {0: "enter_long(10, take_profit=105.0)"},
        [(1, 10, 100, 0, Reason.MARKET), (1, -10, 105, 0, Reason.TAKE_PROFIT)],
        10_000 + 10 * (105 - 100),
        held_10(100, 105, 105),
    ),
    Case(
        "a limit entry and its stop in the same bar",
        (STILL, (100, 101, 94, 98), STILL),
        {0: "enter_long(10, limit=97.0, stop_loss=95.0)"},
        [(1, 10, 97, 0, Reason.LIMIT), (1, -10, 95, 0, Reason.STOP_LOSS)],
        10_000 + 10 * (95 - 97),
        held_10(100, 98, 98),
    ),
    Case(
        "a limit entry below its own stop leaves where it entered",
        (STILL, (92, 96, 91, 94), STILL),
        {0: "enter_long(10, limit=97.0, stop_loss=95.0)"},
        [(1, 10, 92, 0, Reason.LIMIT), (1, -10, 92, 0, Reason.STOP_LOSS)],
        10_000,
        held_10(100, 100, 100),
    ),
    Case(
        "prices of an entry at the close work from the next bar on",
        (STILL, (100, 106, 94, 100), (100, 104, 98, 102), (102, 103, 94, 96)),
        {0: 'enter_long(10, at="close", take_profit=105.0, stop_loss=95.0)'},
        [(1, 10, 100, 0, Reason.MARKET_ON_CLOSE), (3, -10, 95, 0, Reason.STOP_LOSS)],
        10_000 + 10 * (95 - 100),
        held_10(100, 100, 102, 95),
    ),
    Case(
        "a trail of an entry at the close begins with the entry",
        (STILL, (100, 120, 94, 100), (100, 104, 98, 102), (102, 103, 100, 101)),
        {0: 'enter_long(10, at="close", trail=3.0)'},
        [(1, 10, 100, 0, Reason.MARKET_ON_CLOSE), (3, -10, 104 - 3, 0, Reason.TRAILING_STOP)],
        10_000 + 10 * (101 - 100),
        held_10(100, 100, 102, 101),
    ),
    Case(
        "under this close a gap at the next open goes through the stop",
        (STILL, (90, 92, 88, 91), (91, 92, 90, 91)),
        {0: "enter_long(10, stop_loss=95.0)"},
        [(0, 10, 100, 0, Reason.MARKET_ON_CLOSE), (1, -10, 90, 0, Reason.STOP_LOSS)],
        10_000 + 10 * (90 - 100),
        held_10(100, 90, 90),
        rules=FillRules(at_close=1.0),
    ),
    Case(
        "under this close a gap at the next open is the profit's better price",
        (STILL, (110, 112, 108, 111), (111, 112, 110, 111)),
        {0: "enter_long(10, take_profit=105.0)"},
        [(0, 10, 100, 0, Reason.MARKET_ON_CLOSE), (1, -10, 110, 0, Reason.TAKE_PROFIT)],
        10_000 + 10 * (110 - 100),
        held_10(100, 110, 110),
        rules=FillRules(at_close=1.0),
    ),
)

SET = (
    Case(
        "prices of an exit work from the next bar on",
        (STILL, (100, 101, 90, 100), (100, 101, 94, 96), STILL),
        {0: "enter_long(10)", 1: "exit(stop=95.0)"},
        [(1, 10, 100, 0, Reason.MARKET), (2, -10, 95, 0, Reason.STOP_LOSS)],
        10_000 + 10 * (95 - 100),
        held_10(100, 100, 95, 95),
    ),
    Case(
        "a stop is moved",
        (STILL, STILL, (100, 108, 99, 107), (107, 108, 103, 104), STILL),
        {0: "enter_long(10, stop_loss=95.0)", 2: "exit(stop=105.0)"},
        [(1, 10, 100, 0, Reason.MARKET), (3, -10, 105, 0, Reason.STOP_LOSS)],
        10_000 + 10 * (105 - 100),
        held_10(100, 100, 107, 105, 105),
    ),
    Case(
        "whoever gives one price replaces all three",
        (STILL, STILL, (97, 98, 90, 96), (101, 106, 100, 104)),
        {0: "enter_long(10, stop_loss=95.0, trail=4.0)", 1: "exit(limit=105.0)"},
        [(1, 10, 100, 0, Reason.MARKET), (3, -10, 105, 0, Reason.TAKE_PROFIT)],
        10_000 + 10 * (105 - 100),
        held_10(100, 100, 96, 105),
    ),
    Case(
        "an order that adds brings its prices along",
        (STILL, STILL, STILL, (97, 98, 93, 94), STILL),
        {0: "order(10, stop_loss=90.0)", 1: "order(10, stop_loss=96.0)"},
        [
            (1, 10, 100, 0, Reason.MARKET),
            (2, 10, 100, 0, Reason.MARKET),
            (3, -20, 96, 0, Reason.STOP_LOSS),
        ],
        10_000 + 20 * (96 - 100),
        (10_000, 10_000, 10_000, 10_000 - 20 * 4, 10_000 - 20 * 4),
    ),
    Case(
        "an order that adds without prices leaves those that stand",
        (STILL, STILL, STILL, (97, 98, 94, 94), STILL),
        {0: "order(10, stop_loss=95.0)", 1: "order(10)"},
        [
            (1, 10, 100, 0, Reason.MARKET),
            (2, 10, 100, 0, Reason.MARKET),
            (3, -20, 95, 0, Reason.STOP_LOSS),
        ],
        10_000 + 20 * (95 - 100),
        (10_000, 10_000, 10_000, 10_000 - 20 * 5, 10_000 - 20 * 5),
    ),
    Case(
        "a position turned around has the prices of the order that did it",
        (STILL, STILL, STILL, (97, 98, 94, 94), (104, 106, 103, 104)),
        {0: "enter_long(10, stop_loss=95.0)", 1: "enter_short(10, stop_loss=105.0)"},
        [
            (1, 10, 100, 0, Reason.MARKET),
            (2, -20, 100, 0, Reason.MARKET),
            (4, 10, 105, 0, Reason.STOP_LOSS),
        ],
        10_000 - 10 * (105 - 100),
        (10_000, 10_000, 10_000, 10_000 + 10 * 6, 10_000 - 10 * 5),
    ),
    Case(
        "prices end with the position",
        (STILL, STILL, STILL, STILL, (97, 98, 94, 96)),
        {0: "enter_long(10, stop_loss=95.0)", 1: "exit()", 2: "enter_long(10)"},
        [
            (1, 10, 100, 0, Reason.MARKET),
            (2, -10, 100, 0, Reason.EXIT),
            (3, 10, 100, 0, Reason.MARKET),
        ],
        10_000 - 10 * 100,
        held_10(100, 100, 100, 100, 96),
    ),
    Case(
        "prices close what is left of a position",
        (STILL, STILL, STILL, (97, 98, 94, 96)),
        {0: "enter_long(10, stop_loss=95.0)", 1: "exit(percent=40)"},
        [
            (1, 10, 100, 0, Reason.MARKET),
            (2, -4, 100, 0, Reason.EXIT),
            (3, -6, 95, 0, Reason.STOP_LOSS),
        ],
        10_000 + 6 * (95 - 100),
        (10_000, 10_000, 10_000, 10_000 - 6 * 5),
    ),
    Case(
        "an order that is refused leaves the prices that stand",
        (STILL, STILL, STILL, STILL),
        {0: "enter_long(10, stop_loss=90.0)", 1: "order(1_000, stop_loss=99.5)"},
        [(1, 10, 100, 0, Reason.MARKET)],
        10_000 - 10 * 100,
        held_10(100, 100, 100, 100),
        refused=[2],
    ),
    Case(
        "an order at the close that is refused leaves the prices that stand",
        (STILL, STILL, STILL, STILL),
        {0: "enter_long(10, stop_loss=90.0)", 1: 'order(1_000, at="close", stop_loss=99.5)'},
        [(1, 10, 100, 0, Reason.MARKET)],
        10_000 - 10 * 100,
        held_10(100, 100, 100, 100),
        refused=[2],
    ),
    Case(
        "prices of an exit beside an order that waits guard what is held",
        (STILL, STILL, (97, 98, 94, 96), STILL),
        {0: "enter_long(10)", 1: "order(5, limit=50.0); exit(stop=95.0)"},
        [(1, 10, 100, 0, Reason.MARKET), (2, -10, 95, 0, Reason.STOP_LOSS)],
        10_000 + 10 * (95 - 100),
        held_10(100, 100, 95, 95),
    ),
    Case(
        "and whichever of the two is said first",
        (STILL, STILL, (97, 98, 94, 96), STILL),
        {0: "enter_long(10)", 1: "exit(stop=95.0); order(5, limit=50.0)"},
        [(1, 10, 100, 0, Reason.MARKET), (2, -10, 95, 0, Reason.STOP_LOSS)],
        10_000 + 10 * (95 - 100),
        held_10(100, 100, 95, 95),
    ),
    Case(
        "prices of an order that waits do not",
        (STILL, STILL, (97, 98, 94, 96), STILL),
        {0: "enter_long(10)", 1: "order(5, limit=50.0, stop_loss=95.0)"},
        [(1, 10, 100, 0, Reason.MARKET)],
        10_000 - 10 * 100,
        held_10(100, 100, 96, 100),
    ),
)

CASES = (*BOTH, *TRAILS, *ENTRIES, *SET)
