"""Turns on a real log, answered through litellm by a server that speaks the OpenAI protocol."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from pydantic import SecretStr

from deploy.embedded.broker import EmbeddedBroker
from deploy.environment import child_environment
from processors.assistant import model
from processors.assistant.agent import Assistant
from schemas.events.chat import (
    ReplyCompleted,
    ReplyDelta,
    ReplyFailed,
    ReplyStarted,
    TurnPosted,
)
from streams.admission import ChatEvent, admit
from streams.catalog import CHAT
from streams.codec import Outgoing, RecordError, encode
from streams.producer import Publisher, partition_of
from streams.reader import read_partition
from streams.settings import AssistantSettings, Settings
from streams.topics import ensure_topics
from tests.feeding import running
from tests.processors.assistant.model_server import TOKENS, ModelServer, running_model_server
from tests.stack import temporary_settings

KEY = "sk-secret-1234567890"
WAIT_S = 90.0
WORKER = [sys.executable, "-c", "from processors.roles import run;"
          "from streams.settings import Settings; run('assistant', Settings())"]  # fmt: skip

pytestmark = pytest.mark.filterwarnings(
    # litellm's own, at import and per call
    "ignore::DeprecationWarning:litellm",
    "ignore::pydantic.warnings.PydanticDeprecatedSince20",
    "ignore:Pydantic serializer warnings:UserWarning",
)


@pytest.fixture(scope="module")
def broker_settings() -> Iterator[Settings]:
    """A broker for these tests alone: an assistant answers every turn that it finds."""
    with temporary_settings() as settings:
        broker = EmbeddedBroker(settings)
        broker.start()
        try:
            asyncio.run(ensure_topics(settings))
            yield settings
        finally:
            broker.stop()


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with running_model_server() as scripted:
        yield scripted


def with_model(settings: Settings, server: ModelServer, name: str, **more: float) -> Settings:
    assistant = AssistantSettings(
        model=f"openai/{name}", api_base=server.url, api_key=SecretStr(KEY), **more
    )
    return settings.model_copy(update={"assistant": assistant})


async def write(settings: Settings, *records: Outgoing) -> None:
    publisher = Publisher(settings, "test")
    await publisher.start()
    for record in records:
        await publisher.publish(CHAT.name, record)
    await publisher.stop()


def turn(conversation: str, turn_id: str, text: str) -> Outgoing:
    event = TurnPosted(conversation_id=conversation, turn_id=turn_id, author="me", text=text)
    return encode(event, key=conversation, event_id=turn_id, source="/test", ts_us=0)


async def log_of(settings: Settings, conversation: str) -> list[ChatEvent]:
    """The conversation's events, in order."""
    partitions = settings.kafka.partitions
    home = partition_of(conversation.encode(), partitions)
    events = []
    for record in await read_partition(settings, CHAT.name, home):
        with suppress(RecordError):
            event = admit(record, CHAT, partitions)
            if isinstance(event, ChatEvent) and event.conversation_id == conversation:
                events.append(event)
    return events


def count(events: Sequence[ChatEvent], *kinds: type[ChatEvent]) -> int:
    return sum(isinstance(event, kinds) for event in events)


async def until(
    settings: Settings, conversation: str, met: Callable[[Sequence[ChatEvent]], bool]
) -> list[ChatEvent]:
    """The conversation's events once they meet a condition."""
    async with asyncio.timeout(WAIT_S):
        while not met(events := await log_of(settings, conversation)):  # noqa: ASYNC110  # a log
            await asyncio.sleep(0.1)
    return events


async def until_ended(settings: Settings, conversation: str, replies: int = 1) -> list[ChatEvent]:
    """Its events once so many replies have ended."""
    ends = (ReplyCompleted, ReplyFailed)
    return await until(settings, conversation, lambda events: count(events, *ends) >= replies)


async def failure(settings: Settings, conversation: str) -> ReplyFailed:
    async with running(settings, Assistant(settings)):
        await write(settings, turn(conversation, "t1", "hello"))
        events = await until_ended(settings, conversation)
    assert isinstance(events[-1], ReplyFailed)
    return events[-1]


async def test_tokens_arrive_in_order_and_the_reply_is_whole(
    broker_settings: Settings, server: ModelServer
) -> None:
    settings = with_model(broker_settings, server, "steady")
    async with running(settings, Assistant(settings)):
        await write(settings, turn("order", "t1", "How?"))
        events = await until_ended(settings, "order")
    kinds = [kind for kind, _ in itertools.groupby(type(event) for event in events)]
    assert kinds == [TurnPosted, ReplyStarted, ReplyDelta, ReplyCompleted]
    deltas = [event for event in events if isinstance(event, ReplyDelta)]
    assert [delta.index for delta in deltas] == list(range(len(deltas)))
    whole = "How?: " + "".join(TOKENS)
    assert "".join(delta.text for delta in deltas) == whole
    assert events[-1] == ReplyCompleted(
        conversation_id="order", turn_id="t1", attempt=1, text=whole, model="openai/steady",
        prompt_tokens=7, completion_tokens=5,
    )  # fmt: skip


async def test_a_later_turn_is_sent_with_the_ones_before(
    broker_settings: Settings, server: ModelServer
) -> None:
    settings = with_model(broker_settings, server, "steady")
    async with running(settings, Assistant(settings)):
        await write(settings, turn("memory", "t1", "one"), turn("memory", "t2", "two"))
        await until_ended(settings, "memory", 2)
    sent = server.requests[-1]["messages"]
    answer = "one: " + "".join(TOKENS)
    assert [message["content"] for message in sent[1:]] == ["one", answer, "two"]
    assert [message["role"] for message in sent] == ["system", "user", "assistant", "user"]


async def test_two_conversations_are_answered_at_once(
    broker_settings: Settings, server: ModelServer
) -> None:
    settings = with_model(broker_settings, server, "slow")
    loop = asyncio.get_running_loop()
    async with running(settings, Assistant(settings)):
        begun_s = loop.time()
        await write(settings, turn("left", "t1", "L"), turn("right", "t1", "R"))
        left = await until_ended(settings, "left")
        right = await until_ended(settings, "right")
        took_s = loop.time() - begun_s
    for events, letter in ((left, "L"), (right, "R")):
        assert isinstance(events[-1], ReplyCompleted)
        assert events[-1].text == f"{letter}: " + "".join(TOKENS)
    one_s = 0.4 * (len(TOKENS) + 1)
    assert took_s < 2 * one_s


async def test_without_a_model_it_says_how_to_configure_one(broker_settings: Settings) -> None:
    failed = await failure(broker_settings, "unconfigured")
    assert failed.attempt == 0
    assert "PERIPHERAL_ASSISTANT__MODEL" in failed.remedy


@pytest.mark.parametrize(
    ("name", "reason", "remedy"),
    [
        ("unauthorized", "the provider refused the key", "PERIPHERAL_ASSISTANT__API_KEY"),
        ("unknown", "the provider does not know the model", "PERIPHERAL_ASSISTANT__MODEL"),
        ("busy", "the provider's rate limit or quota is used up", "Wait a minute"),
        ("broken", "the provider can't be reached", "post the turn again"),
    ],
)
async def test_a_providers_error_ends_the_reply_with_a_remedy(
    broker_settings: Settings,
    server: ModelServer,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    reason: str,
    remedy: str,
) -> None:
    monkeypatch.setattr(model, "RETRY_DELAYS_S", (0.1, 0.1))
    caplog.set_level(logging.DEBUG)
    failed = await failure(with_model(broker_settings, server, name), f"error-{name}")
    assert failed.attempt == 1
    assert failed.reason.startswith(reason)
    assert remedy.lower() in failed.remedy.lower()
    shown = failed.reason + caplog.text + "".join(capfd.readouterr())
    assert KEY not in shown
    assert server.calls["busy"] in (0, 3), "a call and two more, no more"


async def test_no_server_there_is_a_failure_that_names_the_setting(
    broker_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "RETRY_DELAYS_S", ())
    nowhere = AssistantSettings(
        model="openai/any", api_base="http://127.0.0.1:9/v1", api_key=SecretStr(KEY)
    )
    settings = broker_settings.model_copy(update={"assistant": nowhere})
    failed = await failure(settings, "nowhere")
    assert "PERIPHERAL_ASSISTANT__API_BASE" in failed.remedy


async def test_a_rate_limit_that_passes_is_waited_out(
    broker_settings: Settings, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "RETRY_DELAYS_S", (0.1, 0.1))
    settings = with_model(broker_settings, server, "busy-once")
    async with running(settings, Assistant(settings)):
        await write(settings, turn("passing", "t1", "hello"))
        events = await until_ended(settings, "passing")
    assert isinstance(events[-1], ReplyCompleted)
    assert events[-1].attempt == 1
    assert server.calls["busy-once"] == 2


async def test_a_model_that_thinks_long_keeps_its_lease(
    broker_settings: Settings, server: ModelServer
) -> None:
    settings = with_model(broker_settings, server, "silent", lease_s=1.0)
    async with running(settings, Assistant(settings)):
        await write(settings, turn("thinking", "t1", "hello"))
        events = await until_ended(settings, "thinking")
    renewals = [event for event in events if isinstance(event, ReplyDelta) and not event.text]
    assert len(renewals) >= 2, "2.5 s of silence are longer than two leases"
    assert [event.attempt for event in events if isinstance(event, ReplyStarted)] == [1]
    assert isinstance(events[-1], ReplyCompleted)


async def test_a_worker_whose_clock_was_ahead_is_followed_when_it_has_gone(
    broker_settings: Settings, server: ModelServer
) -> None:
    settings = with_model(broker_settings, server, "steady", lease_s=1.0)
    begun = ReplyStarted(conversation_id="ahead", turn_id="t1", attempt=1, model="m", lease_s=1.0)
    an_hour_ahead_ms = time.time_ns() // 1_000_000 + 3_600_000
    record = encode(
        begun, key="ahead", event_id="e", source="/test", ts_us=0, timestamp_ms=an_hour_ahead_ms
    )
    await write(settings, turn("ahead", "t1", "hello"))
    await write(settings, record)
    async with running(settings, Assistant(settings)):
        events = await until_ended(settings, "ahead")
    assert [event.attempt for event in events if isinstance(event, ReplyStarted)] == [1, 2]
    assert isinstance(events[-1], ReplyCompleted)


async def test_an_answer_that_takes_too_long_fails(
    broker_settings: Settings, server: ModelServer
) -> None:
    failed = await failure(with_model(broker_settings, server, "slow", timeout_s=1.0), "late")
    assert failed.reason == "the answer was not whole after 1 s"


async def test_a_record_that_is_no_event_is_passed_over(
    broker_settings: Settings, server: ModelServer
) -> None:
    settings = with_model(broker_settings, server, "steady")
    good = turn("poison", "t1", "hello")
    poison = Outgoing(good.key, b"{", good.headers)
    async with running(settings, Assistant(settings)):
        await write(settings, poison, good)
        events = await until_ended(settings, "poison")
    assert isinstance(events[-1], ReplyCompleted)


async def test_what_was_answered_is_not_answered_again_while_a_partition_is_taken_over(
    broker_settings: Settings, server: ModelServer
) -> None:
    settings, name = with_model(broker_settings, server, "steady"), "answered"
    turns = [turn(name, f"t{n}", "x" * 20_000) for n in range(300)]  # several fetches
    ends = [
        encode(
            ReplyCompleted(
                conversation_id=name,
                turn_id=f"t{n}",
                attempt=1,
                text="y",
                model="m",
                prompt_tokens=None,
                completion_tokens=None,
            ),
            key=name,
            event_id=f"t{n}/end",
            source="/test",
            ts_us=0,
        )
        for n in range(300)
    ]
    home = partition_of(name.encode(), settings.kafka.partitions)
    first = len(await read_partition(settings, CHAT.name, home))
    await write(settings, *turns, *ends)
    assistant = Assistant(settings)
    taking_over = asyncio.create_task(assistant.position(CHAT.name, home))
    looks = 0
    while not taking_over.done():
        assistant.tick(2**50)
        assert not assistant._replies
        looks += 1
        await asyncio.sleep(0)
    assert await taking_over == 600 + first and looks > 2


@pytest.mark.timeout(200)
def test_a_worker_that_is_killed_in_mid_reply_is_followed_by_another(
    broker_settings: Settings, server: ModelServer, tmp_path: Path
) -> None:
    settings = with_model(broker_settings, server, "slow", lease_s=2.0)
    log = (tmp_path / "worker.log").open("w")

    def start() -> subprocess.Popen[bytes]:
        environment = child_environment(settings)
        return subprocess.Popen(WORKER, env=environment, stdout=log, stderr=log)

    async def until_writing() -> None:
        await until(settings, "killed", lambda events: count(events, ReplyDelta) > 0)

    asyncio.run(write(settings, turn("killed", "t1", "hello")))
    workers = [start()]
    try:
        asyncio.run(until_writing())
        workers[0].kill()
        workers.append(start())
        events = asyncio.run(until_ended(settings, "killed"))
    finally:
        for worker in workers:
            with suppress(ProcessLookupError):
                os.kill(worker.pid, signal.SIGKILL)
            worker.wait()
        log.close()
    assert [event.attempt for event in events if isinstance(event, ReplyStarted)] == [1, 2]
    last = events[-1]
    assert isinstance(last, ReplyCompleted)
    assert (last.attempt, last.text) == (2, "hello: " + "".join(TOKENS))
    second = [e.text for e in events if isinstance(e, ReplyDelta) and e.attempt == 2]
    assert "".join(second) == last.text


def test_importing_the_agent_does_not_import_litellm() -> None:
    code = "import sys, processors.assistant.agent; assert 'litellm' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
