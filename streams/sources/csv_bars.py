"""A CSV file → its bars: plain blocks of lines all at once, the others row by row.

`csv_file` knows all that may be in one. A block is plain where its lines have a field for each
column, and no quote, nor a space that is to be skipped, nor a carriage return by itself.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
import polars as pl

from streams.sources.csv_file import (
    NO_SYMBOL,
    bytes_of,
    delimiter_of,
    explained,
    open_csv_cells,
    read_chunks,
)
from streams.sources.errors import Reject, TableError
from streams.sources.headers import Layout, find_columns
from streams.sources.rows import Rows, cells_of, read_rows

BLOCK_BYTES = 1 << 22


class Part(NamedTuple):
    """n rows. lines: where each begins; cells: strings, a column for each of the file's; rejects:
    what is no row among them."""

    lines: Sequence[int]
    cells: pl.DataFrame
    rejects: Sequence[Reject] = ()


@contextmanager
def open_csv(path: Path, symbol: str | None) -> Iterator[tuple[Layout, Iterator[Rows]]]:
    """The columns and the bars of a file. symbol: of every row where no column says it.

    Raises TableError, also while the rows are read, when the file can't be used.
    """
    with opened_parts(path) as (header, parts):
        layout = find_columns(header)
        if layout.symbol is None and symbol is None:
            raise TableError(NO_SYMBOL)
        yield (
            layout,
            (
                read_rows(
                    part.lines,
                    cells_of(part.cells, part.cells.columns, layout, symbol),
                    part.rejects,
                )
                for part in parts
            ),
        )


@contextmanager
def opened_parts(path: Path) -> Iterator[tuple[list[str], Iterator[Part]]]:
    """The names of the columns, and the rows; raises as `open_csv`."""
    with explained(), bytes_of(path) as stream:
        head = stream.readline().decode("utf-8-sig")
        delimiter = delimiter_of(head)
        if '"' not in head and "\r" not in head.removesuffix("\r\n"):
            header = next(csv.reader([head], delimiter=delimiter, skipinitialspace=True), [])
            if any(header):
                yield header, read_blocks(stream, delimiter, len(header))
                return
    with open_csv_cells(path) as (header, chunks):
        width = len(header)
        yield (
            header,
            (Part(each.lines, frame_of(each.rows, width), each.rejects) for each in chunks),
        )


def read_blocks(stream: IO[bytes], delimiter: str, width: int) -> Iterator[Part]:
    """The rows below a header of one line."""
    above = 1
    blocks = whole_lines(stream)
    for block in blocks:
        cells = plain_cells(block, delimiter, width)
        if cells is not None:
            yield Part(range(above + 1, above + 1 + len(cells)), cells)
            above += len(cells)
            continue
        # A quote may be open at the block's end: all that follows is read as this is.
        others = chain([block], blocks) if b'"' in block else [block]
        lines = chain.from_iterable(io.StringIO(each.decode(), newline="") for each in others)
        reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
        for each in read_chunks(reader, width, above):
            yield Part(each.lines, frame_of(each.rows, width), each.rejects)
        above += reader.line_num


def whole_lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Blocks that end where a line does."""
    while block := stream.read(BLOCK_BYTES):
        yield block + stream.readline()


def plain_cells(block: bytes, delimiter: str, width: int) -> pl.DataFrame | None:
    """The cells of a block's lines, None where it is not plain."""
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n")
    odd = (b'"', b"\r", b"\n ", delimiter.encode() + b" ")
    if block.startswith(b" ") or any(each in block for each in odd):
        return None
    if not block.endswith(b"\n"):
        block += b"\n"
    block.decode()  # raises where it is no UTF-8
    characters = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(characters == ord("\n"))
    between = np.flatnonzero(characters == ord(delimiter))
    if width < 2 or len(between) != len(ends) * (width - 1):
        return None
    own = between.reshape(len(ends), width - 1)
    if (own[:, -1] > ends).any() or (own[1:, 0] < ends[:-1]).any():
        return None
    return pl.read_csv(
        block,
        has_header=False,
        separator=delimiter,
        quote_char=None,
        schema=schema_of(width),
        empty_string_is_null=False,
    )


def frame_of(rows: Sequence[Sequence[str]], width: int) -> pl.DataFrame:
    """Rows of so many cells, as `Part` has them."""
    columns: Sequence[Sequence[str]] = list(zip(*rows, strict=True)) or [()] * width
    return pl.DataFrame(columns, schema=schema_of(width))


def schema_of(width: int) -> dict[str, type[pl.String]]:
    """Columns of strings, by their places."""
    return {str(place): pl.String for place in range(width)}
