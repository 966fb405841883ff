"""Dead letters that are not to be used: an event says so, and the record stays on the log."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from deploy.letters.decided import DecisionLog, already, now_us
from schemas.events.dead_letters import DeadLetterDropped
from streams.letters import Address


async def drop(
    decisions: DecisionLog, addresses: Collection[Address], *, by: str, why: str
) -> dict[Address, str]:
    """Why letters could not be dropped, by address; the others were."""
    failed: dict[Address, str] = {}
    events: dict[Address, DeadLetterDropped] = {}
    for address in addresses:
        if address in decisions.known.first:
            failed[address] = already(decisions.known.first[address])
        elif address in decisions.known.started:
            failed[address] = (
                "somebody began to send it again: `peripheral dlq retry` finds out whether it was "
                "sent, and sends it if not"
            )
        else:
            events[address] = DeadLetterDropped(
                letter=str(address), decided_by=by, decided_ts=now_us(), why=why
            )
    await asyncio.gather(*map(decisions.write, events.values()))
    await decisions.read()
    for address, event in events.items():
        if decisions.known.first[address] != event:
            failed[address] = already(decisions.known.first[address])
    return failed
