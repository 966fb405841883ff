"""The log that every released version of the schemas wrote, one release behind the other."""

from __future__ import annotations

from collections import defaultdict

from deploy.contracts import RELEASED_DIR
from deploy.releases.kept import releases
from deploy.releases.sample_log import SampleRecord
from tests.records import RawRecord

PARTITIONS = 4
FIRST_MS = 1_600_000_000_000

Log = dict[str, dict[int, list[RawRecord]]]


def record_of(sample: SampleRecord, offset: int) -> RawRecord:
    """A sample where it lies on a log of PARTITIONS."""
    made = sample.outgoing()
    partition = sample.partition(PARTITIONS)
    return RawRecord(
        sample.topic, partition, offset, FIRST_MS + offset, made.key, made.value, made.headers
    )


def released_log() -> Log:
    """All releases' records, by topic and partition."""
    log: Log = defaultdict(lambda: {partition: [] for partition in range(PARTITIONS)})
    for release in releases(RELEASED_DIR):
        for sample in release.log:
            partition = log[sample.topic][sample.partition(PARTITIONS)]
            partition.append(record_of(sample, len(partition)))
    return log
