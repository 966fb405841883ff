"""Whether a changed event can still be read: by old consumers, and from old records.

Consumes two JSON Schemas of one event; produces findings, none when the change is allowed.
A log keeps its records forever and consumers are not all replaced at once, so both must
hold: every record of the old schema is readable by the new one, and the other way round.
What cannot be shown to be readable counts as unreadable.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.export import Schema, inlined

REMEDY = "make v2: leave this event as it is and add a new one with the next schema_version"

ANNOTATIONS = frozenset({"$schema", "$id", "$comment", "title", "description", "examples"})
LOWER = ("minLength", "minItems", "minProperties")
UPPER = ("maxLength", "maxItems", "maxProperties")
SAME = ("pattern", "format", "contentEncoding", "multipleOf", "prefixItems", "uniqueItems")
UNDERSTOOD = frozenset(
    {
        *("type", "enum", "const", "anyOf", "default"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
        *("properties", "required", "additionalProperties", "items"),
        *LOWER,
        *UPPER,
        *SAME,
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Why one side cannot read the other's records. path: where, as `$.receipt.offset`."""

    path: str
    message: str
    remedy: str = REMEDY

    def __str__(self) -> str:
        return f"{self.path}: {self.message}; {self.remedy}"


def check(old: Schema, new: Schema, *, superseded: bool = False) -> list[Finding]:
    """What forbids replacing `old` by `new` under the same version; empty when nothing does.

    superseded: another one came after `old`, so that no consumer of it runs any more. Its records
    stay on the log.
    """
    before, after = inlined(old), inlined(new)
    found = [
        Finding(path, f"records already on the log: {why}") for path, why in unread(before, after)
    ]
    if not superseded:
        found += [
            Finding(path, f"consumers already running: {why}")
            for path, why in unread(after, before)
        ]
    return found + [Finding(path, why) for path, why in changed_defaults(before, after)]


def check_all(
    released: Mapping[str, Schema], current: Mapping[str, Schema], superseded: Container[str] = ()
) -> list[Finding]:
    """`check` for every released schema, by name; one that is gone is a finding as well."""
    findings = []
    for name, old in sorted(released.items()):
        if name not in current:
            findings.append(
                Finding(name, "its records stay on the log", "keep the class and its place")
            )
            continue
        findings += [
            Finding(f"{name} {found.path}", found.message, found.remedy)
            for found in check(old, current[name], superseded=name in superseded)
        ]
    return findings


def meaning(schema: Schema) -> Schema:
    """An inlined schema without its words."""
    kept: Schema = {}
    for keyword, value in schema.items():
        if keyword == "properties":
            kept[keyword] = {name: meaning(field) for name, field in value.items()}
        elif keyword == "anyOf":
            kept[keyword] = [meaning(option) for option in value]
        elif keyword in ("items", "additionalProperties") and isinstance(value, dict):
            kept[keyword] = meaning(value)
        elif keyword not in ANNOTATIONS:
            kept[keyword] = value
    return kept


Gaps = Iterator[tuple[str, str]]


def unread(written: Schema, reader: Schema, path: str = "$") -> Gaps:
    """Where a record that is valid as `written` need not be valid for `reader`.

    `written` is taken as closed (it holds the fields it names, no others), `reader` as it
    says. Neither holds `$ref`.
    """
    for option in alternatives(written):
        tries = [list(_unread_option(option, other, path)) for other in alternatives(reader)]
        if [] not in tries:
            # The reader's own option of that type says most about what is wrong.
            yield from min(tries, key=lambda gaps: (gaps[0][1].startswith("type "), len(gaps)))


def alternatives(schema: Schema) -> list[Schema]:
    """A schema as options of one type each."""
    if "anyOf" in schema:
        beside = {key: value for key, value in schema.items() if key != "anyOf"}
        return [option for part in schema["anyOf"] for option in alternatives({**beside, **part})]
    if isinstance(schema.get("type"), list):
        return [{**schema, "type": name} for name in schema["type"]]
    return [schema]


def changed_defaults(old: Schema, new: Schema, path: str = "$") -> Gaps:
    """Fields whose default changed: a record without them would change its meaning."""
    if "default" in old and "default" in new:
        filled = _field_defaults(old) | _field_defaults(new)
        before, after = (_filled(schema["default"], filled) for schema in (old, new))
        if before != after:
            yield path, f"default {old['default']!r} became {new['default']!r}"
    for name in old.get("properties", {}):
        if name in new.get("properties", {}):
            yield from changed_defaults(
                old["properties"][name], new["properties"][name], f"{path}.{name}"
            )
    if "items" in old and "items" in new:
        yield from changed_defaults(old["items"], new["items"], f"{path}[*]")


def _field_defaults(schema: Schema) -> dict[str, Any]:
    fields = schema.get("properties", {})
    return {name: field["default"] for name, field in fields.items() if "default" in field}


def _filled(default: Any, fields: Mapping[str, Any]) -> Any:
    """What a reader makes of it: an object's other fields take their own defaults."""
    return {**fields, **default} if isinstance(default, dict) else default


def _unread_option(written: Schema, reader: Schema, path: str) -> Gaps:
    if "type" in reader:
        found, wanted = written.get("type", "anything"), reader["type"]
        if found != wanted and not (found == "integer" and wanted == "number"):
            yield path, f"type {found} is not {wanted}"
            return
    yield from _unread_values(written, reader, path)
    yield from _unread_bounds(written, reader, path)
    yield from _unread_fields(written, reader, path)
    if "items" in reader:
        yield from unread(written.get("items", {}), reader["items"], f"{path}[*]")
    for keyword in reader.keys() - UNDERSTOOD - ANNOTATIONS:
        if written.get(keyword) != reader[keyword]:
            yield path, f"{keyword} differs, and this check does not understand it"


def _unread_values(written: Schema, reader: Schema, path: str) -> Gaps:
    allowed = _values(reader)
    if allowed is not None:
        found = _values(written)
        if found is None:
            yield path, f"any value is not one of {allowed}"
        else:
            extra = [value for value in found if value not in allowed]
            if extra:
                yield path, f"{extra} is not among {allowed}"
    for keyword in SAME:
        if keyword in reader and written.get(keyword) != reader[keyword]:
            yield path, f"{keyword} {written.get(keyword)!r} is not {reader[keyword]!r}"


def _values(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    return schema.get("enum")


def _unread_bounds(written: Schema, reader: Schema, path: str) -> Gaps:
    for keyword in LOWER:
        if written.get(keyword, 0) < reader.get(keyword, 0):
            yield path, f"{keyword} {written.get(keyword, 0)} is below {reader[keyword]}"
    for keyword in UPPER:
        if keyword in reader and written.get(keyword, float("inf")) > reader[keyword]:
            yield path, f"{keyword} {written.get(keyword, 'none')} is above {reader[keyword]}"
    for sign, keyword, strict in (
        (1, "minimum", "exclusiveMinimum"),
        (-1, "maximum", "exclusiveMaximum"),
    ):
        found, wanted = (
            _limit(written, sign, keyword, strict),
            _limit(reader, sign, keyword, strict),
        )
        if found < wanted:
            yield path, f"values beyond {keyword} {sign * wanted[0]:g} may be there"


def _limit(schema: Schema, sign: int, keyword: str, strict: str) -> tuple[float, bool]:
    """The tightest of both limits, as (value, excluded), turned so that larger is tighter."""
    none = (float("-inf"), False)
    inclusive = (sign * schema[keyword], False) if keyword in schema else none
    exclusive = (sign * schema[strict], True) if strict in schema else none
    return max(inclusive, exclusive)


def _unread_fields(written: Schema, reader: Schema, path: str) -> Gaps:
    fields, known = written.get("properties", {}), reader.get("properties", {})
    required = written.get("required", [])
    for name in reader.get("required", []):
        if name not in required:
            yield f"{path}.{name}", "the field is required and may be missing"
    others, rest = written.get("additionalProperties"), reader.get("additionalProperties")
    for name, schema in fields.items():
        if name in known:
            yield from unread(schema, known[name], f"{path}.{name}")
        elif isinstance(rest, dict):
            yield from unread(schema, rest, f"{path}.{name}")
        elif rest is False:
            yield f"{path}.{name}", "the field is not known and unknown ones are refused"
    if isinstance(others, dict):
        for name in known.keys() - fields.keys():
            yield from unread(others, known[name], f"{path}.{name}")
    if isinstance(rest, dict) and (isinstance(others, dict) or not fields):
        yield from unread(others or {}, rest, f"{path}.*")
