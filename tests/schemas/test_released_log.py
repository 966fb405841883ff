"""The log that every release wrote has all that its schemas allow, and today's codec reads it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from deploy.contracts import RELEASED_DIR
from deploy.releases.kept import Release, releases
from deploy.releases.sample_log import SampleRecord
from schemas.events.base import Event
from schemas.export import inlined, schema_name
from streams.admission import admit
from streams.catalog import BY_NAME, LETTER_DECISIONS
from streams.codec import decode
from streams.decisions import act_of
from streams.letters import TOPICS, UNKNOWN, letter_of
from tests.released_log import PARTITIONS, record_of
from tests.schemas.choices import untaken

BYTES_MAX = 1_000_000
TAKEN_OUT = {"2 OrderEmitted.v1.trail", "2 SignalEmitted.v1.trail"}
"""Optional fields that a release had and today's events have no more: nobody reads them."""
RELEASES = releases(RELEASED_DIR)


def values_of(release: Release) -> dict[str, list[Any]]:
    """The values of each event that the release brought, those that only lead others left out."""
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for record in release.log:
        if record.topic in TOPICS:
            fields = dict(record.headers)
            numbers = {name: int(fields[name]) for name in ("dlq_partition", "dlq_offset")}
            found["DeadLetter.v1"].append({**fields, **numbers})
        else:
            found[record.headers["ce_type"].removeprefix("peripheral.")].append(record.value)
    return found


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: f"{release.number:03}")
def test_a_releases_log_is_valid_and_takes_every_choice(release: Release) -> None:
    values = values_of(release)
    for name, schema in release.schemas.items():
        for value in values[name]:
            Draft202012Validator(schema).validate(value)
        assert list(untaken(inlined(schema), values[name])) == [], name


def test_todays_codec_reads_every_record_and_loses_no_field() -> None:
    lost = set()
    for release in RELEASES:
        for sample in release.log:
            if sample.topic in TOPICS:
                continue
            event = read(sample)
            name = schema_name(type(event))
            assert sample.headers["ce_type"] == f"peripheral.{name}"
            lost |= {
                f"{release.number} {name}{path}"
                for path in differences(sample.value, json.loads(event.model_dump_json()))
            }
    assert lost == TAKEN_OUT


def read(sample: SampleRecord) -> Event:
    record = record_of(sample, 0)
    if sample.topic == LETTER_DECISIONS.name:
        assert act_of(record) is not None
        return decode(record.value, record.headers, LETTER_DECISIONS.events)
    return admit(record, BY_NAME[sample.topic], PARTITIONS)


def differences(written: Any, found: Any) -> Iterator[str]:
    """Where what was written was not found; defaults of newer fields are no difference."""
    if isinstance(written, dict) and isinstance(found, dict):
        for name, value in written.items():
            if name not in found:
                yield f".{name}"
            else:
                yield from (f".{name}{path}" for path in differences(value, found[name]))
    elif isinstance(written, list) and isinstance(found, list) and len(written) == len(found):
        for one, other in zip(written, found, strict=True):
            yield from (f"[]{path}" for path in differences(one, other))
    elif (written, type(written)) != (found, type(found)):
        yield f" {written!r} became {found!r}"


def test_a_dead_letter_of_any_release_is_one_today() -> None:
    letters = [sample for release in RELEASES for sample in release.log if sample.topic in TOPICS]
    assert letters
    for sample in letters:
        found, said = letter_of(record_of(sample, 0)), sample.headers
        assert (found.reason, found.origin is None) == (said["dlq_reason"] or UNKNOWN, False)
        assert found.message in (said["dlq_message"], "no header says what is wrong")


def test_the_releases_are_small() -> None:
    size = sum(path.stat().st_size for path in RELEASED_DIR.rglob("*") if path.is_file())
    assert size < BYTES_MAX
