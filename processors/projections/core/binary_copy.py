"""Columns → the bytes of PostgreSQL's binary COPY (its manual: COPY, "Binary Format").

A tuple is a count of fields, then for each its length and its bytes, big-endian. Tuples with the
same lengths are one numpy structured array, so nothing is done row by row; where texts vary, each
column becomes a list of encoded fields, and these are joined.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, repeat
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from schemas.columns import Floats, Ints

SIGNATURE = b"PGCOPY\n\xff\r\n\0"
HEADER = SIGNATURE + bytes(4) + bytes(4)  # no flags, no header extension
TRAILER = (-1).to_bytes(2, "big", signed=True)
POSTGRES_EPOCH_US = 946_684_800_000_000  # 2000-01-01, in microseconds since 1970
FIELD_BYTES = 8
NULL_LENGTH = -1
NULL_FIELD = NULL_LENGTH.to_bytes(4, "big", signed=True)

Constant = bytes | None
"""A text that all rows share; None is NULL."""

Column = Ints | Floats | Constant

Buffer = bytes | msgspec.Raw

Piece = bytes | Sequence[Buffer]
"""Of a tuple: the same bytes for all rows, or those of each."""


def timestamps(ts_us: Ints) -> Ints:
    """UTC microseconds since 1970 as timestamptz."""
    return ts_us - POSTGRES_EPOCH_US


def tuples(columns: Sequence[Column], count: int) -> bytes:
    """`count` tuples of bigint, timestamptz, double precision and shared text fields.

    Arrays have shape (count,).
    """
    fields: list[Any] = [("fields", ">i2")]
    for number, column in enumerate(columns):
        fields.append((f"length{number}", ">i4"))
        if isinstance(column, np.ndarray):
            fields.append((f"value{number}", column.dtype.newbyteorder(">")))
        elif column is not None:
            fields.append((f"value{number}", "u1", (len(column),)))
    rows = np.empty(count, dtype=fields)
    rows["fields"] = len(columns)
    for number, column in enumerate(columns):
        if isinstance(column, np.ndarray):
            assert column.dtype.itemsize == FIELD_BYTES, column.dtype
            rows[f"length{number}"] = FIELD_BYTES
            rows[f"value{number}"] = column
        elif column is None:
            rows[f"length{number}"] = NULL_LENGTH
        else:
            rows[f"length{number}"] = len(column)
            rows[f"value{number}"] = np.frombuffer(column, np.uint8)
    return rows.tobytes()


def varying_tuples(columns: Sequence[Ints | Floats | Sequence[Buffer]]) -> bytes:
    """Tuples of bigint, timestamptz, double precision (NaN is NULL) and text or json fields.

    All columns are equally long.
    """
    pieces: list[Piece] = [len(columns).to_bytes(2, "big")]
    for column in columns:
        for part in parts(column):
            if isinstance(part, bytes) and isinstance(pieces[-1], bytes):
                pieces[-1] += part
            else:
                pieces.append(part)
    rows = len(columns[0])
    every = (repeat(piece, rows) if isinstance(piece, bytes) else piece for piece in pieces)
    return b"".join(chain.from_iterable(zip(*every, strict=True)))


def parts(column: Ints | Floats | Sequence[Buffer]) -> Iterator[Piece]:
    """A column's fields in one or two parts: the lengths may come by themselves."""
    if not isinstance(column, np.ndarray):
        shared = column[0] if len(column) else b""
        if isinstance(shared, bytes) and column.count(shared) == len(column):
            yield len(shared).to_bytes(4, "big") + shared
        else:
            lengths = np.fromiter(map(len, column), ">i4", len(column))
            yield lengths.view("V4").tolist()
            yield column
        return
    assert column.dtype.itemsize == FIELD_BYTES, column.dtype
    absent = np.isnan(column)
    if absent.all():
        yield NULL_FIELD
        return
    fields = np.empty(len(column), [("length", ">i4"), ("value", column.dtype.newbyteorder(">"))])
    fields["length"] = FIELD_BYTES
    fields["value"] = column
    encoded: list[bytes] = fields.view(f"V{fields.itemsize}").tolist()
    for row in np.flatnonzero(absent).tolist():
        encoded[row] = NULL_FIELD
    yield encoded


def groups(labels: NDArray[Any]) -> list[NDArray[np.intp]]:
    """Indices of equal rows of `labels`, shape (n,) or (n, m): one array for each."""
    if not len(labels) or (labels == labels[0]).all():
        return [np.arange(len(labels))] if len(labels) else []
    _, members = np.unique(labels, axis=0, return_inverse=True)
    return [np.flatnonzero(members == label) for label in range(int(members.max()) + 1)]
