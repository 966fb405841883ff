"""What a JSON Schema can't say of fields beside each other, for whoever makes values from one.

Consumes the fields of an event, each valid by itself; produces fields that are valid together:
where two exclude each other, one event for each.
"""

from __future__ import annotations

from typing import Any

Fields = dict[str, Any]

PRICES = ("open", "high", "low", "close")


def related(event: str, found: Fields) -> list[Fields]:
    """event: the name of its class. One at least; together they have all that `found` has."""
    made = [with_each_symbol_once(with_prices_in_range(found))]
    match event:
        case "RunBacktest":
            made = [each for one in made for each in with_a_period(one)]
            made = [each for one in made for each in with_one_strategy(one)]
        case "RunScreen":
            made = [each for one in made for each in with_symbols_or_universe(one)]
            made = [each for one in made for each in with_one_strategy(one)]
        case "UniverseDefined":
            made = with_symbols_or_rule(made[0])
    return made


def with_prices_in_range(found: Fields) -> Fields:
    """High is the highest and low the lowest of a bar's prices."""
    if isinstance(found.get("previous"), dict):
        found = {**found, "previous": with_prices_in_range(found["previous"])}
    if not found.keys() >= set(PRICES):
        return found
    low, first, second, high = sorted(found[name] for name in PRICES)
    return {**found, "low": low, "open": first, "close": second, "high": high}


def with_each_symbol_once(found: Fields) -> Fields:
    symbols = found.get("symbols")
    return (
        {**found, "symbols": list(dict.fromkeys(symbols))} if isinstance(symbols, list) else found
    )


def with_one_strategy(found: Fields) -> list[Fields]:
    """A version or a source."""
    return one_of(found, ("strategy_id", "version"), ("source",), otherwise={"source": "x"})


def with_symbols_or_universe(found: Fields) -> list[Fields]:
    """A universe, or symbols with their feed and interval."""
    listed = ("symbols", "feed", "interval")
    return one_of(found, listed, ("universe",), otherwise={"universe": "u"})


def with_symbols_or_rule(found: Fields) -> list[Fields]:
    """A list or a rule, of bounds in their order."""
    if found.get("rule") is not None:
        found = {**found, "rule": with_bounds_in_order(found["rule"])}
    return one_of(found, ("symbols",), ("rule",), otherwise={"rule": {}})


def with_bounds_in_order(rule: Fields) -> Fields:
    rule = dict(rule)
    for name in [name for name in rule if name.endswith("_min")]:
        highest = name.removesuffix("_min") + "_max"
        low, high = rule[name], rule.get(highest)
        if low is not None and high is not None:
            rule[name], rule[highest] = sorted((low, high))
    return rule


def with_a_period(found: Fields) -> list[Fields]:
    """One that begins before it ends."""
    begin, end = found.get("begin_ts"), found.get("end_ts")
    if begin is None or end is None or begin < end:
        return [found]
    return [without(found, "begin_ts"), without(found, "end_ts")]


def one_of(
    found: Fields, first: tuple[str, ...], second: tuple[str, ...], otherwise: Fields
) -> list[Fields]:
    """An event for each of two sets of fields that is whole: without what is there of the other,
    and one that says null of it."""
    made = []
    for mine, others in ((first, second), (second, first)):
        if all(found.get(name) is not None for name in mine):
            taken = [name for name in others if found.get(name) is not None]
            made.append(without(found, *taken))
            if taken:
                made.append({**found, **dict.fromkeys(taken)})
    if made:
        return made
    taken = [name for name in (*first, *second) if found.get(name) is not None]
    return [{**without(found, *taken), **otherwise}]


def without(found: Fields, *names: str) -> Fields:
    return {name: value for name, value in found.items() if name not in names}
