"""What came out of running deployments again, for a person and for a program."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import orjson

from deploy.receipts.chosen import ALWAYS, Period
from deploy.text_table import text_table
from processors.evaluation.receipts.compared import WORDS, Difference, Tallies
from processors.evaluation.receipts.heads import Content
from processors.evaluation.receipts.replay import Done
from streams.catalog import ALERTS, FAULTS, SIGNALS
from streams.codec import rfc3339

SHOWN = 10
_AROUND = 40
_TOPICS = {"signals": SIGNALS.name, "alerts": ALERTS.name, "faults": FAULTS.name}


@dataclass(slots=True)
class Checked:
    """refused: why nothing was run, if so. deployments: whose records were looked at, also where
    there are none. unverifiable: by deployment, why it could not be run.
    partitions: how far each is; ends: where their bars end. signer_known: whether the key that
    signed is the one that was given."""

    refused: str | None = None
    deployments: Collection[str] = ()
    tallies: Tallies = field(default_factory=dict)
    unverifiable: dict[str, str] = field(default_factory=dict)
    partitions: dict[int, Done] = field(default_factory=dict)
    ends: dict[int, int] = field(default_factory=dict)
    period: Period = ALWAYS
    signed_by: str | None = None
    signer_known: bool = False
    has_source: bool = True

    @property
    def holds(self) -> bool:
        return (
            self.refused is None
            and not self.unverifiable
            and not any(tally.differences for tally in self.tallies.values())
        )

    def differences(self) -> Iterator[Difference]:
        """The first of each deployment and series."""
        for _, tally in sorted(self.tallies.items()):
            if tally.first is not None:
                yield tally.first


def sums_of(checked: Checked) -> dict[str, dict[str, int]]:
    """By deployment, how many records of each kind are equal, repeat others, or differ."""
    kinds = ("series", *_TOPICS, "repeats", "differences")
    names = {*checked.deployments, *(name for name, _ in checked.tallies)}
    found = {name: dict.fromkeys(kinds, 0) for name in sorted(names)}
    for (name, _), tally in checked.tallies.items():
        sums = found[name]
        sums["series"] += 1
        for kind, topic in _TOPICS.items():
            sums[kind] += tally.equal.get(topic, 0)
        sums["repeats"] += tally.repeats
        sums["differences"] += tally.differences
    return found


def told(checked: Checked) -> str:
    """As text."""
    if checked.refused is not None:
        return checked.refused
    lines = []
    sums = sums_of(checked)
    if sums:
        heads = ("deployment", *next(iter(sums.values())))
        lines.append(text_table(heads, [[name, *_cells(each)] for name, each in sums.items()]))
    for difference in islice(checked.differences(), SHOWN):
        lines += ["", *_told_difference(difference)]
    hidden = sum(1 for _ in checked.differences()) - SHOWN
    if hidden > 0:
        lines.append(f"\n{hidden:,} further series differ: --json has the first of each.")
    for name, reason in sorted(checked.unverifiable.items()):
        lines.append(f"{name} can't be run again: {reason}.")
    lines += ["", *_told_partitions(checked), *_told_signature(checked), _verdict(checked, sums)]
    return "\n".join(lines).lstrip("\n")


def _cells(sums: dict[str, int]) -> list[str]:
    return [f"{each:,}" for each in sums.values()]


def _told_difference(found: Difference) -> Iterator[str]:
    head, lies = found.head, ""
    if found.offset is not None:
        lies = f" at offset {found.offset:,}"
    yield (
        f"{head.deployment_id} on {head.series.key}, bar of {_time(head.ts)}: the record of bar"
        f" offset {head.source_offset:,}, seq {head.seq}, in {found.topic}/{found.partition}{lies},"
        f" {WORDS[found.kind]}{'; ' + found.chain if found.chain else ''}."
    )
    if found.expected is not None and found.found is not None:
        what, expected, lying = _apart(found.expected, found.found)
        yield f"  {what} expected  {expected}"
        yield f"  {what} found     {lying}"
    elif found.expected is not None:
        yield f"  expected  {_text(found.expected[1])}"
    elif found.found is not None:
        yield f"  found     {_text(found.found[1])}"


def _apart(expected: Content, found: Content) -> tuple[str, str, str]:
    """Where two records differ: the part, and of both what is around the first byte of it."""
    for what, place in (("key", 0), ("value", 1)):
        one, other = expected[place], found[place]
        if one != other:
            assert isinstance(one, bytes | None) and isinstance(other, bytes | None)
            return what, *_around(one or b"", other or b"")
    return "headers", str(list(expected[2])), str(list(found[2]))


def _around(one: bytes, other: bytes) -> tuple[str, str]:
    pairs = zip(one, other, strict=False)
    first = next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
    cut = slice(max(first - _AROUND, 0), first + _AROUND)
    return f"…{_text(one[cut])}…", f"…{_text(other[cut])}…"


def _text(value: bytes | None) -> str:
    return "nothing" if value is None else value.decode(errors="backslashreplace")


def _time(ts: int) -> str:
    try:
        return rfc3339(ts)
    except OverflowError:  # of a record that nothing of ours has written
        return str(ts)


def _told_partitions(checked: Checked) -> Iterator[str]:
    for number, done in sorted(checked.partitions.items()):
        if done.bars:
            yield (
                f"Partition {number}: {done.bars:,} bars run again, verified up to offset"
                f" {done.until:,} of {checked.ends[number]:,}."
            )
        if done.unreadable:
            yield (
                f"Partition {number}: {done.unreadable:,} records are no events, and count for"
                " nobody."
            )


def _told_signature(checked: Checked) -> Iterator[str]:
    if checked.signed_by is not None:
        known = "as --key has it" if checked.signer_known else "whoever that is: --key would tell"
        yield f"Signed by {checked.signed_by}, {known}."
    if not checked.has_source:
        yield "Without sources: what ran is known by its module, not by its text."


def _verdict(checked: Checked, sums: dict[str, dict[str, int]]) -> str:
    differ = sum(each["differences"] for each in sums.values())
    if differ:
        return f"DIFFERS: {differ:,} records are not what the log's bars give."
    if checked.unverifiable:
        return "NOT VERIFIED: not everything can be run again."
    if not sums:
        return "Nothing was active on the log yet, so there is nothing to verify."
    equal = sum(each[kind] for each in sums.values() for kind in _TOPICS)
    return (
        f"HOLDS: {equal:,} records are bit for bit what the log's bars give, and none is missing."
    )


def as_json(checked: Checked) -> bytes:
    """As JSON."""
    document: dict[str, Any] = {
        "holds": checked.holds,
        "refused": checked.refused,
        "deployments": sums_of(checked),
        "differences": [_difference(each) for each in checked.differences()],
        "unverifiable": checked.unverifiable,
        "partitions": [
            {
                "partition": number,
                "bars": done.bars,
                "verified_to": done.until,
                "end": checked.ends[number],
                "unreadable": done.unreadable,
            }
            for number, done in sorted(checked.partitions.items())
        ],
        "from_us": checked.period.begin_us,
        "to_us": checked.period.end_us,
        "signed_by": checked.signed_by,
        "signer_known": checked.signer_known,
        "has_source": checked.has_source,
    }
    return orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_INDENT_2)


def _difference(found: Difference) -> dict[str, Any]:
    head = found.head
    return {
        "kind": found.kind,
        "deployment_id": head.deployment_id,
        "series": head.series.key,
        "ts": head.ts,
        "source_offset": head.source_offset,
        "seq": head.seq,
        "topic": found.topic,
        "partition": found.partition,
        "offset": found.offset,
        "chain": found.chain,
        "expected": _record(found.expected),
        "found": _record(found.found),
    }


def _record(content: Content | None) -> dict[str, Any] | None:
    if content is None:
        return None
    key, value, headers = content
    told_headers = [[name, _text(each)] for name, each in headers]
    return {"key": _text(key), "value": _text(value), "headers": told_headers}
