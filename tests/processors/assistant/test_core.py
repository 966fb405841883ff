"""Which attempt at which turn is due, from events and times alone."""

from __future__ import annotations

from processors.assistant.core import (
    ATTEMPTS_MAX,
    HISTORY_CHARS_MAX,
    HISTORY_TURNS_MAX,
    Action,
    Conversation,
    Exchange,
    GiveUp,
    StartReply,
    Tick,
    advance,
)
from schemas.events.chat import (
    ReplyCompleted,
    ReplyDelta,
    ReplyFailed,
    ReplyStarted,
    TurnPosted,
)
from streams.admission import ChatEvent

LEASE_MS = 15_000


def posted(turn: str, text: str = "hello") -> TurnPosted:
    return TurnPosted(conversation_id="c", turn_id=turn, author="me", text=text)


def started(turn: str, attempt: int) -> ReplyStarted:
    return ReplyStarted(
        conversation_id="c", turn_id=turn, attempt=attempt, model="m", lease_s=LEASE_MS / 1000
    )


def delta(turn: str, attempt: int) -> ReplyDelta:
    return ReplyDelta(conversation_id="c", turn_id=turn, attempt=attempt, index=0, text="x")


def completed(turn: str, attempt: int, text: str = "yes") -> ReplyCompleted:
    return ReplyCompleted(
        conversation_id="c", turn_id=turn, attempt=attempt, text=text, model="m",
        prompt_tokens=None, completion_tokens=None,
    )  # fmt: skip


def failed(turn: str, attempt: int) -> ReplyFailed:
    return ReplyFailed(conversation_id="c", turn_id=turn, attempt=attempt, reason="r", remedy="m")


def after(*events: tuple[int, ChatEvent | Tick]) -> tuple[Conversation, Action]:
    state, action = Conversation(), None
    for at_ms, event in events:
        state, action = advance(state, event, at_ms)
    return state, action


def test_a_turn_is_answered_at_once() -> None:
    assert after((0, posted("t1")))[1] == StartReply("t1", "me", 1, "hello", ())


def test_what_is_due_is_said_until_the_log_shows_it() -> None:
    _, action = after((0, posted("t1")), (500, Tick()))
    assert action == StartReply("t1", "me", 1, "hello", ())
    assert after((0, posted("t1")), (1, started("t1", 1)), (500, Tick()))[1] is None


def test_an_attempt_is_dead_when_its_lease_has_run_out_and_not_before() -> None:
    events = ((0, posted("t1")), (100, started("t1", 1)))
    assert after(*events, (100 + LEASE_MS - 1, Tick()))[1] is None
    assert after(*events, (100 + LEASE_MS, Tick()))[1] == StartReply("t1", "me", 2, "hello", ())


def test_every_record_of_the_attempt_renews_its_lease_and_no_other_does() -> None:
    events = ((0, posted("t1")), (0, started("t1", 1)))
    renewed = (*events, (LEASE_MS - 1, delta("t1", 1)), (LEASE_MS, Tick()))
    assert after(*renewed)[1] is None
    second = (*events, (LEASE_MS, started("t1", 2)))
    stale = (*second, (2 * LEASE_MS - 1, delta("t1", 1)), (2 * LEASE_MS, Tick()))
    assert after(*stale)[1] == StartReply("t1", "me", 3, "hello", ())


def test_after_three_dead_attempts_it_gives_up() -> None:
    events: list[tuple[int, ChatEvent | Tick]] = [(0, posted("t1"))]
    events += [(n * LEASE_MS, started("t1", n)) for n in range(1, ATTEMPTS_MAX + 1)]
    _, action = after(*events, (10 * LEASE_MS, Tick()))
    assert action == GiveUp("t1", "me", ATTEMPTS_MAX)
    assert after(*events, (10 * LEASE_MS, failed("t1", ATTEMPTS_MAX)))[1] is None


def test_turns_are_answered_in_order_and_know_the_replies_before() -> None:
    events = ((0, posted("t1", "one")), (1, started("t1", 1)), (2, posted("t2", "two")))
    assert after(*events)[1] is None
    _, action = after(*events, (3, completed("t1", 1, "first")))
    assert action == StartReply("t2", "me", 1, "two", (Exchange("one", "first"),))


def test_a_failed_turn_is_left_out_of_the_history() -> None:
    events = ((0, posted("t1", "one")), (2, posted("t2", "two")), (3, failed("t1", 0)))
    assert after(*events)[1] == StartReply("t2", "me", 1, "two", ())


def test_the_end_of_an_older_attempt_counts_no_more() -> None:
    state, _ = after((0, posted("t1")), (0, started("t1", 2)), (1, completed("t1", 1)))
    assert [turn.attempt for turn in state.waiting] == [2]


def test_a_turn_that_was_answered_or_waits_is_not_new_when_it_comes_again() -> None:
    events = ((0, posted("t1")), (1, started("t1", 1)))
    assert len(after(*events, (2, posted("t1")))[0].waiting) == 1
    assert after(*events, (2, completed("t1", 1)), (3, posted("t1")))[1] is None


def test_the_history_is_bounded_in_turns_and_in_text() -> None:
    many: list[tuple[int, ChatEvent]] = []
    for n in range(HISTORY_TURNS_MAX + 5):
        many += [(0, posted(f"t{n}")), (0, completed(f"t{n}", 1, str(n)))]
    history = after(*many)[0].history
    assert [exchange.reply for exchange in history] == [
        str(n) for n in range(5, HISTORY_TURNS_MAX + 5)
    ]
    long = completed("t1", 1, "x" * HISTORY_CHARS_MAX)
    state, _ = after((0, posted("t0")), (0, completed("t0", 1)), (0, posted("t1")), (0, long))
    assert state.history == ()


def test_a_reply_to_a_turn_nobody_posted_changes_nothing() -> None:
    for event in (started("t9", 1), delta("t9", 1), completed("t9", 1), failed("t9", 0)):
        assert after((0, event)) == (Conversation(), None)
