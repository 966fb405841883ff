"""The broker's client for what is no record, and what it sets of topics."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code

from deploy.errors import UserError
from streams.settings import Settings
from streams.topics import own_configs

APPLIED_LIMIT_S = 60.0


@asynccontextmanager
async def open_admin(settings: Settings) -> AsyncIterator[Any]:
    """A client that is closed at the end."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap_servers)
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


async def set_configs(admin: Any, configs: Mapping[str, Mapping[str, str]]) -> None:
    """Give topics these settings and no others, and wait until they count: a broker that has just
    made topics takes them on some seconds after it has said so. Raises `UserError`."""
    (answer,) = await admin.alter_configs(
        [ConfigResource(ConfigResourceType.TOPIC, name, dict(own)) for name, own in configs.items()]
    )
    for code, message, _, topic in answer.resources:
        if code != 0:
            reason = message or for_code(code).__name__
            raise UserError(f"Topic {topic} can't be given its settings: {reason}.")
    deadline_s = time.monotonic() + APPLIED_LIMIT_S
    while await own_configs(admin, list(configs)) != configs:
        if time.monotonic() > deadline_s:
            raise UserError("The broker does not take on the topics' settings: look at its log.")
        await asyncio.sleep(0.05)
