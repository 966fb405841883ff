"""What the routes of one process share."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.requests import Request

from api.log.cuts import Cuts
from api.log.letters import LetterCount
from api.log.tail import Tail
from api.log.writer import Writer
from api.reads.protocol import Reads
from api.stream.hub import Hub
from streams.settings import Settings

CATCH_UPS_MAX = 8


@dataclass(frozen=True, slots=True)
class Services:
    """catch_ups: how many clients may read the log by a reader of their own at once."""

    settings: Settings
    reads: Reads
    tail: Tail
    cuts: Cuts
    letters: LetterCount
    writer: Writer
    hub: Hub
    catch_ups: asyncio.Semaphore


def services(request: Request) -> Services:
    """The services of the process that serves a request."""
    found = request.app.state.services
    assert isinstance(found, Services)
    return found
