"""`peripheral dlq` on a real log: what is sent again is there once, whatever happens."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from deploy.commands.dlq import command
from deploy.environment import child_environment, settings_variables
from deploy.errors import UserError
from deploy.letters.decided import DecisionLog
from schemas.events.dead_letters import DeadLetterRetried
from schemas.series import Series
from streams.catalog import BARS, BY_NAME, EDITS, INDICATORS, Topic
from streams.codec import Outgoing, dead_letter, header
from streams.letters import RETRY_OF, Address
from streams.producer import Publisher, partition_of
from streams.reader import read_topic
from streams.records import Record
from streams.settings import Settings
from streams.topics import ensure_topics
from tests.records import bar_value
from tests.stack import temporary_settings

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def settings(live_settings: Settings) -> Iterator[Settings]:
    """A live broker with topics; the database's port has nobody behind it."""
    with temporary_settings(kafka=live_settings.kafka) as alone:
        asyncio.run(ensure_topics(alone))
        yield alone


def run(settings: Settings, *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of the command."""
    done = CliRunner(env=settings_variables(settings)).invoke(
        command, arguments, standalone_mode=False
    )
    if done.exception is not None:
        raise done.exception
    return int(done.return_value or 0), done.stdout, done.stderr


async def _write(settings: Settings, topic: str, records: list[tuple[Outgoing, int]]) -> list[int]:
    publisher = Publisher(settings, "test-dlq")
    await publisher.start()
    try:
        return [(await publisher.publish(topic, *record)).offset for record in records]
    finally:
        await publisher.stop()


def write(settings: Settings, topic: str, outgoing: Outgoing, partition: int) -> int:
    """The offset where the record lies."""
    return asyncio.run(_write(settings, topic, [(outgoing, partition)]))[0]


def poison(
    settings: Settings,
    value: bytes | None,
    key: bytes | None,
    *,
    partition: int = 0,
    reason: str = "malformed",
    topic: Topic = BARS,
    came: bool = True,
) -> str:
    """A record on its topic and its letter, as a worker writes it; the letter's address.

    came: whether the record lies there, or, as of a topic made anew, another.
    """
    now_ms = int(time.time() * 1000)
    original = Outgoing(key, value, [("mine", b"x")], now_ms)
    other = Outgoing(b"other", b"other", [], now_ms)
    offset = write(settings, topic.name, original if came else other, partition)
    letter = dead_letter(
        topic.name, partition, offset, key, value, original.headers, now_ms,
        reason=reason, message=f"no good: {reason}",
    )  # fmt: skip
    return f"{topic.dlq}/{partition}/{write(settings, topic.dlq, letter, partition)}"


def sent_from(settings: Settings, address: str) -> list[Record]:
    """The records that name the letter."""
    topic = Address.parse(address).topic.name
    found = asyncio.run(read_topic(settings, topic))
    return [
        record
        for records in found.values()
        for record in records
        if header(record.headers, RETRY_OF) == address.encode()
    ]


def series(symbol: str) -> Series:
    return Series("dlq", symbol, "1d")


def listed(settings: Settings, *options: str) -> dict[str, dict[str, object]]:
    _, shown, _ = run(settings, "list", "--json", *options)
    return {line["address"]: line for line in map(json.loads, shown.splitlines())}


def test_a_letter_is_listed_shown_sent_again_with_another_value_and_then_decided(
    settings: Settings, tmp_path: Path
) -> None:
    one = series("MENDED")
    key = one.key.encode()
    address = poison(settings, b'{"half": \x1b[2J', key)
    found = listed(settings, "--topic", BARS.name)[address]
    assert (found["reason"], found["key"], found["decision"]) == ("malformed", one.key, None)

    code, shown, _ = run(settings, "show", address)
    assert code == 0
    assert '{"half": \\x1b[2J' in shown
    assert "no good: malformed" in shown
    assert "decided   nothing yet" in shown
    assert run(settings, "show", address, "--raw")[1] == '{"half": \x1b[2J'

    code, shown, errors = run(settings, "retry", address)
    assert (code, shown) == (1, "0 sent again, 1 failed\n")
    assert "it would come back" in errors
    assert "--value FILE" in errors

    file = tmp_path / "mended.json"
    file.write_bytes(bar_value(one, 0))
    code, shown, errors = run(settings, "retry", address, "--value", str(file))
    assert code == 0, errors
    (record,) = sent_from(settings, address)
    assert record.value == file.read_bytes()
    assert record.key == key
    assert record.partition == partition_of(key, settings.kafka.partitions)
    assert list(record.headers) == [("mine", b"x"), (RETRY_OF, address.encode())]
    assert f"{BARS.name}/{record.partition}/{record.offset}" in shown

    assert address not in listed(settings)
    decision = listed(settings, "--all")[address]["decision"]
    assert isinstance(decision, dict)
    assert (decision["type"], decision["mended"]) == ("DeadLetterRetried", True)
    assert "with another value" in run(settings, "show", address)[1]
    for again in (["retry", address], ["drop", address, "--why", "x"]):
        code, _, errors = run(settings, *again)
        assert code == 1
        assert "has sent it again already" in errors
    assert len(sent_from(settings, address)) == 1


def test_a_record_on_a_wrong_partition_goes_to_the_right_one_as_it_came(
    settings: Settings,
) -> None:
    one = series("ASTRAY")
    key, value = one.key.encode(), bar_value(one, 0)
    right = partition_of(key, settings.kafka.partitions)
    address = poison(settings, value, key, partition=(right + 1) % 4, reason="wrong_partition")
    assert run(settings, "retry", address)[0] == 0
    (record,) = sent_from(settings, address)
    assert (record.partition, record.value) == (right, value)


def test_many_go_on_after_a_failure_and_in_order(settings: Settings) -> None:
    reason = "of_many"
    one = series("MANY")
    key = one.key.encode()
    place = partition_of(key, settings.kafka.partitions)
    good = [poison(settings, bar_value(one, day), key, partition=place, reason=reason)
            for day in range(3)]  # fmt: skip
    bad = poison(settings, None, key, partition=place, reason=reason)
    good.append(poison(settings, bar_value(one, 3), key, partition=place, reason=reason))
    _, shown, _ = run(settings, "list", "--topic", BARS.name, "--reason", reason)
    assert shown.splitlines()[-2].split() == [BARS.name, reason, "5"]
    with pytest.raises(UserError, match=r"Send 5 records again.*say --yes"):
        run(settings, "retry", "--topic", BARS.name, "--reason", reason)
    code, shown, errors = run(settings, "retry", "--topic", BARS.name, "--reason", reason, "--yes")
    assert (code, shown) == (1, "4 sent again, 1 failed\n")
    assert errors.lstrip().startswith(f"{bad}: it would come back (the record has no value")
    offsets = [record.offset for each in good for record in sent_from(settings, each)]
    assert offsets == sorted(offsets)
    assert len(offsets) == 4
    code, shown, _ = run(
        settings, "drop", "--topic", BARS.name, "--reason", reason, "--yes", "--why", "no value"
    )
    assert (code, shown) == (0, "1 dropped, 0 failed\n")
    assert run(settings, "list", "--topic", BARS.name, "--reason", reason)[1] == (
        "There is none to decide about.\n"
    )
    assert "no value" in run(settings, "show", bad)[1]
    stays = run(settings, "list", "--reason", reason, "--all")[1]
    assert "dropped by" in stays


@pytest.mark.parametrize(("writes", "sent"), [(0, 0), (1, 0), (2, 1)])
def test_a_retry_that_was_killed_loses_nothing_and_sends_nothing_twice(
    settings: Settings, writes: int, sent: int
) -> None:
    one = series(f"KILLED{writes}")
    address = poison(settings, bar_value(one, 0), one.key.encode(), reason="wrong_partition")
    killed = subprocess.run(
        [sys.executable, "-m", "tests.deploy.retry_killed", str(writes), address],
        env=child_environment(settings),
        timeout=60,
        check=False,
    )
    assert killed.returncode == -9
    assert len(sent_from(settings, address)) == sent
    assert address in listed(settings), "it is undecided"
    if writes:
        assert "began to send it again" in " ".join(run(settings, "show", address)[1].split())
        code, _, errors = run(settings, "drop", address, "--why", "x")
        assert code == 1
        assert "`peripheral dlq retry` finds out" in errors
    code, shown, errors = run(settings, "retry", address)
    assert code == 0, errors
    assert ("had been sent by an attempt that ended early" in shown) == bool(sent)
    assert len(sent_from(settings, address)) == 1
    assert address not in listed(settings)


def test_two_at_once_are_told(settings: Settings) -> None:
    one = series("TWICE")
    address = poison(settings, bar_value(one, 0), one.key.encode())
    slow = DecisionLog.write

    async def beaten(self: DecisionLog, event: object) -> None:
        """Somebody else's decision comes before this one's."""
        if isinstance(event, DeadLetterRetried):
            await slow(self, event.model_copy(update={"decided_by": "ann", "offset": 10**6}))
        await slow(self, event)  # type: ignore[arg-type]  # an event of the topic

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DecisionLog, "write", beaten)
        code, _, errors = run(settings, "retry", address)
    assert code == 1
    assert "ann has sent it again already, just now; it was sent here, too" in errors
    assert "and too late: sent again by" in run(settings, "show", address)[1]


def test_a_letter_that_was_cut_is_sent_whole_from_its_topic_or_not_at_all(
    settings: Settings, tmp_path: Path
) -> None:
    source = "x" * (MIB + 100)
    fields = {"strategy_id": "dlq-long", "edit_id": "e", "author": "a", "name": "n"}
    value = json.dumps({**fields, "source": source}).encode()
    key = b"dlq-long"
    long = {"topic": EDITS, "partition": partition_of(key, 4), "reason": "cut"}
    address = poison(settings, value, key, **long)  # type: ignore[arg-type]  # those of `poison`
    gone = poison(settings, value, key, came=False, **long)  # type: ignore[arg-type]  # the same
    shown = run(settings, "show", address)[1]
    assert f"{len(value):,} bytes, more than a letter holds" in shown
    assert source in shown
    assert run(settings, "show", address, "--raw")[1].encode() == value
    with pytest.raises(UserError, match="cut at 1 MiB"):
        run(settings, "show", gone, "--raw")

    # The topic's only event is not assumed where it has several.
    code, _, errors = run(settings, "retry", address, gone)
    assert code == 1
    assert f"{address}: it would come back (header ce_type" in errors
    assert f"{gone}: the letter was cut at 1 MiB" in errors
    file = tmp_path / "value.json"
    file.write_text("{}")
    code, _, errors = run(settings, "retry", gone, "--value", str(file))
    assert "it would come back" in errors, "its key is whole, so a mended value may be sent"


def test_of_a_topic_made_anew_the_letter_is_sent(settings: Settings) -> None:
    one = series("ANEW")
    value = bar_value(one, 0)
    address = poison(settings, value, one.key.encode(), came=False)
    assert run(settings, "retry", address)[0] == 0
    assert [record.value for record in sent_from(settings, address)] == [value]


def test_a_derived_record_is_not_sent_again(settings: Settings) -> None:
    address = poison(settings, b"{}", b"dlq/X/1d", topic=INDICATORS)
    code, _, errors = run(settings, "retry", address)
    assert code == 1
    assert "would be taken for a repeat" in errors
    assert run(settings, "drop", address, "--why", "rebuilt")[0] == 0


def test_a_repeat_of_a_letter_is_listed_once_and_leads_to_its_first(settings: Settings) -> None:
    one = series("REPEATED")
    address = poison(settings, b"{}", one.key.encode(), reason="repeated")
    found = asyncio.run(read_topic(settings, BARS.dlq))
    letter = Address.parse(address)
    first = next(r for r in found[letter.partition] if r.offset == letter.offset)
    same = Outgoing(first.key, first.value, list(first.headers), first.timestamp)
    again = f"{BARS.dlq}/0/{write(settings, BARS.dlq, same, 0)}"
    assert list(listed(settings, "--reason", "repeated")) == [address]
    with pytest.raises(UserError, match=f"{again} repeats {address}"):
        run(settings, "show", again)


def test_since_leaves_out_what_came_before(settings: Settings) -> None:
    address = poison(settings, b"{}", b"since", reason="since")
    assert list(listed(settings, "--since", "2020-01-01", "--reason", "since")) == [address]
    assert not listed(settings, "--since", "2100-01-01")
    with pytest.raises(UserError, match="--since"):
        run(settings, "list", "--since", "soon")


def test_an_unknown_topic_or_address_says_what_there_is(settings: Settings) -> None:
    assert BARS.name in BY_NAME
    with pytest.raises(UserError, match=r"no topic 'nothing'.*market\.bars\.v1"):
        run(settings, "list", "--topic", "nothing")
    with pytest.raises(UserError, match=r"no dead letter at market\.bars\.v1\.dlq/0/999999"):
        run(settings, "show", f"{BARS.dlq}/0/999999")
    with pytest.raises(UserError, match="4 partitions"):
        run(settings, "show", f"{BARS.dlq}/99/0")
    with pytest.raises(UserError, match="write TOPIC"):
        run(settings, "show", f"{BARS.dlq}.dlq/0/0")
    code, _, errors = run(settings, "drop", f"{BARS.dlq}/0/999999", "--why", "x")
    assert (code, "There is no dead letter" in errors) == (1, True)
    with pytest.raises(UserError, match="--topic"):
        run(settings, "retry")
    with pytest.raises(UserError, match="goes with one ADDRESS"):
        run(settings, "retry", "--topic", BARS.name, "--value", __file__)


def test_without_a_broker_there_is_one_sentence() -> None:
    with temporary_settings() as away:
        done = subprocess.run(
            [sys.executable, "-m", "deploy.cli", "dlq", "list"],
            env=child_environment(away),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 2
    assert "can't be used" in done.stderr
    assert "Traceback" not in done.stderr
