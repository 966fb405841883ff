"""What people are shown of dead letters: all of it, and nothing that a terminal obeys."""

from __future__ import annotations

import pytest

from deploy.letters.safe_text import kind_of, safe, shown_value
from deploy.letters.told import REASONS, counts_table, fields_of, line_of, whole_of
from schemas.events.dead_letters import DeadLetterDropped
from streams.catalog import BARS
from streams.codec import dead_letter
from streams.decisions import Decisions
from streams.letters import Letter, letter_of
from tests.records import RawRecord

ESCAPE = "\x1b[2Jgone"


def letter(value: bytes | None, key: bytes | None = b"k", message: str = "no") -> Letter:
    sent = dead_letter(
        BARS.name, 1, 5, key, value, [("x", b"\x1b]0;title\x07")], 0, reason="malformed",
        message=message,
    )  # fmt: skip
    return letter_of(RawRecord(BARS.dlq, 1, 7, 0, sent.key, sent.value, sent.headers))


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        (None, "none", "(no value)"),
        (b"", "text, but no JSON", ""),
        (b'{"a":1,"b":["\xc3\xa9"]}', "JSON", '{\n  "a": 1,\n  "b": [\n    "é"\n  ]\n}'),
        (b'{"half": ', "text, but no JSON", '{"half": '),
        (b"\xff\x00", "not UTF-8", "\\xff\\x00"),
        (ESCAPE.encode(), "text, but no JSON", "\\x1b[2Jgone"),
        (b'"\\u001b[2J\\u202e"', "JSON", '"\\u001b[2J\\u202e"'),
        (b"[" * 200_000, "text, but no JSON", "[" * 200_000),
    ],
)
def test_a_value_is_shown_whatever_it_is(value: bytes | None, kind: str, shown: str) -> None:
    assert kind_of(value) == kind
    assert shown_value(value) == shown


def test_nothing_that_a_terminal_obeys_is_shown() -> None:
    hostile = letter(ESCAPE.encode(), ESCAPE.encode(), f"{ESCAPE}\r\n\u202eevil\x9b1m")
    decisions = Decisions()
    dropped = DeadLetterDropped(
        letter=str(hostile.address), decided_by=ESCAPE, decided_ts=0, why=ESCAPE
    )
    decisions.first[hostile.address] = dropped
    decisions.later[hostile.address].append(dropped)
    whole = whole_of(hostile, hostile.record.value, decisions)
    for text in (whole, line_of(hostile, dropped), counts_table({(BARS.name, ESCAPE): 1})):
        assert all(char.isprintable() or char == "\n" for char in text)
    assert "\\x1b]0;title\\x07" in whole
    assert whole.count("\\x1b[2Jgone") == 8
    assert safe("é 日本") == "é 日本"


def test_all_of_a_letter_is_told() -> None:
    whole = whole_of(letter(b'{"a":1}'), b'{"a":1}', Decisions())
    assert whole.startswith("market.bars.v1.dlq/1/7\n")
    assert "1970-01-01T00:00:00Z, on market.bars.v1/1/5" in whole
    assert "malformed. The value is not the event that it should be." in whole
    assert "decided   nothing yet" in whole
    assert "value     JSON, 7 bytes\n" in whole
    assert whole.endswith('{\n  "a": 1\n}')


def test_a_program_gets_fields() -> None:
    found = letter(None, None)
    dropped = DeadLetterDropped(
        letter=str(found.address), decided_by="ann", decided_ts=0, why="stale"
    )
    assert fields_of(found, dropped) == {
        "address": "market.bars.v1.dlq/1/7",
        "at": "1970-01-01T00:00:00Z",
        "reason": "malformed",
        "message": "no",
        "key": None,
        "origin": "market.bars.v1/1/5",
        "retry_of": None,
        "decision": {
            "type": "DeadLetterDropped",
            "decided_by": "ann",
            "why": "stale",
            "decided_at": "1970-01-01T00:00:00Z",
        },
    }
    assert fields_of(found, None)["decision"] is None


def test_every_reason_has_words_and_a_remedy() -> None:
    for meaning, remedy in REASONS.values():
        assert meaning.endswith(".")
        assert remedy.endswith((".", ")."))
