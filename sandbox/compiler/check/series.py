"""syntax → typed, the series: fields of the bar and the position, timeframes, history."""

from __future__ import annotations

import re
from abc import abstractmethod

from sandbox.columns import POSITION_FIELDS
from sandbox.compiler import syntax, typed
from sandbox.compiler.check import build
from sandbox.compiler.check.expressions import ExpressionChecker
from sandbox.compiler.check.scope import BAR_FIELDS, NOWHERE, BarName, TimeframeName
from sandbox.compiler.ranges import whole_range
from sandbox.compiler.typed import Type
from sandbox.fills import FILL_FIELDS

_MEANS = {
    "hl2": ("high", "low"),
    "hlc3": ("high", "low", "close"),
    "ohlc4": ("open", "high", "low", "close"),
    "hlcc4": ("high", "low", "close", "close"),
}
_TIME_PARTS = ("minute", "hour", "weekday", "day", "month", "year", "session_open", "index")
_INTERVAL = re.compile(r"([1-9][0-9]{0,3})([mhdwM])")
_UNIT_US = {"m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}


def timeframe_arguments(interval: str) -> tuple[int, int] | None:
    """(kind, size) as engine.timeframe takes them: 0 microseconds, 1 weeks, 2 months."""
    match = _INTERVAL.fullmatch(interval)
    if match is None:
        return None
    count, unit = int(match[1]), match[2]
    if unit in _UNIT_US:
        return 0, count * _UNIT_US[unit]
    return (1 if unit == "w" else 2), count


class SeriesChecker(ExpressionChecker):
    """Everything that has a value at each bar without being computed by the strategy."""

    def field(self, node: syntax.Field) -> typed.Expression:
        owner = node.owner
        if isinstance(owner, syntax.Call) and owner.function == "timeframe":
            interval = self.interval(owner)
            return build.unknown(node.span) if interval is None else self._higher(node, interval)
        if isinstance(owner, syntax.Name):
            meaning = self.body.names.get(owner.id)
            if owner.id == "fills" and self.body.is_library:
                assert node.name in FILL_FIELDS, node
                return typed.FillValue(Type.FLOAT, node.name, NOWHERE)
            if isinstance(meaning, BarName):
                return self._bar_field(node)
            if isinstance(meaning, TimeframeName):
                return self._higher(node, meaning.interval)
            if owner.id == "position" and meaning is None:
                return self._position_field(node)
        if isinstance(owner, syntax.Bad) or (
            isinstance(owner, syntax.Name) and owner.id in self.body.silent
        ):
            return build.unknown(node.span)
        return self.refuse(
            node,
            "attribute",
            f"There is nothing that has a {node.name} here.",
            "Fields are read of bar, position and timeframe(…), functions of ta and math.",
        )

    # the bar

    def bar_value(self, name: str, node: syntax.Node) -> typed.Expression:
        """A raw field; functions other than on_bar get it as an argument of their own."""
        kind = Type.INT if name == "time" else Type.FLOAT
        if self.body.is_on_bar:
            return typed.BarValue(kind, name, self.place(node))
        if name not in self.body.bar_fields:
            local = typed.Local(kind, self.new_local(kind), self.place(node))
            self.body.bar_fields[name] = local
        return self.body.bar_fields[name]

    def _bar_field(self, node: syntax.Field) -> typed.Expression:
        name = node.name
        if name in BAR_FIELDS:
            return self.bar_value(name, node)
        if name in _MEANS:
            return self._mean([self.bar_value(part, node) for part in _MEANS[name]], node)
        if name in _TIME_PARTS:
            arguments = () if name == "index" else (self.bar_value("time", node),)
            return self.library_call(f"time.{name}", arguments, node)[0]
        has = ", ".join((*BAR_FIELDS, *_MEANS, *_TIME_PARTS))
        return self.refuse(node, "attribute", f"A bar has no {name}.", f"It has {has}.")

    def _mean(self, parts: list[typed.Expression], node: syntax.Node) -> typed.Expression:
        span = self.place(node)
        total = parts[0]
        for part in parts[1:]:
            total = build.arithmetic("+", total, part, span)
        return build.arithmetic("/", total, build.constant(float(len(parts)), span), span)

    # the position

    def _position_field(self, node: syntax.Field) -> typed.Expression:
        if node.name not in POSITION_FIELDS:
            has = ", ".join(POSITION_FIELDS)
            return self.refuse(
                node, "attribute", f"A position has no {node.name}.", f"It has {has}."
            )
        if not self.body.is_on_bar:
            return self.refuse(
                node,
                "position",
                "The position is read in on_bar only.",
                "Pass what the function needs as an argument.",
            )
        return self.position_value(node.name)

    @abstractmethod
    def position_value(self, name: str) -> typed.Expression:
        """The virtual account's value after this bar's fills; in the subclass."""

    # higher timeframes

    def interval(self, call: syntax.Call) -> str | None:
        """The interval that timeframe("…") names; None after a report."""
        match call.arguments:
            case (syntax.Text(value=text),) if not call.keywords and timeframe_arguments(text):
                if self.body.is_on_bar:
                    return text
                self.refuse(
                    call,
                    "timeframe",
                    "A timeframe is read in on_bar only.",
                    "Pass its values as arguments.",
                )
                return None
        self.refuse(
            call,
            "timeframe",
            "timeframe takes an interval: a count and m, h, d, w or M.",
            'Write timeframe("1w").close.',
        )
        return None

    def _higher(self, node: syntax.Field, interval: str) -> typed.Expression:
        if node.name in _MEANS:
            parts = [self._higher_raw(part, interval) for part in _MEANS[node.name]]
            return self._mean(parts, node)
        if node.name in BAR_FIELDS:
            return self._higher_raw(node.name, interval)
        has = ", ".join((*BAR_FIELDS, *_MEANS))
        return self.refuse(
            node, "attribute", f"A timeframe's bar has no {node.name}.", f"It has {has}."
        )

    def _higher_raw(self, name: str, interval: str) -> typed.Expression:
        """Of the last completed bar of the timeframe; its machinery runs first at each bar."""
        results = self.body.timeframes.get(interval)
        if results is None:
            kind_size = timeframe_arguments(interval)
            assert kind_size is not None
            node = syntax.Bad(NOWHERE)
            fields = ("time", "open", "high", "low", "close", "volume")
            arguments = (
                *(build.constant(number, NOWHERE) for number in kind_size),
                *(self.bar_value(part, node) for part in fields),
            )
            with self.first():
                values = self.library_call("engine.timeframe", arguments, node)
            results = dict(zip(("ticked", *fields), values, strict=True))
            for value in values:
                assert isinstance(value, typed.Local)
                self.body.clocks[value.index] = interval
            self.body.timeframes[interval] = results
        return results[name]

    def tick(self, interval: str) -> typed.Expression:
        """Whether a bar of the timeframe has completed with this bar."""
        return self.body.timeframes[interval]["ticked"]

    # history

    def history(self, node: syntax.Item) -> typed.Expression:
        span = self.place(node)
        source = self._source(node)
        back = self.whole_number(node.index, "How far back to look")
        if self.is_unknown(source, back):
            return build.unknown(span)
        bounds = whole_range(back, tuple(self.params), self.bounded())
        if bounds is None:
            return self.refuse(
                node,
                "history-length",
                "How far back to look must be a whole number with a known largest value.",
                "Write a number, a param with low= and high=, or a loop's variable.",
            )
        if isinstance(back, typed.Const) and back.value == 0:
            return source
        if isinstance(back, typed.Const) and back.value < 0:
            return self.refuse(
                node,
                "lookahead",
                "A negative index would look at bars that have not come yet.",
                "Write x[1] for the bar before.",
            )
        one, zero = build.constant(1.0, span), build.constant(0.0, span)
        kept = build.choose(source, one, zero, span) if source.type is Type.BOOL else source
        past: typed.Expression = typed.History(
            Type.FLOAT, self._pushed(node, build.to_float(kept), back), back, span
        )
        if source.type is Type.BOOL:
            past = build.chain((">",), [past, zero], span)
        if isinstance(back, typed.Const):
            return past
        is_now = build.chain(("==",), [back, build.constant(0, span)], span)
        now = source if source.type is Type.BOOL else build.to_float(source)
        return typed.Choose(past.type, is_now, now, past, span)

    def _source(self, node: syntax.Item) -> typed.Expression:
        """What the history is of. A local is pushed as it is at the end of the bar, anything
        else is computed at each bar, whether the walk gets here or not."""
        series = node.series
        if isinstance(series, syntax.Name):
            return self.expression(series)
        if self.depends_on_branch(series):
            return self.refuse(
                node,
                "history",
                "History is kept at every bar, and this is computed in a branch only.",
                "Compute it above, give it a name (x = …), and write x[1].",
            )
        with self.steadily():
            value = self.expression(series)
            if self.is_unknown(value) or self._stays(value):
                return value
            return self.set_new_local(value)

    def _stays(self, value: typed.Expression) -> bool:
        """Whether it is at the end of the bar what it is here: a result is, a variable is not."""
        if isinstance(value, typed.Local):
            meanings = (self.body.names.get(name) for name in self.body.variables)
            named = {local.index for local in meanings if isinstance(local, typed.Local)}
            return value.index not in named
        return isinstance(value, typed.BarValue | typed.ParamValue)

    def depends_on_branch(self, node: syntax.Expression) -> bool:
        """Whether a name in it got its value at a place that not every bar reaches."""
        return bool(self.body.conditional and self.body.changed & syntax.names_in(node))

    def _pushed(self, node: syntax.Item, source: typed.Expression, back: typed.Expression) -> int:
        """The history of the source: one for all its readers."""
        body = self.body
        interval = self.clock(source)
        key = _key(source)
        index = body.pasts.get(key)
        if index is None:
            index = body.pasts[key] = len(body.histories)
            by_bar = body.is_on_bar and not interval
            body.histories.append(typed.HistorySlot((), by_bar))
            if isinstance(node.series, syntax.Name):
                body.kept.update(_locals_of(source))
            if interval:
                body.ticked[index] = interval
                before = self.new_state(Type.FLOAT, float("nan"))
                push = typed.Push(index, before, NOWHERE)
                body.preamble.append(typed.If(self.tick(interval), (push,), (), NOWHERE))
                body.closing.append(typed.SetLocal(before.index, source, NOWHERE))
            else:
                body.closing.append(typed.Push(index, source, NOWHERE))
        slot = body.histories[index]
        if back not in slot.backs:
            body.histories[index] = typed.HistorySlot((*slot.backs, back), slot.by_bar)
        return index


def _key(source: typed.Expression) -> str:
    """What the readers of one history have in common."""
    match _raw(source):
        case typed.BarValue(field=field):
            return f"bar.{field}"
        case typed.Local(index=index):
            return f"local {index}"
        case raw:
            assert isinstance(raw, typed.Const | typed.ParamValue), raw
            return f"{raw!r}"


def _locals_of(source: typed.Expression) -> tuple[int, ...]:
    raw = _raw(source)
    return (raw.index,) if isinstance(raw, typed.Local) else ()


def _raw(source: typed.Expression) -> typed.Expression:
    """What was there before it was made a float to be kept."""
    while isinstance(source, typed.ToFloat | typed.Choose):
        source = source.operand if isinstance(source, typed.ToFloat) else source.test
    return source
