"""What the research agent and its workers say to each other over a pipe.

One byte of kind, a u32 length (little-endian) and a payload, JSON in UTF-8. To a worker: CONFIG
once, then RUN (run_payload), one at a time. From it: READY once; then of each run any number of
PROGRESS (bars done, bars in all) and WAITING (what it needs is away), and DONE or REFUSED at its
end.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from schemas.diagnostics import Diagnostic
from schemas.events.requests import Run
from schemas.events.research import RunBacktest
from schemas.events.screens import RunScreen
from schemas.series import Series

CONFIG, RUN = b"C", b"B"
READY, PROGRESS, WAITING, DONE, REFUSED = b"R", b"P", b"W", b"D", b"F"

RUNS: Mapping[str, type[Run]] = {each.event_type(): each for each in (RunBacktest, RunScreen)}

_HEAD = struct.Struct("<cI")
HEAD_BYTES = _HEAD.size


class Config(msgspec.Struct, frozen=True):
    """Where a worker finds what it needs."""

    database_url: str
    cache_dir: str


class Done(msgspec.Struct, frozen=True):
    """A run's result. report: the whole as JSON where it is small enough for the log. params: all
    of them. period: opens of the first and last bar that was traded, or of a screen that was seen,
    UTC microseconds."""

    summary: dict[str, int | float | None]
    params: dict[str, float]
    period: tuple[int, int]
    bars: int
    wasm_sha256: str
    report: str | None
    report_sha256: str
    report_bytes: int
    page_sha256: str | None


class Refused(msgspec.Struct, frozen=True):
    """Why a request has no result. diagnostics: as JSON has them."""

    reason: str
    message: str
    diagnostics: list[dict[str, Any]] = []

    def as_diagnostics(self) -> tuple[Diagnostic, ...]:
        """The diagnostics as the events hold them."""
        return tuple(Diagnostic.model_validate(each) for each in self.diagnostics)


class RefusedError(Exception):
    """The request can't be met; `why` is its answer."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.why = Refused(reason, message)


def no_bars(symbols: Sequence[str], of: Series) -> RefusedError:
    """Of symbols of which there is nothing. of: another of their feed and interval."""
    return RefusedError(
        "no_bars",
        f"There are no {of.interval} bars of {', '.join(symbols[:10])} from the feed {of.feed} in"
        " this period: GET /v1/series lists what there is.",
    )


def run_payload(run: Run) -> bytes:
    """A request for a worker: its event type, a line's end, and its JSON."""
    return f"{run.event_type()}\n{run.model_dump_json()}".encode()


def run_of(payload: bytes) -> Run:
    """The inverse of `run_payload`."""
    kind, _, data = payload.partition(b"\n")
    return RUNS[kind.decode()].model_validate_json(data)


def frame(kind: bytes, payload: Any = None) -> bytes:
    """One frame of a payload that is JSON already, or is to become it."""
    data = payload if isinstance(payload, bytes) else msgspec.json.encode(payload)
    return _HEAD.pack(kind, len(data)) + data


def head(data: bytes) -> tuple[bytes, int]:
    """The kind and the length of what follows."""
    kind, length = _HEAD.unpack(data)
    return kind, length
