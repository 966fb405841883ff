"""The load is good bars, and the same each time."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bench.market import random_walks
from bench.records import as_records
from streams.bars import BarDecoder, SeriesGate, Verdict
from streams.producer import partition_of
from streams.sources.table import Names, read_table

PARTITIONS = 4


def test_every_bar_is_admitted_on_its_partition() -> None:
    market = random_walks("bench", symbols=5, bars=40)
    admitted = 0
    for partition in range(PARTITIONS):
        records = as_records(market, PARTITIONS, partition)
        assert all(partition_of(r.key, PARTITIONS) == partition for r in records)
        batch = BarDecoder(partition, PARTITIONS).decode(records)
        verdicts, _ = SeriesGate().admit(batch)
        assert batch.rejections == []
        admitted += int((verdicts == Verdict.ADMITTED).sum())
    assert admitted == len(market) == 200


def test_the_same_seed_gives_the_same_bars() -> None:
    one, same, other = (random_walks("bench", 3, 10, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.columns.close, same.columns.close)
    assert not np.array_equal(one.columns.close, other.columns.close)


def test_parts_go_on_where_the_one_before_ended() -> None:
    market = random_walks("bench", 3, 10)
    cut = [market.part(0, 12), market.part(12, 30)]
    assert [len(part) for part in cut] == [12, 18]
    joined = [record for part in cut for record in part.records(PARTITIONS)]
    assert joined == list(market.records(PARTITIONS))


def test_ingest_reads_every_row_of_the_csv(tmp_path: Path) -> None:
    market = random_walks("bench", 3, 10)
    market.write_csv(tmp_path / "bars.csv")
    table = read_table(tmp_path / "bars.csv", Names("bench", None, "1m"), lambda _rows: None)
    assert len(table) == len(market)
    assert table.rejects == []
    assert sorted(s.key for s in table.series) == sorted(s.key for s in market.series)
    assert np.array_equal(np.sort(table.columns.close), np.sort(market.columns.close))
