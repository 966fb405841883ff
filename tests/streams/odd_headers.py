"""Writes records whose headers have names that are no UTF-8, as clients of other languages can."""

from __future__ import annotations

import struct

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.default_records import DefaultRecordBase, _DefaultRecordBatchBuilderPy
from aiokafka.record.util import calc_crc32c

from streams.codec import Outgoing
from streams.settings import Settings

STAND_IN, ODD = b"odd?name", b"odd\xffname"
READ_AS = "odd\\xffname"
TIME_MS = 1_700_000_000_000


def batch_of(records: list[Outgoing]) -> bytes:
    """A batch as it lies on the log, in which the header `odd?name` is `odd\\xffname`."""
    builder = _DefaultRecordBatchBuilderPy(2, 0, 0, -1, -1, -1, 1 << 20)
    for number, record in enumerate(records):
        added = builder.append(number, TIME_MS, record.key, record.value, record.headers)
        assert added is not None
    batch = bytearray(bytes(builder.build()).replace(STAND_IN, ODD))
    crc = calc_crc32c(bytes(batch[DefaultRecordBase.ATTRIBUTES_OFFSET :]))
    struct.pack_into(">I", batch, DefaultRecordBase.CRC_OFFSET, crc)
    return bytes(batch)


async def write_batch(settings: Settings, topic: str, partition: int, batch: bytes) -> None:
    """Send it to the partition, acknowledged."""
    client = AIOKafkaClient(bootstrap_servers=settings.bootstrap_servers)
    await client.bootstrap()
    try:
        await client.set_topics([topic])
        request = ProduceRequest(
            required_acks=-1,
            timeout=10_000,
            topics=[(topic, [(partition, batch)])],
            transactional_id=None,
        )
        node = client.cluster.leader_for_partition(TopicPartition(topic, partition))
        answer = await client.send(node, request)
        assert answer.topics[0][1][0][1] == 0, answer
    finally:
        await client.close()
