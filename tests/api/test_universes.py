"""Universes over a view: the same members from memory and from PostgreSQL, and what is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import numpy as np
import pytest

from api.reads.protocol import Reads, Window
from schemas.events.universes import UniverseDefined, UniverseRule
from schemas.universe_views import UniverseMembers, UniverseView
from streams.universes import measured, members
from tests.api import view
from tests.api.serving import client_on, problem
from tests.api.test_reads import items, walk

DAY_US = 86_400_000_000
CLOSE_US = 1_704_067_200_000_000  # of the day before the view's first bar


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with client_on(view.in_memory()) as found:
        yield found


async def test_definitions_come_by_name_and_time_and_no_page_repeats_one(reads: Reads) -> None:
    pages = await walk(reads.universes, 2)
    found = [UniverseView(**each) for page in pages for each in page]
    assert [(each.name, str(each.effective.date())) for each in found] == [
        ("view-list", "2024-01-01"),
        ("view-list", "2024-01-06"),
        ("view-rule", "2024-01-06"),
    ]
    assert found[0].symbols == ["NOPE", "VIEW"]
    assert found[2].rule == UniverseRule(price_min=5.0)
    assert pages[0][0].keys() == UniverseView.model_fields.keys()
    assert items(await reads.universes(Window(9))) == [*pages[0], *pages[1]]


async def test_members_follow_from_what_had_closed(reads: Reads) -> None:
    (rule,) = await reads.universe_definitions("view-rule")

    async def found(definition: UniverseDefined, day: int) -> tuple[str, ...]:
        at_us = CLOSE_US + day * DAY_US
        return members(definition, *await reads.universe_candidates(definition, at_us), at_us)

    assert [await found(rule, day) for day in (1, 3, 4, 10)] == [(), (), ("VIEW",), ("VIEW",)]
    young = rule.model_copy(update={"rule": UniverseRule(age_days_max=2)})
    assert [await found(young, day) for day in (3, 4)] == [("VIEW",), ()]
    first, second = await reads.universe_definitions("view-list")
    assert [await found(first, day) for day in (1, 3, 4)] == [
        ("NOPE", "VIEW"),
        ("NOPE", "VIEW"),
        ("VIEW",),
    ]
    assert second.symbols == ("VIEW",)


async def test_a_candidate_has_its_windows_bars_and_the_open_of_its_first(reads: Reads) -> None:
    (rule,) = await reads.universe_definitions("view-rule")
    rule = rule.model_copy(update={"rule": UniverseRule(window_bars=2)})
    (candidate,), _ = await reads.universe_candidates(rule, CLOSE_US + 5 * DAY_US)
    assert candidate.first_us == CLOSE_US
    assert candidate.close.tolist() == [4.0, 5.0, 6.0]
    assert candidate.ts.tolist() == [CLOSE_US + day * DAY_US for day in (2, 3, 4)]
    assert await reads.last_open("view", "1d") == CLOSE_US + 9 * DAY_US
    assert await reads.last_open("view", "1h") is None


async def test_volatility_goes_on_over_splits_and_dividends(reads: Reads) -> None:
    (first,) = await reads.universe_definitions("view-rule")
    rule = UniverseRule(window_bars=4, volatility_min=0.0)
    definition = first.model_copy(update={"rule": rule})
    at_us = CLOSE_US + 5 * DAY_US
    (candidate,), _ = await reads.universe_candidates(definition, at_us)
    assert candidate.close.tolist() == [2.0, 3.0, 4.0, 5.0, 6.0]
    # 0.25 was paid of 3 before the third bar, 0.75 of 5 before the fifth, then 2:1.
    returns = np.log([3 / 2, 4 / 2.75, 5 / 4, 2 * 6 / 4.25])
    by_hand = np.std(returns, ddof=1) * np.sqrt(365.25)
    assert measured(candidate, rule, None, at_us).volatility == pytest.approx(by_hand)
    (candidate,), _ = await reads.universe_candidates(definition, at_us - DAY_US)
    by_hand = np.std(returns[:3], ddof=1) * np.sqrt(365.25)
    assert measured(candidate, rule, None, at_us - DAY_US).volatility == pytest.approx(by_hand)


async def test_a_universe_is_read_as_of_a_time(client: httpx.AsyncClient) -> None:
    now = UniverseMembers(**(await client.get("/v1/universes/view-list")).json())
    assert (now.members, str(now.as_of)) == (["VIEW"], "2024-01-11 00:00:00+00:00")
    path = "/v1/universes/view-list?as_of=2024-01-02T00:00:00Z"
    then = UniverseMembers(**(await client.get(path)).json())
    assert (then.members, then.symbols) == (["NOPE", "VIEW"], ["NOPE", "VIEW"])


async def test_what_can_t_be_read_or_written_says_why(client: httpx.AsyncClient) -> None:
    before = await client.get("/v1/universes/view-list?as_of=2023-12-31")
    assert "define what it was then" in problem(before, 409, "conflict")["detail"]
    problem(await client.get("/v1/universes/nobodys"), 404, "not-found")
    for body, says in (
        ({"name": "u"}, "either symbols or a rule"),
        ({"name": "u", "symbols": ["A"], "rule": {}}, "either symbols or a rule"),
        ({"name": "u", "symbols": ["A", "A"]}, "named twice"),
        ({"name": "u", "rule": {"price_min": 2, "price_max": 1}}, "price_min is above"),
        ({"name": "u", "rule": {"price": 2}}, "rule.price"),
        ({"name": "no name", "symbols": ["A"]}, "name"),
    ):
        answer = await client.post("/v1/universes", json=body)
        assert says in problem(answer, 422, "invalid-body")["detail"]
