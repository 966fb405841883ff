"""Cases of orders: when they fill and at which price, how long they wait, what they leave."""

from __future__ import annotations

from sandbox.fills import FillRules, Reason
from tests.processors.research.case import HOUR_US, Case

RISES = ((100, 104, 98, 102), (103, 108, 101, 106), (105, 110, 104, 109), (108, 112, 107, 111))
QUIET = (10_000,) * 4
"""Equity where nothing filled."""
FALLS = ((100, 101, 99, 100), (99, 100, 97, 98), (96, 97, 94, 95), (95, 96, 90, 91))
LEAPS = ((100, 101, 99, 100), (107.5, 109, 107.4, 108), (105, 107, 104, 106), (106, 107, 105, 106))
HOURS = (*[(100, 101, 99, 100)] * 4, (100, 101, 94, 100), (100, 101, 99, 100))

MOMENT = (
    Case(
        "a market order fills at the next open",
        RISES,
        {0: "enter_long(10)"},
        [(1, 10, 103, 0, Reason.MARKET)],
        10_000 - 10 * 103,
        (10_000, 10_000 + 10 * (106 - 103), 10_000 + 10 * (109 - 103), 10_000 + 10 * (111 - 103)),
        trades=[(10, 103, 111, 10 * (111 - 103), Reason.END)],
    ),
    Case(
        "under this close it fills at the close at which it was given",
        RISES,
        {0: "enter_long(10)", 2: "exit()"},
        [(0, 10, 102, 0, Reason.MARKET_ON_CLOSE), (2, -10, 109, 0, Reason.EXIT_ON_CLOSE)],
        10_000 - 10 * 102 + 10 * 109,
        (10_000, 10_000 + 10 * (106 - 102), 10_000 + 10 * (109 - 102), 10_000 + 10 * (109 - 102)),
        rules=FillRules(at_close=1.0),
    ),
    Case(
        "under this close an order of the last bar fills at its close",
        RISES,
        {3: "enter_long(10)"},
        [(3, 10, 111, 0, Reason.MARKET_ON_CLOSE)],
        10_000 - 10 * 111,
        QUIET,
        rules=FillRules(at_close=1.0),
    ),
    Case(
        "at the close an entry fills at the next bar's",
        RISES,
        {0: 'enter_long(10, at="close")'},
        [(1, 10, 106, 0, Reason.MARKET_ON_CLOSE)],
        10_000 - 10 * 106,
        (10_000, 10_000, 10_000 + 10 * (109 - 106), 10_000 + 10 * (111 - 106)),
    ),
    Case(
        "at the close means the next bar's under this close too",
        RISES,
        {0: 'enter_short(10, at="close")'},
        [(1, -10, 106, 0, Reason.MARKET_ON_CLOSE)],
        10_000 + 10 * 106,
        (10_000, 10_000, 10_000 - 10 * (109 - 106), 10_000 - 10 * (111 - 106)),
        rules=FillRules(at_close=1.0),
    ),
    Case(
        "an exit fills at the next open",
        RISES,
        {0: "enter_long(10)", 1: "exit()"},
        [(1, 10, 103, 0, Reason.MARKET), (2, -10, 105, 0, Reason.EXIT)],
        10_000 + 10 * (105 - 103),
        (10_000, 10_000 + 10 * (106 - 103), 10_000 + 10 * (105 - 103), 10_000 + 10 * (105 - 103)),
        trades=[(10, 103, 105, 10 * (105 - 103), Reason.EXIT)],
    ),
    Case(
        "at the close an exit fills at the next bar's",
        RISES,
        {0: "enter_long(10)", 1: 'exit(at="close")'},
        [(1, 10, 103, 0, Reason.MARKET), (2, -10, 109, 0, Reason.EXIT_ON_CLOSE)],
        10_000 + 10 * (109 - 103),
        (10_000, 10_000 + 10 * (106 - 103), 10_000 + 10 * (109 - 103), 10_000 + 10 * (109 - 103)),
    ),
    Case(
        "the bar's last order counts",
        RISES,
        {0: "enter_long(10); enter_short(4)"},
        [(1, -4, 103, 0, Reason.MARKET)],
        10_000 + 4 * 103,
        (10_000, 10_000 - 4 * (106 - 103), 10_000 - 4 * (109 - 103), 10_000 - 4 * (111 - 103)),
    ),
)

LIMITS = (
    Case(
        "a limit fills at its price",
        RISES,
        {0: "enter_long(10, limit=102.0)"},
        [(1, 10, 102, 0, Reason.LIMIT)],
        10_000 - 10 * 102,
        (10_000, 10_000 + 10 * (106 - 102), 10_000 + 10 * (109 - 102), 10_000 + 10 * (111 - 102)),
    ),
    Case(
        "a limit fills at a better open",
        RISES,
        {0: "enter_long(10, limit=105.0)"},
        [(1, 10, 103, 0, Reason.LIMIT)],
        10_000 - 10 * 103,
        (10_000, 10_000 + 10 * (106 - 103), 10_000 + 10 * (109 - 103), 10_000 + 10 * (111 - 103)),
    ),
    Case(
        "a limit that is just touched fills, under this close too",
        RISES,
        {0: "enter_long(10, limit=101.0)"},
        [(1, 10, 101, 0, Reason.LIMIT)],
        10_000 - 10 * 101,
        (10_000, 10_000 + 10 * (106 - 101), 10_000 + 10 * (109 - 101), 10_000 + 10 * (111 - 101)),
        rules=FillRules(at_close=1.0),
    ),
    Case(
        "a limit that is not touched waits", RISES, {0: "enter_long(10, limit=100.9)"}, [],
        10_000, QUIET,
    ),
    Case(
        "a limit waits for its bar",
        FALLS,
        {0: "enter_long(10, limit=95.5)"},
        [(2, 10, 95.5, 0, Reason.LIMIT)],
        10_000 - 10 * 95.5,
        (10_000, 10_000, 10_000 + 10 * (95 - 95.5), 10_000 + 10 * (91 - 95.5)),
    ),
    Case(
        "a sell limit fills at its price",
        RISES,
        {0: "enter_short(10, limit=107.0)"},
        [(1, -10, 107, 0, Reason.LIMIT)],
        10_000 + 10 * 107,
        (10_000, 10_000 - 10 * (106 - 107), 10_000 - 10 * (109 - 107), 10_000 - 10 * (111 - 107)),
    ),
    Case(
        "a sell limit fills at a better open",
        RISES,
        {0: "order(-10, limit=102.0)"},
        [(1, -10, 103, 0, Reason.LIMIT)],
        10_000 + 10 * 103,
        (10_000, 10_000 - 10 * (106 - 103), 10_000 - 10 * (109 - 103), 10_000 - 10 * (111 - 103)),
    ),
)  # fmt: skip

STOPS = (
    Case(
        "a stop fills at its price",
        RISES,
        {0: "enter_long(10, stop=107.0)"},
        [(1, 10, 107, 0, Reason.STOP)],
        10_000 - 10 * 107,
        (10_000, 10_000 + 10 * (106 - 107), 10_000 + 10 * (109 - 107), 10_000 + 10 * (111 - 107)),
    ),
    Case(
        "a stop fills at a worse open",
        RISES,
        {0: "enter_long(10, stop=102.5)"},
        [(1, 10, 103, 0, Reason.STOP)],
        10_000 - 10 * 103,
        (10_000, 10_000 + 10 * (106 - 103), 10_000 + 10 * (109 - 103), 10_000 + 10 * (111 - 103)),
    ),
    Case(
        "a stop waits for its bar",
        RISES,
        {0: "enter_long(10, stop=109.5)"},
        [(2, 10, 109.5, 0, Reason.STOP)],
        10_000 - 10 * 109.5,
        (10_000, 10_000, 10_000 + 10 * (109 - 109.5), 10_000 + 10 * (111 - 109.5)),
    ),
    Case(
        "a sell stop fills at its price",
        RISES,
        {0: "enter_short(10, stop=102.0)"},
        [(1, -10, 102, 0, Reason.STOP)],
        10_000 + 10 * 102,
        (10_000, 10_000 - 10 * (106 - 102), 10_000 - 10 * (109 - 102), 10_000 - 10 * (111 - 102)),
    ),
    Case(
        "a sell stop fills at a worse open",
        FALLS,
        {1: "enter_short(10, stop=97.0)"},
        [(2, -10, 96, 0, Reason.STOP)],
        10_000 + 10 * 96,
        (10_000, 10_000, 10_000 - 10 * (95 - 96), 10_000 - 10 * (91 - 96)),
    ),
    Case(
        "a stop-limit is triggered and fills in the same bar",
        RISES,
        {0: "enter_long(10, stop=107.0, limit=106.5)"},
        [(1, 10, 106.5, 0, Reason.STOP_LIMIT)],
        10_000 - 10 * 106.5,
        (
            10_000,
            10_000 + 10 * (106 - 106.5),
            10_000 + 10 * (109 - 106.5),
            10_000 + 10 * (111 - 106.5),
        ),
    ),
    Case(
        "a stop-limit whose limit lies beyond fills where it is triggered",
        RISES,
        {0: "enter_long(10, stop=107.0, limit=107.5)"},
        [(1, 10, 107, 0, Reason.STOP_LIMIT)],
        10_000 - 10 * 107,
        (10_000, 10_000 + 10 * (106 - 107), 10_000 + 10 * (109 - 107), 10_000 + 10 * (111 - 107)),
    ),
    Case(
        "a stop-limit that was triggered fills later, at a better open",
        LEAPS,
        {0: "enter_long(10, stop=107.0, limit=106.0)"},
        [(2, 10, 105, 0, Reason.STOP_LIMIT)],
        10_000 - 10 * 105,
        (10_000, 10_000, 10_000 + 10 * (106 - 105), 10_000 + 10 * (106 - 105)),
    ),
    Case(
        "a stop-limit that was triggered fills later, at its limit",
        LEAPS,
        {0: "enter_long(10, stop=107.0, limit=104.5)"},
        [(2, 10, 104.5, 0, Reason.STOP_LIMIT)],
        10_000 - 10 * 104.5,
        (10_000, 10_000, 10_000 + 10 * (106 - 104.5), 10_000 + 10 * (106 - 104.5)),
    ),
    Case(
        "a stop-limit that is not triggered waits at its limit",
        RISES, {0: "enter_long(10, stop=115.0, limit=104.0)"}, [], 10_000, QUIET,
    ),
    Case(
        "a short stop-limit is triggered and fills later",
        # triggered by the second bar's low, whose high stays below the limit
        ((100, 101, 99, 100), (97, 97.5, 96, 97), (97, 99, 96, 98), (98, 99, 97, 98)),
        {0: "enter_short(10, stop=98.0, limit=98.5)"},
        [(2, -10, 98.5, 0, Reason.STOP_LIMIT)],
        10_000 + 10 * 98.5,
        (10_000, 10_000, 10_000 - 10 * (98 - 98.5), 10_000 - 10 * (98 - 98.5)),
    ),
)  # fmt: skip

WAITING = (
    Case(
        "the next order replaces the one that waits",
        FALLS,
        {0: "enter_long(10, limit=96.5)", 1: "enter_long(5, limit=90.5)"},
        [(3, 5, 90.5, 0, Reason.LIMIT)],
        10_000 - 5 * 90.5,
        (10_000, 10_000, 10_000, 10_000 + 5 * (91 - 90.5)),
    ),
    Case(
        "an order for the close replaces the one that waits",
        FALLS,
        {0: "enter_long(10, limit=94.5)", 1: 'order(-5, at="close")'},
        [(2, -5, 95, 0, Reason.MARKET_ON_CLOSE)],
        10_000 + 5 * 95,
        (10_000, 10_000, 10_000, 10_000 - 5 * (91 - 95)),
    ),
    Case(
        "a market order replaces the one that waits",
        FALLS,
        {0: "enter_long(10, limit=94.5)", 1: "order(5)"},
        [(2, 5, 96, 0, Reason.MARKET)],
        10_000 - 5 * 96,
        (10_000, 10_000, 10_000 + 5 * (95 - 96), 10_000 + 5 * (91 - 96)),
    ),
    Case(
        "a cancelled order does not fill",
        FALLS, {0: "enter_long(10, limit=94.5)", 1: "cancel()"}, [], 10_000, QUIET,
    ),
    Case(
        "a void order cancels the one that waits",
        FALLS, {0: "enter_long(10, limit=94.5)", 1: "enter_long(na)"}, [], 10_000, QUIET,
    ),
    Case(
        "an exit leaves the order that waits, and comes before it in the same bar",
        FALLS,
        {0: "enter_long(10)", 1: "order(5, limit=90.5)", 2: "exit()"},
        [
            (1, 10, 99, 0, Reason.MARKET),
            (3, -10, 95, 0, Reason.EXIT),
            (3, 5, 90.5, 0, Reason.LIMIT),
        ],
        10_000 - 10 * 99 + 10 * 95 - 5 * 90.5,
        (
            10_000,
            10_000 + 10 * (98 - 99),
            10_000 + 10 * (95 - 99),
            10_000 + 10 * (95 - 99) + 5 * (91 - 90.5),
        ),
        trades=[
            (10, 99, 95, 10 * (95 - 99), Reason.EXIT),
            (5, 90.5, 91, 5 * (91 - 90.5), Reason.END),
        ],
    ),
    Case(
        "an exit for the close leaves the order that waits, and comes after it in the same bar",
        FALLS,
        {0: "enter_long(10)", 1: "order(5, limit=90.5)", 2: 'exit(at="close")'},
        [
            (1, 10, 99, 0, Reason.MARKET),
            (3, 5, 90.5, 0, Reason.LIMIT),
            (3, -15, 91, 0, Reason.EXIT_ON_CLOSE),
        ],
        10_000 - 10 * 99 - 5 * 90.5 + 15 * 91,
        (
            10_000,
            10_000 + 10 * (98 - 99),
            10_000 + 10 * (95 - 99),
            10_000 + 10 * (91 - 99) + 5 * (91 - 90.5),
        ),
    ),
    Case(
        "for the bar an order works in the next one only",
        FALLS, {0: 'enter_long(10, limit=95.5, tif="bar")'}, [], 10_000, QUIET,
    ),
    Case(
        "for the bar an order fills in the next one",
        FALLS,
        {0: 'enter_long(10, limit=97.5, tif="bar")'},
        [(1, 10, 97.5, 0, Reason.LIMIT)],
        10_000 - 10 * 97.5,
        (10_000, 10_000 + 10 * (98 - 97.5), 10_000 + 10 * (95 - 97.5), 10_000 + 10 * (91 - 97.5)),
    ),
    Case(
        "for the day an order works to the last bar of the next bar's day",
        HOURS,
        {0: 'enter_long(10, limit=95.0, tif="day")'},
        [(4, 10, 95, 0, Reason.LIMIT)],
        10_000 - 10 * 95,
        (10_000, 10_000, 10_000, 10_000, 10_000 + 10 * (100 - 95), 10_000 + 10 * (100 - 95)),
        begin_us=19 * HOUR_US,  # the fifth bar is that of 23:00
        step_us=HOUR_US,
    ),
    Case(
        "for the day an order ends at midnight UTC",
        HOURS,
        {0: 'enter_long(10, limit=95.0, tif="day")'},
        [],
        10_000,
        (10_000,) * 6,
        begin_us=20 * HOUR_US,  # the fifth bar is that of 00:00
        step_us=HOUR_US,
    ),
    Case(
        "for the day an order of a day's last close works through the day after",
        HOURS,
        {0: 'enter_long(10, limit=95.0, tif="day")'},
        [(4, 10, 95, 0, Reason.LIMIT)],
        10_000 - 10 * 95,
        (10_000, 10_000, 10_000, 10_000, 10_000 + 10 * (100 - 95), 10_000 + 10 * (100 - 95)),
        begin_us=23 * HOUR_US,
        step_us=HOUR_US,
    ),
)  # fmt: skip

POSITIONS = (
    Case(
        "a position is turned around by one fill",
        RISES,
        {0: "enter_long(10)", 1: "enter_short(4)"},
        [(1, 10, 103, 0, Reason.MARKET), (2, -14, 105, 0, Reason.MARKET)],
        10_000 - 10 * 103 + 14 * 105,
        (
            10_000,
            10_000 + 10 * (106 - 103),
            10_000 + 10 * (105 - 103) - 4 * (109 - 105),
            10_000 + 10 * (105 - 103) - 4 * (111 - 105),
        ),
        trades=[
            (10, 103, 105, 10 * (105 - 103), Reason.MARKET),
            (-4, 105, 111, -4 * (111 - 105), Reason.END),
        ],
    ),
    Case(
        "entering adds nothing to a position of its side",
        RISES,
        {0: "enter_long(10)", 1: "enter_long(25)"},
        [(1, 10, 103, 0, Reason.MARKET)],
        10_000 - 10 * 103,
        (10_000, 10_000 + 10 * (106 - 103), 10_000 + 10 * (109 - 103), 10_000 + 10 * (111 - 103)),
    ),
    Case(
        "an order adds to a position, at their average price",
        RISES,
        {0: "order(10)", 1: "order(30)", 2: "exit()"},
        [
            (1, 10, 103, 0, Reason.MARKET),
            (2, 30, 105, 0, Reason.MARKET),
            (3, -40, 108, 0, Reason.EXIT),
        ],
        10_000 - 10 * 103 - 30 * 105 + 40 * 108,
        (
            10_000,
            10_000 + 10 * (106 - 103),
            10_000 + 10 * (109 - 103) + 30 * (109 - 105),
            10_000 + 10 * (108 - 103) + 30 * (108 - 105),
        ),
        trades=[(40, (10 * 103 + 30 * 105) / 40, 108, 40 * (108 - 104.5), Reason.EXIT)],
    ),
    Case(
        "an exit closes so many units",
        RISES,
        {0: "enter_long(10)", 1: "exit(4)"},
        [(1, 10, 103, 0, Reason.MARKET), (2, -4, 105, 0, Reason.EXIT)],
        10_000 - 10 * 103 + 4 * 105,
        (
            10_000,
            10_000 + 10 * (106 - 103),
            10_000 + 4 * (105 - 103) + 6 * (109 - 103),
            10_000 + 4 * (105 - 103) + 6 * (111 - 103),
        ),
        trades=[
            (4, 103, 105, 4 * (105 - 103), Reason.EXIT),
            (6, 103, 111, 6 * (111 - 103), Reason.END),
        ],
    ),
    Case(
        "an exit closes a share of a short position",
        RISES,
        {0: "enter_short(10)", 1: "exit(percent=25)"},
        [(1, -10, 103, 0, Reason.MARKET), (2, 2.5, 105, 0, Reason.EXIT)],
        10_000 + 10 * 103 - 2.5 * 105,
        (
            10_000,
            10_000 - 10 * (106 - 103),
            10_000 - 2.5 * (105 - 103) - 7.5 * (109 - 103),
            10_000 - 2.5 * (105 - 103) - 7.5 * (111 - 103),
        ),
    ),
    Case(
        "an exit closes a share at the close",
        RISES,
        {0: "enter_long(10)", 1: 'exit(percent=50, at="close")'},
        [(1, 10, 103, 0, Reason.MARKET), (2, -5, 109, 0, Reason.EXIT_ON_CLOSE)],
        10_000 - 10 * 103 + 5 * 109,
        (
            10_000,
            10_000 + 10 * (106 - 103),
            10_000 + 10 * (109 - 103),
            10_000 + 5 * (109 - 103) + 5 * (111 - 103),
        ),
    ),
    Case(
        "an exit of more than is held closes what is held",
        RISES,
        {0: "enter_long(10)", 1: "exit(99)"},
        [(1, 10, 103, 0, Reason.MARKET), (2, -10, 105, 0, Reason.EXIT)],
        10_000 + 10 * (105 - 103),
        (10_000, 10_000 + 10 * (106 - 103), 10_000 + 10 * (105 - 103), 10_000 + 10 * (105 - 103)),
    ),
    Case("an exit from nothing does nothing", RISES, {0: "exit()"}, [], 10_000, QUIET),
    Case(
        "orders sell what is held and more",
        RISES,
        {0: "order(10)", 1: "order(-15)", 2: "order(5)"},
        [
            (1, 10, 103, 0, Reason.MARKET),
            (2, -15, 105, 0, Reason.MARKET),
            (3, 5, 108, 0, Reason.MARKET),
        ],
        10_000 - 10 * 103 + 15 * 105 - 5 * 108,
        (
            10_000,
            10_000 + 10 * (106 - 103),
            10_000 + 10 * (105 - 103) - 5 * (109 - 105),
            10_000 + 10 * (105 - 103) - 5 * (108 - 105),
        ),
        trades=[
            (10, 103, 105, 10 * (105 - 103), Reason.MARKET),
            (-5, 105, 108, -5 * (108 - 105), Reason.MARKET),
        ],
    ),
)  # fmt: skip

CASES = (*MOMENT, *LIMITS, *STOPS, *WAITING, *POSITIONS)
