"""Calls of orders, syntax → what each asks for, and what is wrong with how it asks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from sandbox.columns import (
    LIFETIMES,
    PRICES,
    TIMINGS,
    Ordered,
    SignalCode,
)
from sandbox.compiler import syntax
from schemas.events.signals import Sizing

_SIZES: dict[str, Sizing] = {"size": "units", "cash": "cash", "percent": "percent"}
_ENTRY = {
    **dict.fromkeys(_SIZES, "size"),
    **{name: name for name in PRICES},
    "take_profit": "exit_limit",
    "stop_loss": "exit_stop",
    "trail": "exit_trail",
}
_EXIT = {
    **dict.fromkeys(("size", "percent"), "size"),
    "limit": "exit_limit",
    "stop": "exit_stop",
    "trail": "exit_trail",
}
Word = TypeVar("Word", bound=str)


@dataclass(frozen=True, slots=True)
class Kind:
    """takes: the column that each number fills, by its argument. words: what is chosen when the
    strategy is compiled. no_close: what cannot stand beside at="close"."""

    code: SignalCode
    takes: Mapping[str, str]
    words: tuple[str, ...]
    no_close: tuple[str, ...]


KINDS = {
    "enter_long": Kind(SignalCode.ENTER_LONG, _ENTRY, ("at", "tif"), PRICES),
    "enter_short": Kind(SignalCode.ENTER_SHORT, _ENTRY, ("at", "tif"), PRICES),
    "order": Kind(SignalCode.ORDER, _ENTRY, ("at", "tif"), PRICES),
    "exit": Kind(SignalCode.EXIT, _EXIT, ("at",), ("limit", "stop", "trail")),
    "cancel": Kind(SignalCode.CANCEL, {}, (), ()),
}


@dataclass(frozen=True, slots=True)
class OrderCall:
    """numbers: (argument, column, expression), in the order in which they are written."""

    ordered: Ordered
    numbers: tuple[tuple[str, str, syntax.Expression], ...]


@dataclass(frozen=True, slots=True)
class Fault:
    node: syntax.Node
    message: str
    remedy: str


def columns_of(call: syntax.Call) -> set[str]:
    """The columns that an order's arguments fill, sizes by place left aside."""
    takes = KINDS[call.function].takes
    return {takes[name] for name, _ in call.keywords if name in takes}


def faults(call: syntax.Call) -> Iterator[Fault]:
    """All that is wrong with the arguments of an order, but for the types of its numbers."""
    kind, given = KINDS[call.function], _given(call)
    known = (*kind.takes, *kind.words)
    names = [name for name, _ in call.keywords]
    too_many = len(call.arguments) > bool(kind.takes)  # only the size is given by place
    twice = bool(call.arguments) and "size" in names
    if too_many or twice or not set(names).issubset(known):
        usage = ", ".join(f"{name}=" for name in known)
        yield Fault(
            call,
            f"{call.function} takes {usage or 'no arguments'}.",
            f"Write {call.function}({'size=1.0' if known else ''}).",
        )
        return
    yield from _size_faults(call, kind, given)
    for name in kind.words:
        yield from _word_faults(name, given.get(name))
    if _word(given.get("at"), TIMINGS) == "close" and not given.keys().isdisjoint(kind.no_close):
        yield Fault(
            call,
            f'{call.function}(at="close") fills at the close, whatever that is: it takes no'
            f" {_listed(kind.no_close, 'or')}.",
            f'Leave out {_listed(kind.no_close, "and")}, or at="close".',
        )


def read(call: syntax.Call) -> OrderCall:
    """What a call without faults asks for."""
    kind, given = KINDS[call.function], _given(call)
    sizings = [sizing for name, sizing in _SIZES.items() if name in given]
    return OrderCall(
        Ordered(
            kind.code,
            sizings[0] if sizings else "units",
            _word(given.get("at"), TIMINGS) or TIMINGS[0],
            _word(given.get("tif"), LIFETIMES) or LIFETIMES[0],
        ),
        tuple(
            (name, kind.takes[name], value) for name, value in given.items() if name in kind.takes
        ),
    )


def _given(call: syntax.Call) -> dict[str, syntax.Expression]:
    by_place = {"size": call.arguments[0]} if call.arguments else {}
    return {**by_place, **dict(call.keywords)}


def _size_faults(call: syntax.Call, kind: Kind, given: Collection[str]) -> Iterator[Fault]:
    sizes = [name for name in _SIZES if name in kind.takes]
    found = [name for name in sizes if name in given]
    if len(found) > 1:
        message = f"{call.function} takes one of {_listed(sizes, 'and')}, not several."
        yield Fault(call, message, f"Keep {_listed(found, 'or')}.")
    elif kind.code == SignalCode.ORDER and not found:
        message = f"{call.function} needs one of {_listed(sizes, 'and')}."
        yield Fault(call, message, f"Write {call.function}(size=1.0).")


def _word_faults(name: str, node: syntax.Expression | None) -> Iterator[Fault]:
    choices = {"at": TIMINGS, "tif": LIFETIMES}[name]
    if node is None or isinstance(node, syntax.Bad) or _word(node, choices):
        return
    listed = _listed([f'"{choice}"' for choice in choices], "or")
    yield Fault(node, f"{name} is {listed}, spelled out there.", f'Write {name}="{choices[0]}".')


def _word(node: syntax.Expression | None, choices: tuple[Word, ...]) -> Word | None:
    """The choice that a string names; None for anything else."""
    text = node.value if isinstance(node, syntax.Text) else None
    return next((choice for choice in choices if choice == text), None)


def _listed(names: Collection[str], word: str) -> str:
    """a, b and c."""
    *most, last = names
    return f"{', '.join(most)} {word} {last}" if most else last
