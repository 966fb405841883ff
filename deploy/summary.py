"""The live line of `peripheral up`: what has gone in, what came out, how far behind we are.

Consumes `GET /v1/status` of the API, whose body has `bars`, `signals` and `lag` (records
not yet in the database); produces one line.
"""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from deploy.api_client import open_client
from streams.settings import Settings

_TIMEOUT_S = 0.5


@dataclass(frozen=True)
class Counts:
    """Bars and signals on the log, and records that the database doesn't hold yet.

    None where the API can't find out now, as while the broker restarts.
    """

    bars: int | None
    signals: int | None
    lag: int | None


def api_answers(settings: Settings) -> bool:
    """Whether the API's process serves requests, whatever it says of broker and database."""
    try:
        with open_client(settings, _TIMEOUT_S) as client:
            return client.get("/healthz").is_success
    except httpx.HTTPError:
        return False


def read_counts(client: httpx.Client) -> Counts | None:
    """Ask the API; None while it can't say. `client` has the API's base URL."""
    try:
        answer = client.get("/v1/status", timeout=_TIMEOUT_S)
        body = answer.raise_for_status().json()
        return Counts(*(_count(body[name]) for name in ("bars", "signals", "lag")))
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return None


def summary_line(counts: Counts | None, running: int, services: int) -> str:
    """The line; `running` of `services` processes are alive."""
    processes = f"{running} of {services} processes run"
    if counts is None:
        return f"{processes} · the API does not answer yet"
    return (
        f"{_shown(counts.bars)} bars in · {_shown(counts.signals)} signals out · "
        f"{_shown(counts.lag)} records behind · {processes}"
    )


def _count(value: object) -> int | None:
    if value is None or isinstance(value, int):
        return value
    raise TypeError(f"a count is not a {type(value).__name__}")


def _shown(count: int | None) -> str:
    return "?" if count is None else f"{count:,}"
