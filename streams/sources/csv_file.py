"""A CSV file → its rows as cells, each with the line it begins on."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from itertools import accumulate, chain, islice
from pathlib import Path
from typing import IO, Any, cast

from streams.sources.cells import CHUNK_ROWS, Cells, Table
from streams.sources.errors import Reject, TableError

DELIMITERS = ",;\t|"
NEWLINE = re.compile(r"\r\n|\r|\n")
NO_SYMBOL = "there is no symbol column and the file's name is no symbol; give it with --symbol"


@contextmanager
def open_csv_cells(path: Path) -> Iterator[Table]:
    """The columns and the rows of a file as they are written.

    Raises TableError, also while the rows are read, when the file can't be used.
    """
    with explained(), text_of(path) as stream:
        first = stream.readline()
        reader = csv.reader(
            chain([first], stream), delimiter=delimiter_of(first), skipinitialspace=True
        )
        header = next(reader, [])
        if not any(header):
            raise TableError("the file is empty; its first line must name the columns")
        yield header, read_chunks(reader, len(header))


@contextmanager
def explained() -> Iterator[None]:
    """What goes wrong while a file is read is a TableError."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise TableError(
            f"the file is not UTF-8 (byte 0x{error.object[error.start]:02x}); convert it, as in: "
            "iconv -f latin1 -t utf-8 OLD.csv > NEW.csv"
        ) from None
    except (OSError, EOFError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise TableError(f"the file can't be read: {reason}") from None


def delimiter_of(header: str) -> str:
    """What is most often in the header's line."""
    return max(DELIMITERS, key=header.count)


def text_of(path: Path) -> IO[str]:
    """The file as text. Raises OSError."""
    return TextIOWrapper(bytes_of(path), encoding="utf-8-sig", newline="")


def bytes_of(path: Path) -> IO[bytes]:
    """The file; a `.gz` is unpacked. Raises OSError."""
    if path.name.lower().endswith(".gz"):
        return cast(IO[bytes], gzip.open(path))
    return path.open("rb")


def read_chunks(reader: Any, width: int, above: int = 0) -> Iterator[Cells]:
    """The rows below the header, a few thousand at a time. above: lines that the reader has not
    seen."""
    while True:
        start = above + reader.line_num + 1
        rows: list[list[str]] = []
        broken = []
        try:
            rows.extend(islice(reader, CHUNK_ROWS))
        except csv.Error as error:
            broken.append(
                Reject(above + reader.line_num, f"{error}; is a quote open above this line?")
            )
        if not rows and not broken:
            return
        lines: Sequence[int] = range(start, start + len(rows))
        if broken or above + reader.line_num != start + len(rows) - 1:
            lines = first_lines(rows, start)
        if not all(map(width.__eq__, map(len, rows))):
            broken += ragged(lines, rows, width)
            kept = [place for place, row in enumerate(rows) if len(row) == width]
            lines, rows = [lines[place] for place in kept], [rows[place] for place in kept]
        yield Cells(lines, rows, broken)


def first_lines(rows: Sequence[Sequence[str]], start: int) -> list[int]:
    """The line on which each row begins, when newlines stand in quotes. start: the first's."""
    spans = (1 + sum(len(NEWLINE.findall(cell)) for cell in row) for row in rows)
    return list(accumulate(spans, initial=start))[:-1]


def ragged(lines: Sequence[int], rows: Sequence[Sequence[str]], width: int) -> list[Reject]:
    """The rows with too few or too many fields; blank lines are none."""
    found = []
    for line, row in zip(lines, rows, strict=True):
        if len(row) != width and any(cell.strip() for cell in row):
            reason = f"{len(row)} fields where the header has {width}"
            if any(NEWLINE.search(cell) for cell in row):
                reason += "; it goes over several lines: is a quote open?"
            found.append(Reject(line, reason))
    return found
