"""Cases of sizes and room: cash, percent, lots, leverage, what is borrowed or called in."""

from __future__ import annotations

from sandbox.fills import FillRules, Reason
from tests.processors.research.case import YEAR_US, Bar, Case

STILL: Bar = (100, 101, 99, 100)
DAY = 1 / 365
"""A day, as a part of the year."""

SIZES = (
    Case(
        "cash buys what it pays for, fees included",
        (STILL, STILL),
        {0: "enter_long(cash=1_000)"},
        # units × 100 × 1.001 + 1 = 1,000
        [(1, 999 / 100.1, 100, 1 + 999 / 100.1 * 0.1, Reason.MARKET)],
        10_000 - 1_000,
        (10_000, 10_000 - (1 + 999 / 100.1 * 0.1)),
        rules=FillRules(per_trade=1.0, rate=0.001),
    ),
    Case(
        "cash pays the least fee, and a fee of each unit",
        (STILL, STILL, STILL),
        {0: "order(cash=1_000)", 1: "order(cash=5_005)"},
        # 10 units would cost 0.10, so 5.00; 50 units at 100 + 0.1 cost 5.00 exactly
        [(1, 995 / 100, 100, 5, Reason.MARKET), (2, 5_005 / 100.1, 100, 5, Reason.MARKET)],
        10_000 - 1_000 - 5_005,
        (10_000, 10_000 - 5, 10_000 - 10),
        rules=FillRules(per_unit=0.1, minimum=5.0),
    ),
    Case(
        "cash pays slippage",
        (STILL, STILL),
        {0: "enter_long(cash=1_005)"},
        [(1, 10, 100.5, 0, Reason.MARKET)],
        10_000 - 1_005,
        (10_000, 10_000 - 10 * 0.5),
        rules=FillRules(slip=0.5),
    ),
    Case(
        "cash below 0 sells",
        (STILL, STILL),
        {0: "order(cash=-1_000)"},
        [(1, -10, 100, 0, Reason.MARKET)],
        10_000 + 1_000,
        (10_000, 10_000),
    ),
    Case(
        "cash buys at its limit",
        (STILL, STILL),
        {0: "enter_long(cash=990, limit=99.0)"},
        [(1, 10, 99, 0, Reason.LIMIT)],
        10_000 - 990,
        (10_000, 10_000 + 10 * 1),
    ),
    Case(
        "percent is of the equity at the price of the fill",
        (STILL, STILL, (110, 111, 109, 110), (110, 111, 109, 110)),
        {0: "enter_long(50)", 1: "order(percent=40)"},
        # 5,000 of cash and 50 units at 110
        [
            (1, 50, 100, 0, Reason.MARKET),
            (2, 0.4 * (5_000 + 50 * 110) / 110, 110, 0, Reason.MARKET),
        ],
        5_000 - 0.4 * 10_500,
        (10_000, 10_000, 10_500, 10_500),
    ),
    Case(
        "percent of the equity at the close",
        (STILL, (100, 121, 99, 120)),
        {0: 'enter_short(percent=60, at="close")'},
        [(1, -0.6 * 10_000 / 120, 120, 0, Reason.MARKET_ON_CLOSE)],
        10_000 + 6_000,
        (10_000, 10_000),
    ),
    Case(
        "all of the equity pays its own fees",
        (STILL, STILL),
        {0: "enter_long(percent=100)"},
        [(1, 10_000 / 101, 100, 10_000 / 101, Reason.MARKET)],
        0,
        (10_000, 10_000 - 10_000 / 101),
        rules=FillRules(rate=0.01),
    ),
    Case(
        "all of the equity turns a position around and pays the fees of both sides",
        (STILL, STILL, STILL),
        {0: "enter_short(50)", 1: "enter_long(percent=100)"},
        # 10,000 − 50 at first, of which closing 50 units takes 50 again; the rest buys at 101
        [
            (1, -50, 100, 50, Reason.MARKET),
            (2, 50 + 9_900 / 101, 100, 50 + 9_900 / 101, Reason.MARKET),
        ],
        0,
        (10_000, 9_950, 9_900 - 9_900 / 101),
        rules=FillRules(rate=0.01),
    ),
    Case(
        "units come in whole lots",
        (STILL, STILL),
        {0: "enter_long(cash=1_090)"},
        [(1, 10, 100, 0, Reason.MARKET)],
        10_000 - 1_000,
        (10_000, 10_000),
        rules=FillRules(lot=5.0),
    ),
    Case(
        "less than a lot is refused",
        (STILL, STILL),
        {0: "enter_long(4.9)"},
        [],
        10_000,
        (10_000, 10_000),
        rules=FillRules(lot=5.0),
        refused=[1],
    ),
    Case(
        "a part is closed in whole lots, all at once",
        (STILL, STILL, STILL, STILL),
        {0: "enter_long(15)", 1: "exit(percent=50)", 2: "exit()"},
        [
            (1, 15, 100, 0, Reason.MARKET),
            (2, -5, 100, 0, Reason.EXIT),
            (3, -10, 100, 0, Reason.EXIT),
        ],
        10_000,
        (10_000,) * 4,
        rules=FillRules(lot=5.0),
    ),
    Case(
        "lots of a tenth are not lost to arithmetic",
        (STILL, STILL),
        {0: "enter_long(0.3)"},
        [(1, 3 * 0.1, 100, 0, Reason.MARKET)],
        10_000 - 30,
        (10_000, 10_000),
        rules=FillRules(lot=0.1),
    ),
)  # fmt: skip

ROOM = (
    Case(
        "what the equity pays for has room",
        (STILL, STILL),
        {0: "enter_long(100)"},
        [(1, 100, 100, 0, Reason.MARKET)],
        0,
        (10_000, 10_000),
    ),
    Case("what it does not is refused", (STILL, STILL), {0: "enter_long(100.1)"}, [], 10_000,
         (10_000, 10_000), refused=[1]),
    Case("fees need room too", (STILL, STILL), {0: "enter_long(100)"}, [], 10_000,
         (10_000, 10_000), rules=FillRules(per_trade=1.0), refused=[1]),
    Case("short positions need room too", (STILL, STILL), {0: "enter_short(100.1)"}, [], 10_000,
         (10_000, 10_000), refused=[1]),
    Case(
        "twice the equity has room under a leverage of 2",
        (STILL, STILL),
        {0: "enter_short(200)"},
        [(1, -200, 100, 0, Reason.MARKET)],
        10_000 + 20_000,
        (10_000, 10_000),
        rules=FillRules(leverage=2.0),
    ),
    Case("more than twice has none", (STILL, STILL), {0: "enter_long(200.1)"}, [], 10_000,
         (10_000, 10_000), rules=FillRules(leverage=2.0), refused=[1]),
    Case(
        "what was gained gives room",
        (STILL, STILL, (120, 121, 119, 120)),
        {0: "enter_long(50)", 1: "order(50)"},
        # 5,000 in cash and 50 units at 120 are 11,000; 100 units at 120 are 12,000
        [(1, 50, 100, 0, Reason.MARKET)],
        5_000,
        (10_000, 10_000, 10_000 + 50 * 20),
        refused=[2],
    ),
    Case(
        "a position may shrink without room",
        (STILL, STILL, (120, 121, 119, 120), (120, 121, 119, 120)),
        {0: "enter_short(90)", 2: "order(10)"},
        # 80 units at 120 are still more than the equity, 10,000 − 90 × 20
        [(1, -90, 100, 0, Reason.MARKET), (3, 10, 120, 0, Reason.MARKET)],
        10_000 + 9_000 - 1_200,
        (10_000, 10_000, 10_000 - 90 * 20, 10_000 - 90 * 20),
    ),
    Case(
        "an order that waits is refused when it would fill",
        (STILL, STILL, (100, 101, 89, 90), (90, 91, 89, 90)),
        {0: "enter_long(120, limit=90.0)"},
        [],
        10_000,
        (10_000,) * 4,
        refused=[2],
    ),
)  # fmt: skip

MARGIN = (
    Case(
        "units that are short are borrowed by the day, at the close before",
        (STILL, STILL, (104, 106, 103, 105), (105, 106, 104, 105), STILL),
        {0: "enter_short(50)", 2: "exit()"},
        # from bar 1 to 2 at a close of 100, from 2 to 3, at whose open it ends, at one of 105
        [(1, -50, 100, 0, Reason.MARKET), (3, 50, 105, 0, Reason.EXIT)],
        10_000 - 50 * 5 - 0.073 * DAY * 50 * (100 + 105),
        (
            10_000,
            10_000,
            10_000 - 50 * 5 - 0.073 * DAY * 50 * 100,
            10_000 - 50 * 5 - 0.073 * DAY * 50 * (100 + 105),
            10_000 - 50 * 5 - 0.073 * DAY * 50 * (100 + 105),
        ),
        rules=FillRules(borrow=0.073),
        trades=[(-50, 100, 105, -50 * 5 - 0.073 * DAY * 50 * (100 + 105), Reason.EXIT)],
    ),
    Case(
        "long units are not borrowed, and cash that is there earns nothing",
        (STILL, STILL, STILL),
        {0: "enter_long(50)"},
        [(1, 50, 100, 0, Reason.MARKET)],
        5_000,
        (10_000,) * 3,
        rules=FillRules(borrow=0.073, interest=0.05),
        step_us=YEAR_US,
    ),
    Case(
        "cash that is owed bears interest",
        (STILL, STILL, STILL, STILL),
        {0: "enter_long(150)"},
        # 5,000 owed; the second year on the interest of the first too
        [(1, 150, 100, 0, Reason.MARKET)],
        -5_000 * 1.06 * 1.06,
        (10_000, 10_000, 15_000 - 5_000 * 1.06, 15_000 - 5_000 * 1.06 * 1.06),
        rules=FillRules(leverage=2.0, interest=0.06),
        step_us=YEAR_US,
    ),
    Case(
        "below the maintenance all is closed at the next open",
        (STILL, STILL, (100, 100, 64, 65), (60, 70, 58, 64), STILL),
        {0: "enter_long(200)"},
        # 10,000 − 200 × 35 = 3,000 is less than a quarter of 200 × 65
        [(1, 200, 100, 0, Reason.MARKET), (3, -200, 60, 0, Reason.LIQUIDATION)],
        10_000 + 200 * (60 - 100),
        (10_000, 10_000, 3_000, 2_000, 2_000),
        rules=FillRules(leverage=2.0, maintenance=0.25),
    ),
    Case(
        "at the maintenance nothing is closed",
        (STILL, STILL, (100, 100, 64, 75), (60, 70, 58, 75)),
        {0: "enter_long(200)"},
        # 10,000 − 200 × 25 = 5,000 is a third of 200 × 75
        [(1, 200, 100, 0, Reason.MARKET)],
        10_000 - 20_000,
        (10_000, 10_000, 5_000, 5_000),
        rules=FillRules(leverage=2.0, maintenance=5_000 / 15_000),
    ),
    Case(
        "a short position is closed below the maintenance, and orders of that bar are dropped",
        (STILL, STILL, (100, 142, 99, 140), (145, 146, 144, 145), (130, 131, 129, 130)),
        {0: "enter_short(150)", 1: "order(1, limit=135.0)", 2: "order(5, limit=140.0)"},
        # 135.0 was under the open of bar 2, 100, so it bought there; 10,000 − 149 × 40 = 4,040
        [
            (1, -150, 100, 0, Reason.MARKET),
            (2, 1, 100, 0, Reason.LIMIT),
            (3, 149, 145, 0, Reason.LIQUIDATION),
        ],
        10_000 - 149 * 45,
        (10_000, 10_000, 10_000 - 149 * 40, 10_000 - 149 * 45, 10_000 - 149 * 45),
        rules=FillRules(leverage=2.0, maintenance=0.25),
    ),
    Case(
        "an order for the close of that bar is dropped with the others",
        (STILL, (100, 100, 64, 65), (60, 70, 58, 64), STILL),
        {0: "enter_long(200)", 1: 'enter_long(5, at="close")'},
        [(1, 200, 100, 0, Reason.MARKET), (2, -200, 60, 0, Reason.LIQUIDATION)],
        10_000 + 200 * (60 - 100),
        (10_000, 3_000, 2_000, 2_000),
        rules=FillRules(leverage=2.0, maintenance=0.25),
    ),
    Case(
        "under this close too the next open is where all is closed",
        (STILL, (100, 100, 64, 65), (60, 70, 58, 64), STILL),
        {0: "enter_long(200)"},
        [(0, 200, 100, 0, Reason.MARKET_ON_CLOSE), (2, -200, 60, 0, Reason.LIQUIDATION)],
        10_000 + 200 * (60 - 100),
        (10_000, 3_000, 2_000, 2_000),
        rules=FillRules(leverage=2.0, maintenance=0.25, at_close=1.0),
    ),
)

CASES = (*SIZES, *ROOM, *MARGIN)
