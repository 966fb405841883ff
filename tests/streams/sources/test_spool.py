"""Bars that were put down come back as they were, series by series."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.columns import BarColumns, Ints, joined
from streams.sources.errors import TableError
from streams.sources.spool import Spool


def bars_of(ts: Ints) -> BarColumns:
    price = ts.astype(np.float64)
    return BarColumns(ts, price * 0.5, price * 0.75, price * 0.25, price * 0.6, price * 3.0)


@st.composite
def parts(draw: st.DrawFn) -> list[tuple[list[int], Ints]]:
    """Codes and times: rising over all parts, as they do in each series."""
    found, ts = [], 0
    for codes in draw(st.lists(st.lists(st.integers(0, 4), max_size=12), max_size=8)):
        found.append((codes, np.arange(ts, ts + len(codes)) * 10))
        ts += len(codes)
    return found


@given(parts(), st.integers(1, 30), st.integers(-5, 900))
def test_each_series_comes_back_in_its_order(
    drawn: list[tuple[list[int], Ints]], held: int, begin_us: int
) -> None:
    with Spool(held_bars=held) as spool:
        for codes, ts in drawn:
            spool.put(np.array(codes, np.int32), bars_of(ts))
        spool.flush()
        series = np.array([code for some, _ in drawn for code in some])
        all_ts = np.concatenate([np.zeros(0, np.int64), *(ts for _, ts in drawn)])
        for code in range(5):
            wanted = all_ts[series == code]
            found = joined(spool.stream(code))
            assert found.ts.tolist() == wanted.tolist()
            assert found.volume.tolist() == (3.0 * wanted).tolist()
            assert spool.count(code) == len(wanted)
            opens = spool.opens_from(code, begin_us)
            assert opens.tolist() == wanted[wanted >= begin_us][:2].tolist()


def test_streams_are_read_side_by_side_and_again() -> None:
    with Spool(held_bars=2) as spool:
        spool.put(np.array([0, 1, 0], np.int32), bars_of(np.array([1, 2, 3])))
        spool.put(np.array([1, 0], np.int32), bars_of(np.array([4, 5])))
        spool.flush()
        pairs = list(zip(spool.stream(0), spool.stream(1), strict=True))
        assert [(a.ts.tolist(), b.ts.tolist()) for a, b in pairs] == [([1, 3], [2]), ([5], [4])]
        assert joined(spool.stream(0)).open.tolist() == [0.5, 1.5, 2.5]


def test_the_file_has_no_name_and_is_gone(tmp_path: Path) -> None:
    before = open_files()
    with Spool(tmp_path) as spool:
        spool.put(np.zeros(9, np.int32), bars_of(np.arange(9)))
        spool.flush()
        assert open_files() == before + 1
        assert list(tmp_path.iterdir()) == []
    assert open_files() == before


def open_files() -> int:
    return len(list(Path("/dev/fd").iterdir()))


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_no_room_is_told_with_what_to_do(tmp_path: Path) -> None:
    with Spool(tmp_path) as spool:
        spool.put(np.zeros(9, np.int32), bars_of(np.arange(9)))
        with files_of_at_most(100), pytest.raises(TableError, match=r"no room in .*; set TMPDIR"):
            spool.flush()
