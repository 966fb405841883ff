"""What a seeded log has of research: requests, universes, standing screens and trials."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from schemas.events.base import Event
from schemas.events.fills import FillTerms
from schemas.events.research import (
    CancelResearch,
    ResearchCancelled,
    ResearchCompleted,
    ResearchFailed,
    ResearchProgressed,
    ResearchStarted,
    RunBacktest,
)
from schemas.events.screens import (
    RunScreen,
    ScreenClosed,
    ScreenEnded,
    ScreenMatch,
    ScreenRefused,
    ScreenRegistered,
)
from schemas.events.trials import Trial, TrialsMade
from schemas.events.universes import UniverseDefined, UniverseRule
from streams import catalog
from tests.processors.projections.memory_log import MemoryLog

START_US = 1_700_000_000_000_000


def study(log: MemoryLog, rng: random.Random, step: int) -> None:
    """A request, its cancellation, or something of its results, in any order."""
    fields: dict[str, Any] = {"request_id": f"r{rng.randrange(30)}"}
    topic = rng.choice((catalog.RESEARCH_REQUESTS, catalog.RESEARCH_BATCH))
    run = RunBacktest(
        **fields,
        author="ann",
        **({"source": f"x = {step}"} if step % 2 else {"strategy_id": "s1", "version": step + 1}),
        feed="test",
        symbols=("A", "B"),
        interval="1d",
        begin_ts=START_US if step % 3 else None,
        params={"length": rng.random()},
        rules=FillTerms(rate=0.001),
    )
    of = {"universe": "u"} if step % 3 else {"symbols": ("A",), "feed": "f", "interval": "1d"}
    screen = RunScreen(
        **fields, author="ann", source="x", **of, as_of_ts=START_US if step % 2 else None, top=9
    )
    cancel = CancelResearch(**fields, author="b")
    asked = rng.choices((run, screen, cancel), (4, 4, 2))[0]
    log.append(topic, asked, run.request_id, at_ms=step)
    attempt = {"attempt": rng.randint(1, 3)}
    events: Sequence[Event] = (
        ResearchStarted(**fields, **attempt, worker="w", lease_s=5),
        ResearchProgressed(**fields, **attempt, done=step, total=1000),
        ResearchCompleted(
            **fields,
            **attempt,
            summary={"trades": 3, "sharpe": -0.1, "sqn": None},
            bars=2500,
            wasm_sha256="ab" * 32,
            report='{"trades": 3}' if step % 2 else None,
            report_sha256="cd" * 32,
            report_bytes=13,
            page_sha256=None,
        ),
        ResearchFailed(**fields, **attempt, reason="no_bars", message="it's none"),
        ResearchCancelled(**fields, attempt=0),
    )
    result = rng.choices(events, (6, 6, 1, 1, 1))[0]
    log.append(catalog.RESEARCH_RESULTS, result, run.request_id, at_ms=step)


def watch(log: MemoryLog, rng: random.Random, step: int) -> None:
    """Universes, and standing screens with what they pick, in any order."""
    name = f"u{rng.randrange(3)}"
    kind: dict[str, Any] = rng.choice(
        ({"symbols": ("A", "B")}, {"rule": UniverseRule(price_min=5.0, sectors=("Energy",))})
    )
    defined = UniverseDefined(
        universe=name, feed="f", interval="1d", effective_ts=rng.randrange(4), author="a", **kind
    )
    log.append(catalog.UNIVERSES, defined, name)
    screen: dict[str, Any] = {"screen_id": f"w{rng.randrange(20)}"}
    registered = ScreenRegistered(
        **screen,
        universe=name,
        strategy_id="s1",
        version=step + 1,
        params={"length": rng.random()},
        begin_ts=START_US if step % 2 else None,
        author="ann",
    )
    refused = ScreenRefused(**screen, reason="params", message="it's too low")
    events = (registered, ScreenEnded(**screen, author="b"), refused)
    event = rng.choices(events, (8, 1, 1))[0]
    log.append(catalog.STANDING, event, event.screen_id, at_ms=step)
    match = ScreenMatch(
        symbol="A", ts=step, score=None, signal="exit", alerts=("it's",), plots={"p": 0.1}
    )
    closed = ScreenClosed(
        **screen,
        close_ts=START_US + rng.randrange(5),
        members=3,
        symbols=2,
        matched=1,
        matches=(match,),
        entered=("A",),
        left=(),
        missing=("B",),
        wasm_sha256="ab",
        receipt=f"{step}",
    )
    log.append(catalog.SCREENS, closed, closed.screen_id)


def try_out(log: MemoryLog, rng: random.Random, step: int) -> None:
    """Trials, of which many were made before, also within an event."""
    made = TrialsMade(
        strategy_id=f"s{rng.randrange(3)}",
        kind=rng.choice(("backtest", "sweep")),
        author="ann",
        wasm_sha256=rng.choice("ab") * 64,
        symbols=rng.choice((("A", "B"), ("B", "A"), ("A",))),
        interval="1d",
        begin_ts=START_US,
        end_ts=START_US + rng.randrange(2),
        periods=250,
        periods_per_year=252.0,
        trials=tuple(
            Trial(
                params={"fast": float(rng.randrange(3)), "slow": 0.1},
                sharpe=rng.choice((None, rng.random())),
            )
            for _ in range(3)
        ),
    )
    key = made.strategy_id if rng.random() < 0.95 else "other"
    log.append(catalog.RESEARCH_TRIALS, made, key, at_ms=step)
