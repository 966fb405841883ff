"""A CSV file's rows are the same whether they are read in plain blocks or one by one."""

from __future__ import annotations

import csv
import gzip
import io
import random
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.sources import csv_bars
from streams.sources.csv_bars import frame_of, open_csv, opened_parts, plain_cells, read_blocks
from streams.sources.csv_file import open_csv_cells
from streams.sources.errors import TableError

HEADER = "time,open,high,low,close,volume"
PLAIN = ("2024-01-01T10:00:00Z", "1.5", "2", "1", "1.25", "")
ODD: tuple[Callable[[list[str]], str], ...] = (
    lambda cells: ",".join(cells[:-1]),
    lambda cells: ",".join([*cells, "x"]),
    lambda cells: ", ".join(cells),
    lambda cells: " " + ",".join(cells),
    lambda cells: ",".join(f'"{cell}"' for cell in cells),
    lambda cells: ",".join([f'{cells[0]}\n"', *cells[1:]]),
    lambda cells: ",".join([f'"{cells[0]}\n"', *cells[1:]]),
    lambda cells: ",".join([f"{cells[0]}\r", *cells[1:]]),
    lambda cells: "",
    lambda cells: "ä,ö,ü,€,,",
    lambda cells: ",,,,,",
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    dice = random.Random(draw(st.integers(0, 2**32)))
    odd = draw(st.lists(st.sampled_from(ODD), max_size=4))
    rows = [",".join(PLAIN)] * draw(st.integers(0, 30)) + [write(list(PLAIN)) for write in odd]
    dice.shuffle(rows)
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    last = draw(st.sampled_from(["", end]))
    return (
        end.join([draw(st.sampled_from([HEADER, HEADER.replace("open", '"open"')])), *rows]) + last
    )


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(texts(), st.sampled_from([20, 90, 100_000]), st.booleans(), st.booleans())
def test_blocks_are_read_as_rows_are(
    tmp_path: Path, text: str, block_bytes: int, packed: bool, marked: bool
) -> None:
    path = tmp_path / ("x.csv.gz" if packed else "x.csv")
    content = text.encode("utf-8-sig" if marked else "utf-8")
    path.write_bytes(gzip.compress(content) if packed else content)
    with pytest.MonkeyPatch.context() as patch, opened_parts(path) as (header, parts):
        patch.setattr(csv_bars, "BLOCK_BYTES", block_bytes)
        found = [(part.lines, part.cells.rows(), part.rejects) for part in parts]
    with open_csv_cells(path) as (wanted_header, chunks):
        wanted = [(each.lines, list(map(tuple, each.rows)), each.rejects) for each in chunks]
    assert header == wanted_header
    assert [list(chain(*each)) for each in zip(*found, strict=True)] == [
        list(chain(*each)) for each in zip(*wanted, strict=True)
    ]


def test_plain_blocks_are_not_read_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = 1_000 * (",".join(PLAIN) + "\r\n")
    monkeypatch.setattr(csv, "reader", lambda *_, **__: pytest.fail("it was read row by row"))
    (part,) = read_blocks(io.BytesIO(lines.encode()), ",", 6)
    assert part.cells.rows() == [PLAIN] * 1_000
    assert part.lines == range(2, 1_002)


def test_fields_are_counted_in_each_line() -> None:
    assert plain_cells(b"1,2,3\n4,5,6", ",", 3) is not None
    assert plain_cells(b"1,2\n3,4,5,6\n", ",", 3) is None
    assert plain_cells(b"1,2,3,4\n5,6\n", ",", 3) is None
    assert plain_cells(b"1,2,3\n\n", ",", 3) is None


def test_both_ways_give_the_same_columns_also_where_there_are_no_rows() -> None:
    plain = plain_cells(b"1,2,", ",", 3)
    assert plain is not None
    assert plain.equals(frame_of([["1", "2", ""]], 3))
    assert frame_of([], 3).schema == plain.schema


def test_what_is_no_utf_8_is_told_wherever_it_is(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    for text in ("ö", '"ö"'):
        path.write_bytes(f"{HEADER}\n".encode() + f"{text},1,1,1,1,1\n".encode("latin1"))
        with (
            pytest.raises(TableError, match="not UTF-8"),
            open_csv(path, "A") as (_, rows),
        ):
            list(rows)
