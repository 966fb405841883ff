"""What had been known at a moment: by the cuts of a window, and by `as_of` of a request."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from api.reads.protocol import Page, Reads, SeriesTable, SignalFilter, Window
from tests.api import view
from tests.api.serving import client_on, problem


def items(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(page.items)
    return found


@pytest.mark.parametrize(
    ("below", "newest"),
    [(0, None), (8, 8.0), (9, 99.0), (10, 10.0), (10_000, 10.0)],
    ids=["nothing", "before", "uncorrected", "corrected", "all"],
)
async def test_bars_are_as_they_were_before_what_was_not_known_yet(
    reads: Reads, below: int, newest: float | None
) -> None:
    window = Window(100, cuts=(below,) * 4)
    page = items(await reads.series_page("bars", view.DAILY, window))
    rows = (await reads.series_rows("bars", view.DAILY, window)).rows
    assert [bar["open"] for bar in page] == [row[1] for row in rows]
    assert [bar["open"] for bar in page][-1:] == ([] if newest is None else [newest])
    assert len({bar["ts"] for bar in page}) == len(page)


async def test_pages_of_a_moment_follow_one_another(reads: Reads) -> None:
    opens, after = [], None
    while True:
        window = Window(4, after=after, forward=True, cuts=(9,) * 4)
        page = await reads.series_page("bars", view.DAILY, window)
        opens += [bar["open"] for bar in items(page)]
        after = page.next
        if after is None:
            break
    assert opens == [1, 2, 3, 4, 5, 6, 7, 8, 9, 99]


@pytest.mark.parametrize("table", ["indicators"])
async def test_what_follows_from_a_bar_counts_from_it_on(reads: Reads, table: SeriesTable) -> None:
    every = items(await reads.series_page(table, view.DAILY, Window(100)))
    known = await reads.series_page(table, view.DAILY, Window(100, cuts=(2,) * 4))
    assert items(known) == every[:2]


async def test_signals_alerts_and_traps_count_by_the_cut_of_their_partition(reads: Reads) -> None:
    everything = SignalFilter()
    for read in (reads.signals, reads.alerts, reads.traps):
        every = items(await read(everything, Window(100)))
        assert every
        below = min(one["source_offset"] for one in every) + 1
        known = items(await read(everything, Window(100, cuts=(below, 0, 0, 0))))
        assert known == [one for one in every if one["source_offset"] < below]
        assert items(await read(everything, Window(100, cuts=(0, 99, 99, 99)))) == []


async def test_an_offset_is_asked_of_one_series_and_counts_itself() -> None:
    async with client_on(view.in_memory()) as client:
        found = await client.get("/v1/bars/VIEW?feed=view&interval=1d&as_of=8")
        assert [bar["open"] for bar in found.json()["bars"]][-1] == 99.0
        assert (
            problem(await client.get("/v1/signals?as_of=8"), 400, "invalid-parameter")["parameter"]
            == "as_of"
        )


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("/v1/bars/VIEW?as_of=yesterday", "invalid-parameter"),
        ("/v1/bars/VIEW?as_of=-1", "invalid-parameter"),
        ("/v1/bars/VIEW?as_of=1&rollup=1d", "invalid-parameter"),
        ("/v1/series?as_of=1", "invalid-parameter"),
        ("/v1/bars/VIEW?as_of=1", "invalid-parameter"),
        ("/v1/bars/VIEW?as_of=2024-01-01", "unavailable"),  # there is no broker here
    ],
)
async def test_a_moment_that_cannot_be_used_is_refused(query: str, kind: str) -> None:
    async with client_on(view.in_memory()) as client:
        response: httpx.Response = await client.get(query)
        assert problem(response, 503 if kind == "unavailable" else 400, kind)["detail"]
