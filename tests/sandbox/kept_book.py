"""The book as the tests keep it: positions, cash and rules in plain Python, to hold the stdlib's
engine against."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sandbox.columns import Ordered, SignalCode
from sandbox.fills import FillRules, Reason

YEAR_US = 365 * 86_400_000_000
DAY_US = 86_400_000_000
LONG, SHORT, EXIT, ORDER = (
    *(SignalCode.ENTER_LONG, SignalCode.ENTER_SHORT),
    *(SignalCode.EXIT, SignalCode.ORDER),
)
ENTERS = (LONG, SHORT, ORDER)


@dataclass(frozen=True)
class Bar:
    time: int
    open: float
    high: float
    low: float
    close: float
    volume: float


@dataclass
class Intent:
    """An order. prices: limit and stop, those that were given; guards: limit, stop and trail."""

    ordered: Ordered
    size: float
    prices: dict[str, float]
    guards: dict[str, float]
    since_day: int = 0
    had_stop: bool = False

    @property
    def waits(self) -> bool:
        return bool(self.prices)

    @property
    def guards_what_is_held(self) -> bool:
        return self.ordered.guards and self.ordered.code in ENTERS and bool(self.guards)

    def split(self, ratio: float) -> None:
        if self.ordered.sizing == "units":
            self.size *= ratio
        self.prices = {name: price / ratio for name, price in self.prices.items()}
        self.guards = {name: price / ratio for name, price in self.guards.items()}


LIQUIDATION = Intent(Ordered(EXIT), math.nan, {}, {})


@dataclass(frozen=True)
class Fill:
    units: float
    price: float
    fee: float
    reason: Reason


@dataclass
class Holding:
    """What one symbol has of the account."""

    size: float = 0.0
    entry: float = math.nan
    guards: dict[str, float] = field(default_factory=dict)
    best: float | None = None
    waiting: Intent | None = None
    dropped: bool = False
    last: Bar | None = None

    @property
    def value(self) -> float:
        return self.size * self.last.close if self.size and self.last else 0.0

    def guard(self, guards: dict[str, float], begins: float) -> None:
        """Other protective prices; a trail that is not the one before begins anew."""
        if "trail" in guards and guards["trail"] != self.guards.get("trail"):
            self.best = begins
        self.guards = guards

    def split(self, ratio: float) -> None:
        self.size *= ratio
        self.entry /= ratio
        self.guards = {name: price / ratio for name, price in self.guards.items()}
        self.best = None if self.best is None else self.best / ratio
        if self.waiting is not None:
            self.waiting.split(ratio)
        last = self.last
        if last is not None:
            self.last = replace(
                last, high=last.high / ratio, low=last.low / ratio, close=last.close / ratio
            )


@dataclass
class KeptBook:
    """bar() takes the bars of all symbols in the order of time and symbol."""

    rules: FillRules
    symbols: int
    holdings: list[Holding] = field(init=False)
    cash: float = field(init=False)
    equity_before: float = 0.0
    values: dict[int, float] = field(default_factory=dict)
    called: set[int] = field(default_factory=set)
    now: tuple[int, bool] | None = None
    month: tuple[int, int] = (0, 0)
    traded: float = 0.0

    def __post_init__(self) -> None:
        self.holdings = [Holding() for _ in range(self.symbols)]
        self.cash = self.rules.cash

    @property
    def equity(self) -> float:
        return self.cash + sum(holding.value for holding in self.holdings)

    @property
    def exposure(self) -> float:
        return sum(abs(holding.value) for holding in self.holdings)

    def bar(
        self,
        symbol: int,
        bar: Bar,
        intent: Intent | None,
        split: float,
        dividend: float,
        *,
        closing: bool = False,
    ) -> Work:
        """closing: only the order fills, at the bar's close."""
        if (bar.time, closing) != self.now:
            self._turn(bar.time, closing)
        holding = self.holdings[symbol]
        income = 0.0
        if holding.size < 0.0 and holding.last is not None:
            years = (bar.time - holding.last.time) / YEAR_US
            income += holding.value * self.rules.borrow * years
        aside = self.equity_before - holding.value
        others = sum(value for each, value in self.values.items() if each != symbol)
        if split != 1.0:
            holding.split(split)
            if intent is not None:
                intent.split(split)
        income += holding.size * dividend
        work = Work(self.rules, holding, bar, aside + income, others, self._rate(), income)
        if closing:
            work.close(intent)
        else:
            work.run(intent, symbol in self.called)
            self.called.discard(symbol)
        holding.last = bar
        self.cash += income - work.paid
        self.equity_before -= sum(fill.fee for fill in work.fills)
        self.traded += sum(abs(fill.units) * fill.price for fill in work.fills)
        if work.marks:
            self.values[symbol] = abs(holding.size) * work.marks[0]
        return work

    def _turn(self, time: int, closing: bool) -> None:
        """A new time, or its closes: what it sees of all that was before."""
        if self.now is not None and self.cash < 0.0:
            self.cash += self.cash * self.rules.interest * (time - self.now[0]) / YEAR_US
        self.now = time, closing
        self.equity_before = self.equity
        self.values = {i: abs(holding.value) for i, holding in enumerate(self.holdings)}
        gross = sum(self.values.values())
        if not closing and gross > 0.0 and self.equity_before < self.rules.maintenance * gross:
            self.called = set(range(self.symbols))
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time)
        if (at.year, at.month) != self.month:
            self.month, self.traded = (at.year, at.month), 0.0

    def _rate(self) -> float:
        rules, rate = self.rules, self.rules.rate
        if rules.tier_1_rate >= 0.0:
            if self.traded >= rules.tier_1_from:
                rate = rules.tier_1_rate
            if rules.tier_2_rate >= 0.0 and self.traded >= rules.tier_2_from:
                rate = rules.tier_2_rate
        return rate


@dataclass
class Work:
    """One bar of one symbol. aside: the account's equity without the position. marks: prices of
    what was tried."""

    rules: FillRules
    holding: Holding
    bar: Bar
    aside: float
    others: float
    rate: float
    income: float
    fills: list[Fill] = field(default_factory=list)
    marks: list[float] = field(default_factory=list)
    refused: int = 0
    paid: float = 0.0

    def run(self, intent: Intent | None, called: bool) -> None:
        holding, bar = self.holding, self.bar
        if called:
            intent, holding.waiting = LIQUIDATION, None
        holding.dropped = called
        code = SignalCode.NONE if intent is None else intent.ordered.code
        guards = code in (EXIT, SignalCode.CANCEL) and intent is not None and bool(intent.guards)
        if intent is not None and guards:
            begins = math.nan if holding.last is None else holding.last.close
            holding.guard(intent.guards, begins)
        if intent is not None and intent.guards_what_is_held and holding.size:
            begins = math.nan if holding.last is None else holding.last.close
            holding.guard(dict(intent.guards), begins)
        if code in (*ENTERS, SignalCode.CANCEL):
            holding.waiting = None
        if intent is not None and not guards and code in (*ENTERS, EXIT):
            if intent.ordered.at == "close":
                pass  # which comes with a row of its own
            elif intent.waits:
                intent.since_day = bar.time // DAY_US
                intent.had_stop = "stop" in intent.prices
                holding.waiting = intent
            else:
                self._market(intent, called)
        self._work_waiting()
        self._leave()
        self._tidy()

    def close(self, intent: Intent | None) -> None:
        holding, bar = self.holding, self.bar
        assert intent is not None
        if intent.ordered.code in ENTERS:
            holding.waiting = None
        if intent.guards_what_is_held and holding.size:
            holding.guard(dict(intent.guards), bar.close)
        if intent.ordered.at == "open" or not holding.dropped:
            exits = intent.ordered.code == EXIT
            reason = Reason.EXIT_ON_CLOSE if exits else Reason.MARKET_ON_CLOSE
            self._fill(intent, bar.close, bar, False, reason, bar.close)
        self._tidy()

    def _tidy(self) -> None:
        if not self.holding.size:
            self.holding.guards, self.holding.best = {}, None

    since: float = math.nan

    def _market(self, intent: Intent, called: bool) -> None:
        bar, price = self.bar, self.bar.open
        reason = Reason.EXIT if intent.ordered.code == EXIT else Reason.MARKET
        if called:
            reason = Reason.LIQUIDATION
        self._fill(intent, price, bar, False, reason, self._last_close())

    def _last_close(self) -> float:
        return math.nan if self.holding.last is None else self.holding.last.close

    def _work_waiting(self) -> None:
        intent, bar = self.holding.waiting, self.bar
        if intent is None:
            return
        life = intent.ordered.tif
        if life == "day" and bar.time // DAY_US > intent.since_day:
            self.holding.waiting = None
            return
        price = self._reached(intent)
        if price is not None or life == "bar":
            self.holding.waiting = None
        if price is None:
            return
        firm = "limit" in intent.prices
        stopped = Reason.STOP_LIMIT if firm else Reason.STOP
        reason = stopped if intent.had_stop else Reason.LIMIT
        before = self.holding.size
        self._fill(intent, price, bar, firm, reason, self._last_close())
        if before * self.holding.size <= 0.0:
            self.since = price

    def _reached(self, intent: Intent) -> float | None:
        """Where the order fills in this bar."""
        bar, buys = self.bar, _buys(intent)
        begins, worse = bar.open, max if buys else min
        if "stop" in intent.prices:
            stop = intent.prices["stop"]
            if not (bar.high >= stop if buys else bar.low <= stop):
                return None
            begins = worse(begins, stop)
            del intent.prices["stop"]
        if "limit" not in intent.prices:
            return begins
        limit = intent.prices["limit"]
        if not (bar.low <= limit if buys else bar.high >= limit):
            return None
        return min(begins, limit) if buys else max(begins, limit)

    def _leave(self) -> None:
        """By a protective price, the stop where both were reached."""
        holding, bar = self.holding, self.bar
        if not holding.size:
            return
        up = holding.size > 0.0
        if holding.best is None:
            holding.best = holding.entry
        since = bar.open if math.isnan(self.since) else self.since
        stops = []
        if "stop" in holding.guards:
            stops.append((holding.guards["stop"], Reason.STOP_LOSS))
        if "trail" in holding.guards:
            trail = holding.guards["trail"]
            at = holding.best - trail if up else holding.best + trail
            stops.append((at, Reason.TRAILING_STOP))
        nearest = (max if up else min)(stops, key=lambda each: each[0]) if stops else None
        holding.best = max(holding.best, bar.high) if up else min(holding.best, bar.low)
        profit = holding.guards.get("limit")
        if nearest is not None and (bar.low <= nearest[0] if up else bar.high >= nearest[0]):
            price = min(since, nearest[0]) if up else max(since, nearest[0])
            self._fill(LIQUIDATION, price, bar, False, nearest[1], math.nan)
        elif profit is not None and (bar.high >= profit if up else bar.low <= profit):
            price = max(since, profit) if up else min(since, profit)
            self._fill(LIQUIDATION, price, bar, True, Reason.TAKE_PROFIT, math.nan)

    def _fill(
        self, intent: Intent, price: float, bar: Bar, firm: bool, reason: Reason, begins: float
    ) -> None:
        """The whole of the order, or nothing of it. begins: where a trail starts that comes with
        an order that adds."""
        holding = self.holding
        held, enters = holding.size, intent.ordered.code in ENTERS
        got = price
        if not firm:
            traded = abs(self._after(intent, self._units(intent, price)) - held)
            got = self._slipped(_buys(intent, held), traded, price, bar)
        units = self._units(intent, got)
        after = self._after(intent, units)
        fee = self._fee(abs(after - held), got)
        self.marks.append(got)
        grows = abs(after) > abs(held) or held * after < 0.0
        equity = self.aside - self.paid + held * got - fee
        room = self.rules.leverage * equity - self.others
        if (grows and abs(after) * got > room + 1e-9 * abs(room)) or (enters and units == 0.0):
            self.refused += 1
            return
        if after != held:
            self.fills.append(Fill(after - held, got, fee, reason))
            self.paid += (after - held) * got + fee
        if held * after <= 0.0:
            holding.entry = got if after else math.nan
        elif abs(after) > abs(held):
            holding.entry = (holding.entry * held + got * (after - held)) / after
        holding.size = after
        if enters and held * after <= 0.0:
            holding.guards, holding.best = dict(intent.guards), None
        elif enters and intent.guards:
            holding.guard(dict(intent.guards), begins)

    def _after(self, intent: Intent, units: float) -> float:
        held, code = self.holding.size, intent.ordered.code
        if code == EXIT:
            whole = math.isnan(units) or units >= abs(held)
            return 0.0 if whole else math.copysign(abs(held) - units, held)
        if code == LONG:
            return held if held > 0.0 else units
        if code == SHORT:
            return held if held < 0.0 else -units
        return held + units

    def _units(self, intent: Intent, price: float) -> float:
        """In whole lots; NaN is all."""
        ordered, size, held, rules = intent.ordered, intent.size, self.holding.size, self.rules
        units = size
        if ordered.code == EXIT and ordered.sizing == "percent":
            units = abs(held) * size / 100.0
        elif ordered.code != EXIT and ordered.sizing != "units":
            value = abs(size)
            a_unit = rules.per_unit + price * self.rate
            if ordered.sizing == "percent":
                equity = self.aside - self.paid + held * price
                if (ordered.code == LONG and held < 0.0) or (ordered.code == SHORT and held > 0.0):
                    equity -= abs(held) * a_unit
                value = max(equity, 0.0) * abs(size) / 100.0
            units = (value - rules.per_trade) / (price + a_unit)
            if rules.per_trade + units * a_unit < rules.minimum:
                units = (value - rules.minimum) / price
            units = math.copysign(max(units, 0.0), size)
        if rules.lot and not math.isnan(units):
            units = math.copysign(math.floor(abs(units) / rules.lot + 1e-9) * rules.lot, units)
        return units

    def _slipped(self, buys: bool, units: float, price: float, bar: Bar) -> float:
        rules = self.rules
        part = min(units / bar.volume, 1.0) if bar.volume > 0.0 else 1.0
        worse = rules.slip + price * (rules.slip_share + rules.impact * part**2)
        if buys:
            return min(price + worse, max(bar.high, price))
        return max(price - worse, min(bar.low, price))

    def _fee(self, units: float, price: float) -> float:
        rules = self.rules
        if not units:
            return 0.0
        return max(
            rules.per_trade + units * rules.per_unit + units * price * self.rate, rules.minimum
        )


def _buys(intent: Intent, held: float = 0.0) -> bool:
    code = intent.ordered.code
    if code == EXIT:
        return held < 0.0
    return code == LONG or (code == ORDER and intent.size > 0.0)
