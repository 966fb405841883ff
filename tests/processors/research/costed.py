"""Cases of costs: every model of commission and of slippage."""

from __future__ import annotations

from datetime import UTC, datetime

from sandbox.fills import FillRules, Reason
from tests.processors.research.case import Bar, Case

STILL: Bar = (100, 101, 99, 100)
WIDE: Bar = (100, 120, 80, 100)
JANUARY_30 = int(datetime(2024, 1, 30, tzinfo=UTC).timestamp()) * 1_000_000

COMMISSIONS = (
    Case(
        "so much a trade",
        (STILL, STILL, STILL),
        {0: "enter_long(10)", 1: "exit()"},
        [(1, 10, 100, 1.5, Reason.MARKET), (2, -10, 100, 1.5, Reason.EXIT)],
        10_000 - 1.5 - 1.5,
        (10_000, 10_000 - 1.5, 10_000 - 3),
        rules=FillRules(per_trade=1.5),
        trades=[(10, 100, 100, -3, Reason.EXIT)],
    ),
    Case(
        "so much a unit",
        (STILL, STILL, STILL),
        {0: "enter_long(10)", 1: "exit(4)"},
        [(1, 10, 100, 10 * 0.02, Reason.MARKET), (2, -4, 100, 4 * 0.02, Reason.EXIT)],
        10_000 - 6 * 100 - 14 * 0.02,
        (10_000, 10_000 - 10 * 0.02, 10_000 - 14 * 0.02),
        rules=FillRules(per_unit=0.02),
        trades=[
            (4, 100, 100, -4 * 0.02 - 4 * 0.02, Reason.EXIT),
            (6, 100, 100, -6 * 0.02, Reason.END),
        ],
    ),
    Case(
        "a share of the value",
        (STILL, STILL, (50, 51, 49, 50)),
        {0: "enter_short(10)", 1: "exit()"},
        [(1, -10, 100, 1_000 * 0.003, Reason.MARKET), (2, 10, 50, 500 * 0.003, Reason.EXIT)],
        10_000 + 10 * 50 - 1_500 * 0.003,
        (10_000, 10_000 - 3, 10_000 + 500 - 3 - 1.5),
        rules=FillRules(rate=0.003),
    ),
    Case(
        "a turn pays for all that is traded, once",
        (STILL, STILL, STILL),
        {0: "enter_long(10)", 1: "enter_short(5)"},
        [(1, 10, 100, 1 + 10 * 0.1, Reason.MARKET), (2, -15, 100, 1 + 15 * 0.1, Reason.MARKET)],
        10_000 + 500 - 2 - 2.5,
        (10_000, 10_000 - 2, 10_000 - 2 - 2.5),
        rules=FillRules(per_trade=1.0, per_unit=0.1),
        # of the turn's 2.50 ten of fifteen units closed, five opened
        trades=[
            (10, 100, 100, -2 - 2.5 * 10 / 15, Reason.MARKET),
            (-5, 100, 100, -2.5 * 5 / 15, Reason.END),
        ],
    ),
    Case(
        "at least the minimum",
        (STILL, STILL, STILL),
        {0: "order(10)", 1: "order(50)"},
        [(1, 10, 100, 4, Reason.MARKET), (2, 50, 100, 1 + 50 * (0.02 + 0.1), Reason.MARKET)],
        10_000 - 60 * 100 - 4 - 7,
        (10_000, 10_000 - 4, 10_000 - 4 - 7),
        rules=FillRules(per_trade=1.0, per_unit=0.02, rate=0.001, minimum=4.0),
    ),
    Case("no trade, no minimum", (STILL, STILL), {0: "exit()"}, [], 10_000, (10_000, 10_000),
         rules=FillRules(minimum=4.0)),
    Case(
        "all that fills in a bar pays",
        (STILL, (100, 101, 94, 98), STILL),
        {0: "enter_long(10, stop_loss=95.0)"},
        [(1, 10, 100, 2, Reason.MARKET), (1, -10, 95, 2, Reason.STOP_LOSS)],
        10_000 - 10 * 5 - 2 - 2,
        (10_000, 10_000 - 54, 10_000 - 54),
        rules=FillRules(per_trade=2.0),
    ),
    Case(
        "lower rates once so much was traded in a month, which begins anew in UTC",
        # 30 and 31 January, then 1 to 5 February
        (STILL,) * 7,
        {i: f"order({units})" for i, units in enumerate((10, 10, -10, -10, 20, -10))},
        [
            (1, 10, 100, 1_000 * 0.003, Reason.MARKET),  # 31 January; nothing traded before
            (2, 10, 100, 1_000 * 0.003, Reason.MARKET),  # February: nothing again
            (3, -10, 100, 1_000 * 0.002, Reason.MARKET),  # 1,000 traded
            (4, -10, 100, 1_000 * 0.002, Reason.MARKET),  # 2,000
            (5, 20, 100, 2_000 * 0.001, Reason.MARKET),  # 3,000
            (6, -10, 100, 1_000 * 0.001, Reason.MARKET),  # 5,000
        ],
        10_000 - 10 * 100 - 3 - 3 - 2 - 2 - 2 - 1,
        (10_000, 9_997, 9_994, 9_992, 9_990, 9_988, 9_987),
        rules=FillRules(
            rate=0.003, tier_1_from=1_000, tier_1_rate=0.002, tier_2_from=3_000, tier_2_rate=0.001
        ),
        begin_us=JANUARY_30,
    ),
)  # fmt: skip

SLIPPAGE = (
    Case(
        "a fixed amount, or half a spread, on both sides",
        (STILL, STILL, STILL),
        {0: "enter_long(10)", 1: "exit()"},
        [(1, 10, 100 + 0.25, 0, Reason.MARKET), (2, -10, 100 - 0.25, 0, Reason.EXIT)],
        10_000 - 10 * 0.5,
        (10_000, 10_000 - 10 * 0.25, 10_000 - 10 * 0.5),
        rules=FillRules(slip=0.25),
    ),
    Case(
        "a share of the price",
        (STILL, STILL, (50, 51, 49, 50)),
        {0: "enter_short(10)", 1: "exit()"},
        [(1, -10, 100 * 0.998, 0, Reason.MARKET), (2, 10, 50 * 1.002, 0, Reason.EXIT)],
        10_000 + 10 * 99.8 - 10 * 50.1,
        (10_000, 10_000 + 10 * (99.8 - 100), 10_000 + 10 * (99.8 - 50.1)),
        rules=FillRules(slip_share=0.002),
    ),
    Case(
        "a share that grows with the square of the units' part of the volume",
        ((*STILL, 1_000), (*WIDE, 50), (*WIDE, 100)),
        {0: "enter_long(10)", 1: "exit(5)"},
        # 10 of 50 units, then 5 of 100, of a tenth
        [
            (1, 10, 100 * (1 + 0.1 * 0.2**2), 0, Reason.MARKET),
            (2, -5, 100 * (1 - 0.1 * 0.05**2), 0, Reason.EXIT),
        ],
        10_000 - 10 * 100.4 + 5 * 99.975,
        (10_000, 10_000 - 10 * 0.4, 10_000 - 10 * 0.4 - 5 * 0.025),
        rules=FillRules(impact=0.1),
    ),
    Case(
        "an exit of all slips by what it sells",
        ((*STILL, 1_000), (*WIDE, 50), (*WIDE, 100)),
        {0: "enter_long(10)", 1: "exit()"},
        [
            (1, 10, 100 * (1 + 0.1 * 0.2**2), 0, Reason.MARKET),
            (2, -10, 100 * (1 - 0.1 * 0.1**2), 0, Reason.EXIT),
        ],
        10_000 + 10 * (99.9 - 100.4),
        (10_000, 10_000 - 10 * 0.4, 10_000 + 10 * (99.9 - 100.4)),
        rules=FillRules(impact=0.1),
    ),
    Case(
        "a stop slips by what it sells",
        ((*STILL, 1_000), (*WIDE, 50), (100, 101, 80, 90, 100)),
        {0: "enter_long(10)", 1: "exit(stop=95.0)"},
        [
            (1, 10, 100 * (1 + 0.1 * 0.2**2), 0, Reason.MARKET),
            (2, -10, 95 * (1 - 0.1 * 0.1**2), 0, Reason.STOP_LOSS),
        ],
        10_000 + 10 * (95 * 0.999 - 100.4),
        (10_000, 10_000 - 10 * 0.4, 10_000 + 10 * (95 * 0.999 - 100.4)),
        rules=FillRules(impact=0.1),
    ),
    Case(
        "a turn slips by all that is traded",
        ((*STILL, 1_000), (*WIDE, 50), (*WIDE, 100)),
        {0: "enter_long(10)", 1: "enter_short(20)"},
        [
            (1, 10, 100 * (1 + 0.1 * 0.2**2), 0, Reason.MARKET),
            (2, -30, 100 * (1 - 0.1 * 0.3**2), 0, Reason.MARKET),
        ],
        10_000 - 10 * 100.4 + 30 * 99.1,
        (10_000, 10_000 - 10 * 0.4, 10_000 - 10 * 100.4 + 30 * 99.1 - 20 * 100),
        rules=FillRules(impact=0.1),
    ),
    Case(
        "an exit of more than is held slips by what is",
        ((*STILL, 1_000), (*WIDE, 50), (*WIDE, 100)),
        {0: "enter_long(10)", 1: "exit(90)"},
        [
            (1, 10, 100 * (1 + 0.1 * 0.2**2), 0, Reason.MARKET),
            (2, -10, 100 * (1 - 0.1 * 0.1**2), 0, Reason.EXIT),
        ],
        10_000 + 10 * (99.9 - 100.4),
        (10_000, 10_000 - 10 * 0.4, 10_000 + 10 * (99.9 - 100.4)),
        rules=FillRules(impact=0.1),
    ),
    Case(
        "units in whole lots slip by the lots",
        ((*STILL, 1_000), (*WIDE, 50)),
        {0: "enter_long(14)"},
        [(1, 10, 100 * (1 + 0.1 * 0.2**2), 0, Reason.MARKET)],
        10_000 - 10 * 100.4,
        (10_000, 10_000 - 10 * 0.4),
        rules=FillRules(impact=0.1, lot=10.0),
    ),
    Case(
        "more than the bar's volume slips as all of it",
        ((*STILL, 1_000), (*WIDE, 5), (*WIDE, 0)),
        {0: "enter_long(10)", 1: "exit()"},
        [(1, 10, 100 * 1.1, 0, Reason.MARKET), (2, -10, 100 * 0.9, 0, Reason.EXIT)],
        10_000 + 10 * (90 - 110),
        (10_000, 10_000 - 10 * 10, 10_000 - 10 * 20),
        rules=FillRules(impact=0.1),
    ),
    Case(
        "under this close it slips by the volume of the bar whose close it is",
        ((*WIDE, 50), (*WIDE, 1_000)),
        {0: "enter_long(10)"},
        [(0, 10, 100 * (1 + 0.1 * 0.2**2), 0, Reason.MARKET_ON_CLOSE)],
        10_000 - 10 * 100.4,
        (10_000 - 10 * 0.4, 10_000 - 10 * 0.4),
        rules=FillRules(impact=0.1, at_close=1.0),
    ),
    Case(
        "all three add up, and never leave the bar's range",
        (STILL, WIDE, STILL, (100, 100.4, 99.9, 100)),
        {0: "order(10)", 1: "order(10)", 2: "order(-20)"},
        [
            (1, 10, 100 + 0.5 + 1 + 100 * 2 * 0.01**2, 0, Reason.MARKET),
            (2, 10, 101, 0, Reason.MARKET),
            (3, -20, 99.9, 0, Reason.MARKET),
        ],
        10_000 - 10 * 101.52 - 10 * 101 + 20 * 99.9,
        (
            10_000,
            10_000 - 10 * 1.52,
            10_000 - 10 * 1.52 - 10 * 1,
            10_000 - 10 * 1.52 - 10 * 1 - 20 * 0.1,
        ),
        rules=FillRules(slip=0.5, slip_share=0.01, impact=2.0),
    ),
    Case(
        "under this close the range is that of the bar whose close it is",
        ((100, 100.25, 99, 100), WIDE),
        {0: "enter_long(10)"},
        [(0, 10, 100.25, 0, Reason.MARKET_ON_CLOSE)],
        10_000 - 10 * 100.25,
        (10_000 - 10 * 0.25, 10_000 - 10 * 0.25),
        rules=FillRules(slip=1.0, at_close=1.0),
    ),
    Case(
        "at the close it slips too",
        (STILL, (100, 110, 99, 105), (100, 101, 99, 100)),
        {0: 'enter_long(10, at="close")', 1: 'exit(at="close")'},
        [(1, 10, 105.5, 0, Reason.MARKET_ON_CLOSE), (2, -10, 99.5, 0, Reason.EXIT_ON_CLOSE)],
        10_000 + 10 * (99.5 - 105.5),
        (10_000, 10_000 - 10 * 0.5, 10_000 + 10 * (99.5 - 105.5)),
        rules=FillRules(slip=0.5),
    ),
    Case(
        "a stop slips",
        (STILL, (100, 110, 99, 105)),
        {0: "enter_long(10, stop=104.0)"},
        [(1, 10, 104.5, 0, Reason.STOP)],
        10_000 - 10 * 104.5,
        (10_000, 10_000 + 10 * (105 - 104.5)),
        rules=FillRules(slip=0.5),
    ),
    Case(
        "limits do not, nor stop-limits",
        (STILL, STILL, (100, 110, 99, 105)),
        {0: "order(10, limit=99.5)", 1: "order(10, stop=104.0, limit=104.0)"},
        [(1, 10, 99.5, 0, Reason.LIMIT), (2, 10, 104, 0, Reason.STOP_LIMIT)],
        10_000 - 10 * 99.5 - 10 * 104,
        (10_000, 10_000 + 10 * 0.5, 10_000 + 10 * (105 - 99.5) + 10 * (105 - 104)),
        rules=FillRules(slip=0.5, slip_share=0.01, impact=0.5),
    ),
    Case(
        "an entry that slipped beyond its profit takes it at the price that was wanted",
        (STILL, (100, 104, 99, 103), STILL),
        {0: "enter_long(10, take_profit=101.0)"},
        [(1, 10, 102, 0, Reason.MARKET), (1, -10, 101, 0, Reason.TAKE_PROFIT)],
        10_000 - 10 * 1,
        (10_000, 10_000 - 10, 10_000 - 10),
        rules=FillRules(slip=2.0),
    ),
    Case(
        "a stop that slipped beyond its profit takes it at the price that was wanted",
        (STILL, (100, 107, 99, 103), STILL),
        {0: "enter_long(10, stop=104.0, take_profit=105.0)"},
        [(1, 10, 106, 0, Reason.STOP), (1, -10, 105, 0, Reason.TAKE_PROFIT)],
        10_000 - 10 * 1,
        (10_000, 10_000 - 10, 10_000 - 10),
        rules=FillRules(slip=2.0),
    ),
    Case(
        "profits do not, losses do",
        (STILL, STILL, (100, 110, 95, 105), (100, 101, 94, 95)),
        {
            0: "enter_long(10, limit=100.0, take_profit=106.0)",
            2: "enter_long(10, limit=100.0, stop_loss=96.0)",
        },
        [
            (1, 10, 100, 0, Reason.LIMIT),
            (2, -10, 106, 0, Reason.TAKE_PROFIT),
            (3, 10, 100, 0, Reason.LIMIT),
            (3, -10, 95.5, 0, Reason.STOP_LOSS),
        ],
        10_000 + 10 * 6 - 10 * 4.5,
        (10_000, 10_000, 10_000 + 10 * 6, 10_000 + 10 * 6 - 10 * 4.5),
        rules=FillRules(slip=0.5),
    ),
)

CASES = (*COMMISSIONS, *SLIPPAGE)
