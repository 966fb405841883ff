"""Ids of the stream: what is spelled is read back, and nothing else is taken for an id."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.stream.vector import Vector, VectorError
from streams.catalog import BARS, CORRECTIONS, EVENT_TOPICS, INDICATORS, SIGNALS

PARTITIONS = 4
OFFSETS = st.dictionaries(
    st.tuples(st.sampled_from([t.name for t in EVENT_TOPICS]), st.integers(0, PARTITIONS - 1)),
    st.integers(1, 2**63 - 1),
)


@given(OFFSETS)
def test_an_id_is_read_back_as_what_it_spells(offsets: dict[tuple[str, int], int]) -> None:
    text = Vector(offsets).text
    assert Vector.parse(text, PARTITIONS).offsets == offsets
    assert Vector.parse(text, PARTITIONS).text == text
    assert text.replace("-", "").replace(".", "").isalnum()


def test_an_id_grows_in_step_with_its_partitions() -> None:
    vector = Vector()
    assert vector.text == "1"
    vector.advance((BARS.name, 2), 0x1F)
    assert vector.text == "1-b..1f"
    vector.advance((SIGNALS.name, 0), 7)
    vector.advance((BARS.name, 0), 1)
    vector.advance((BARS.name, 2), 0x20)
    assert vector.text == "1-b1..20-s7"
    assert (vector[BARS.name, 2], vector[BARS.name, 1]) == (0x20, 0)


def test_an_id_of_a_log_with_a_million_events_stays_short() -> None:
    large = [BARS.name, CORRECTIONS.name, INDICATORS.name, SIGNALS.name]
    offsets = {
        (t.name, p): 250_000 if t.name in large else 300 for t in EVENT_TOPICS for p in range(4)
    }
    assert len(Vector(offsets).text) < 440


@pytest.mark.parametrize(
    "text",
    [
        "", "2-b1", "1-", "1-b", "1-z1", "1-b1.", "1-b-1", "1-bG", "1-b1-b2", "1-b1.1.1.1.1",
        "1 -b1", "1-b" + "f" * 17, "1-b1\n", "\x00", "1-b\u0661",
    ],
)  # fmt: skip
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(VectorError):
        Vector.parse(text, PARTITIONS)


def test_a_vector_never_falls_back() -> None:
    vector = Vector({(BARS.name, 0): 5})
    with pytest.raises(AssertionError):
        vector.advance((BARS.name, 0), 5)
