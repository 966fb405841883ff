"""Dead letters for people and for programs: a line of a list, the whole, and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from textwrap import fill
from typing import Any

from deploy.letters.safe_text import kind_of, safe, shown_value
from deploy.text_table import text_table
from schemas.events.dead_letters import DeadLetterRetried
from streams.codec import rfc3339
from streams.decisions import Decision, Decisions
from streams.letters import UNKNOWN, Letter, text_of
from streams.producer import Position

_WIDTH = 100
_KEY_CHARS_MAX = 200

REASONS = {
    "malformed": (
        "The value is not the event that it should be.",
        "Mend the value: `show ADDRESS --raw > FILE`, correct FILE, `retry ADDRESS --value FILE`. "
        "Where the source always writes so, correct it first.",
    ),
    "unknown_type": (
        "The header ce_type names no event of this topic.",
        "Have its source send what the topic carries, and drop this. A type that a newer version "
        "brings can be sent again once all workers run it.",
    ),
    "key_mismatch": (
        "The record's key is not the key of its event.",
        "Whichever is wrong: mend the value and retry, or have the source send it under the right "
        "key, and drop this.",
    ),
    "wrong_partition": (
        "The record came on another partition than its key's.",
        "Retry: it goes to the right one. Set the source's partitioner to murmur2 first "
        "(librdkafka: partitioner=murmur2_random).",
    ),
    "out_of_order": (
        "The bar is older than its series' last one.",
        "A retry would come back. Load history under a feed of its own with `peripheral ingest`, "
        "and drop this.",
    ),
    "refused_by_database": (
        "The event is well-formed, but the database can't hold a value of it.",
        "Mend the value and retry, or drop it.",
    ),
    UNKNOWN: (
        "No worker of ours wrote this record here.",
        "Find out who did; retry sends it to the topic if it is an event of that, or drop it.",
    ),
}
"""What each reason means, and what to do."""

NO_ADVICE = ("", "Retry once what the message says is mended, or drop it.")


def line_of(letter: Letter, decided: Decision | None) -> str:
    """A letter in a list: two lines, three when something was decided."""
    lines = [
        f"{letter.address}  {when(letter)}  {safe(letter.reason)}  {_key(letter)}"
        f"  from {origin_text(letter)}",
        f"    {safe(letter.message)}",
    ]
    if decided is not None:
        lines.append(f"    {decision_words(letter, decided)}")
    return "\n".join(lines)


def fields_of(letter: Letter, decided: Decision | None) -> dict[str, Any]:
    """A letter for programs."""
    key = letter.record.key
    return {
        "address": str(letter.address),
        "at": when(letter),
        "reason": letter.reason,
        "message": letter.message,
        "key": None if key is None else text_of(key),
        "origin": letter.origin and place(letter.origin),
        "retry_of": letter.retry_of,
        "decision": decided
        and {
            "type": type(decided).__name__,
            **decided.model_dump(exclude={"letter", "decided_ts"}),
            "decided_at": rfc3339(decided.decided_ts),
        },
    }


def counts_table(counts: Mapping[tuple[str, str], int]) -> str:
    """Letters by topic and reason."""
    by_topic = Counter[str]()
    for (topic, _), count in counts.items():
        by_topic[topic] += count
    rows = [
        (topic, safe(reason), f"{count:,}") for (topic, reason), count in sorted(counts.items())
    ]
    total = ("in all", f"{len(by_topic)} topics", f"{sum(by_topic.values()):,}")
    return text_table(("topic", "reason", "letters"), [*rows, total])


def whole_of(letter: Letter, value: bytes | None, decisions: Decisions) -> str:
    """All of a letter. value: the original's, which may be longer than the letter's."""
    meaning, remedy = REASONS.get(letter.reason, NO_ADVICE)
    first = decisions.first.get(letter.address)
    lines = [
        str(letter.address),
        f"  came      {when(letter)}, on {origin_text(letter)}",
        _filled("  reason    ", f"{safe(letter.reason)}. {meaning}"),
        _filled("  message   ", safe(letter.message)),
        _filled("  to do     ", remedy if first is None else "Nothing: it is decided."),
        _filled("  decided   ", standing_words(letter, decisions)),
    ]
    lines += [
        f"            and too late: {decision_words(letter, each)}"
        for each in decisions.later.get(letter.address, ())
    ]
    if letter.retry_of is not None:
        lines.append(f"  sent from {safe(letter.retry_of)}, a letter that was sent again")
    lines += ["", "  headers"]
    lines += [
        f"    {safe(name)}  {safe(text_of(value or b''))}" for name, value in letter.record.headers
    ]
    whole = value is None or (letter.whole and letter.has(value))
    cut = "" if whole else ", more than a letter holds"
    size = "" if value is None else f", {len(value):,} bytes{cut}"
    lines += ["", f"  key       {_key(letter)}", f"  value     {kind_of(value)}{size}", ""]
    return "\n".join([*lines, shown_value(value)])


def standing_words(letter: Letter, decisions: Decisions) -> str:
    """How a letter stands now."""
    first = decisions.first.get(letter.address)
    if first is not None:
        return decision_words(letter, first)
    started = decisions.started.get(letter.address)
    if not started:
        return "nothing yet"
    last = started[-1]
    return (
        f"nothing yet; {safe(last.decided_by)} began to send it again at "
        f"{rfc3339(last.decided_ts)}, and a retry finds out whether it was sent"
    )


def decision_words(letter: Letter, decided: Decision) -> str:
    """What was decided, by whom and when."""
    by = f"by {safe(decided.decided_by)} at {rfc3339(decided.decided_ts)}"
    if isinstance(decided, DeadLetterRetried):
        where = Position(letter.address.topic.name, decided.partition, decided.offset)
        mended = ", with another value" if decided.mended else ""
        return f"sent again {by}{mended}: {place(where)}"
    return f"dropped {by}: {safe(decided.why)}"


def place(position: Position) -> str:
    """A position as `topic/partition/offset`."""
    return f"{position.topic}/{position.partition}/{position.offset}"


def origin_text(letter: Letter) -> str:
    return "nowhere that it says" if letter.origin is None else place(letter.origin)


def when(letter: Letter) -> str:
    """When the original came, RFC 3339; records without a time have -1."""
    try:
        return rfc3339(letter.record.timestamp * 1000)
    except OverflowError:
        return "at no time"


def _key(letter: Letter) -> str:
    key = letter.record.key
    return "(no key)" if key is None else safe(text_of(key)[:_KEY_CHARS_MAX])


def _filled(head: str, text: str) -> str:
    apart = " " * len(head)
    return fill(text, _WIDTH, initial_indent=head, subsequent_indent=apart, break_long_words=False)
