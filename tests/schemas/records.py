"""Events of every class for Hypothesis, made from the exported schemas alone.

So that a test which feeds them to a model also shows that the schema promises no more than
the model accepts.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from schemas.events.base import Event
from schemas.events.market import BarValues
from schemas.events.research import RunBacktest
from schemas.events.screens import RunScreen
from schemas.events.universes import UniverseDefined
from schemas.export import Schema, inlined, json_schema

SAFE_INTEGER = 2**53 - 1
CHARACTERS = st.characters(codec="utf-8", exclude_characters="\0")
"""No text on the log holds NUL: the codec refuses it, since a database can't store it."""
ITEMS_MAX = 3


def events(event: type[Event]) -> st.SearchStrategy[dict[str, Any]]:
    """JSON objects of this event."""
    return values(inlined(json_schema(event))).map(lambda found: related(event, found))


def related(event: type[Event], found: dict[str, Any]) -> dict[str, Any]:
    """With what a schema can't say of fields beside each other."""
    if event is RunBacktest:
        return with_one_strategy(with_each_symbol_once(found))
    if event is RunScreen:
        return with_one_strategy(with_symbols_or_universe(found))
    if event is UniverseDefined:
        return with_symbols_or_rule(with_each_symbol_once(found))
    return with_bars_in_range(event, found)


def with_one_strategy(found: dict[str, Any]) -> dict[str, Any]:
    """A version or a source, in a period that has a time."""
    found = dict(found)
    others = ("source",) if found.get("version") and found.get("strategy_id") else ()
    for name in others or ("strategy_id", "version"):
        found.pop(name, None)
    if not others and found.get("source") is None:
        found["source"] = "x"
    if found.get("begin_ts") is not None:
        found.pop("end_ts", None)
    return found


def with_each_symbol_once(found: dict[str, Any]) -> dict[str, Any]:
    symbols = found.get("symbols")
    return found if symbols is None else {**found, "symbols": list(dict.fromkeys(symbols))}


def with_symbols_or_universe(found: dict[str, Any]) -> dict[str, Any]:
    """A universe, or symbols with their feed and interval."""
    found = with_each_symbol_once(found)
    if all(found.get(name) is not None for name in ("symbols", "feed", "interval")):
        return {**found, "universe": None}
    universe = found.get("universe") or "u"
    return {**found, "universe": universe, "symbols": None, "feed": None, "interval": None}


def with_symbols_or_rule(found: dict[str, Any]) -> dict[str, Any]:
    """A list or a rule, of bounds in their order."""
    if found.get("symbols") is not None:
        return {**found, "rule": None}
    rule = {k: v for k, v in (found.get("rule") or {}).items() if not k.endswith("_min")}
    return {**found, "symbols": None, "rule": rule}


def with_bars_in_range(event: type[Event], found: dict[str, Any]) -> dict[str, Any]:
    """What a schema can't say: high is the highest and low the lowest of a bar's prices."""
    if "previous" in found:
        found = {**found, "previous": with_bars_in_range(BarValues, found["previous"])}  # type: ignore[arg-type]  # only its fields are looked at
    if not issubclass(event, BarValues):
        return found
    low, first, second, high = sorted(found[name] for name in ("open", "high", "low", "close"))
    return {**found, "low": low, "open": first, "close": second, "high": high}


def values(schema: Schema) -> st.SearchStrategy[Any]:
    """JSON values of an inlined schema."""
    if "anyOf" in schema:
        return st.one_of([values(option) for option in schema["anyOf"]])
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema.get("type"):
        case "object":
            return objects(schema)
        case "array":
            return st.lists(
                values(schema["items"]), min_size=schema.get("minItems", 0), max_size=ITEMS_MAX
            )
        case "string":
            return strings(schema)
        case "integer":
            low = schema.get("minimum", schema.get("exclusiveMinimum", -SAFE_INTEGER) + 1)
            return st.integers(low, schema.get("maximum", SAFE_INTEGER))
        case "number":
            return numbers(schema)
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
    raise AssertionError(f"no strategy for {schema}")


def objects(schema: Schema) -> st.SearchStrategy[Mapping[str, Any]]:
    fields = {name: values(part) for name, part in schema.get("properties", {}).items()}
    if "additionalProperties" in schema:
        assert not fields
        names = st.text(CHARACTERS, max_size=8)
        return st.dictionaries(names, values(schema["additionalProperties"]), max_size=ITEMS_MAX)
    required = schema.get("required", [])
    return st.fixed_dictionaries(
        {name: fields[name] for name in required},
        optional={name: part for name, part in fields.items() if name not in required},
    )


def strings(schema: Schema) -> st.SearchStrategy[str]:
    if schema.get("format") == "base64url":
        return st.binary(max_size=64).map(lambda data: base64.urlsafe_b64encode(data).decode())
    if schema.get("format") == "date":
        return st.dates().map(str)
    if "pattern" in schema:
        return st.from_regex(schema["pattern"].strip("^$"), fullmatch=True)
    return st.text(
        CHARACTERS,
        min_size=schema.get("minLength", 0),
        max_size=min(64, schema.get("maxLength", 64)),
    )


def numbers(schema: Schema) -> st.SearchStrategy[float]:
    return st.floats(
        min_value=schema.get("minimum", schema.get("exclusiveMinimum")),
        max_value=schema.get("maximum"),
        exclude_min="exclusiveMinimum" in schema,
        allow_nan=False,
        allow_infinity=False,
    )
