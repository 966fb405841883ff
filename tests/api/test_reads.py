"""One suite for `Reads` in memory and on PostgreSQL: what the routes are tested on is what runs."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from statistics import variance
from typing import Any

import pytest

from api.reads.postgres import PostgresReads
from api.reads.protocol import (
    REFERENCE_COLUMNS,
    Depth,
    InstrumentFilter,
    Key,
    NextOffset,
    Page,
    Reads,
    ReferenceTable,
    SignalFilter,
    StoredReport,
    TrialCounts,
    ViewUnavailableError,
    Window,
)
from schemas import research_views, standing_views, views
from schemas.series import Series
from streams.settings import DatabaseSettings, Settings
from tests.api import view
from tests.api.view_research import DAY, DIAGNOSTIC, START


def items(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(page.items)
    return found


async def walk(
    read: Callable[[Window], Awaitable[Page]], limit: int, forward: bool = True
) -> list[list[dict[str, Any]]]:
    """All pages of a list."""
    pages, after = [], None
    while True:
        page = await read(Window(limit, after=after, forward=forward))
        pages.append(items(page))
        after = page.next
        if after is None:
            return pages


async def test_the_series_with_the_newest_bar_is_chosen(reads: Reads) -> None:
    assert await reads.find_series("VIEW", None, None) == view.LATEST
    assert await reads.find_series("VIEW", "view", None) == view.DAILY
    assert await reads.find_series("VIEW", None, "1d") == view.DAILY
    assert await reads.find_series("VIEW", "view", "1m") is None
    assert await reads.find_series("NONE", None, None) is None


async def test_bars_go_back_in_pages_that_are_oldest_first(reads: Reads) -> None:
    pages = await walk(lambda w: reads.series_page("bars", view.DAILY, w), 4, forward=False)
    assert [[bar["open"] for bar in page] for page in pages] == [
        [7.0, 8.0, 9.0, 10.0],
        [3.0, 4.0, 5.0, 6.0],
        [1.0, 2.0],
    ]


async def test_bars_go_forward_from_a_time_and_end_at_one(reads: Reads) -> None:
    window = Window(
        3,
        START + DAY,
        START + 5 * DAY,
        forward=True,
    )
    first = await reads.series_page("bars", view.DAILY, window)
    assert [bar["ts"] for bar in items(first)] == [
        "2024-01-02T00:00:00Z",
        "2024-01-03T00:00:00Z",
        "2024-01-04T00:00:00Z",
    ]
    rest = Window(
        3,
        START + DAY,
        START + 5 * DAY,
        first.next,
        forward=True,
    )
    second = await reads.series_page("bars", view.DAILY, rest)
    assert [bar["ts"] for bar in items(second)] == ["2024-01-05T00:00:00Z"]
    assert second.next is None


async def test_a_full_last_page_has_no_next(reads: Reads) -> None:
    page = await reads.series_page("bars", view.DAILY, Window(view.BARS))
    assert len(items(page)) == view.BARS
    assert page.next is None


async def test_bars_and_indicators_have_the_form_of_their_views(reads: Reads) -> None:
    bars = items(await reads.series_page("bars", view.DAILY, Window(1)))
    assert views.BarView(**bars[0]).model_dump(mode="json") == bars[0]
    assert bars[0]["high"] == 12.5
    panel = items(await reads.series_page("indicators", view.DAILY, Window(10)))
    assert views.IndicatorsView(**panel[0]).sma_20 is None
    assert views.IndicatorsView(**panel[-1]).ema_12 == 9.125
    assert panel[-1].keys() == views.IndicatorsView.model_fields.keys()


async def test_a_fraction_of_a_second_is_kept_and_pages_go_on_behind_it(reads: Reads) -> None:
    page = await reads.series_page("bars", view.LATEST, Window(5))
    assert items(page)[0]["ts"].endswith("T00:00:00.001501Z")
    just_there = START + 900 * DAY + timedelta(microseconds=1501)
    rows = await reads.series_rows("bars", view.LATEST, Window(5))
    assert [row[0] for row in rows.rows] == [just_there]


@pytest.mark.parametrize("forward", [True, False])
async def test_rows_are_the_page_as_columns(reads: Reads, forward: bool) -> None:
    window = Window(4, forward=forward)
    page = await reads.series_page("bars", view.DAILY, window)
    rows = await reads.series_rows("bars", view.DAILY, window)
    assert [row[1] for row in rows.rows] == [bar["open"] for bar in items(page)]
    assert rows.next == page.next is not None


async def test_actions_come_by_day_and_no_page_repeats_one(reads: Reads) -> None:
    pages = await walk(lambda w: reads.reference_page("actions", InstrumentFilter(), w), 2)
    found = [views.ActionView(**action) for page in pages for action in page]
    assert [(a.feed, str(a.ex_date), a.type, a.number) for a in found] == [
        ("other", "2024-01-04", "split", 1),
        ("view", "2024-01-03", "dividend", 1),
        ("view", "2024-01-05", "dividend", 1),
        ("view", "2024-01-05", "dividend", 2),
        ("view", "2024-01-05", "split", 1),
    ]
    assert (found[0].ratio, found[1].amount, found[1].currency) == (0.1, 0.25, "USD")
    assert pages[0][0].keys() == views.ActionView.model_fields.keys()


async def test_actions_are_filtered_and_cut_by_day(reads: Reads) -> None:
    window = Window(9, START + 3 * DAY, START + 4 * DAY)
    found = await reads.reference_page("actions", InstrumentFilter("VIEW", "other"), window)
    assert [action["ex_date"] for action in items(found)] == ["2024-01-04"]
    for wanted in (InstrumentFilter("VIEW", "view"), InstrumentFilter("NONE")):
        assert items(await reads.reference_page("actions", wanted, window)) == []


async def test_instruments_are_listed_by_symbol_and_feed(reads: Reads) -> None:
    every = InstrumentFilter()
    pages = await walk(lambda w: reads.reference_page("instruments", every, w), 1)
    found = [views.InstrumentView(**listed) for page in pages for listed in page]
    assert [(one.feed, one.sector) for one in found] == [("other", None), ("view", "Technology")]
    assert pages[0][0].keys() == views.InstrumentView.model_fields.keys()


@pytest.mark.parametrize("table", ["actions", "instruments"])
async def test_reference_rows_are_the_page_as_columns(reads: Reads, table: ReferenceTable) -> None:
    wanted = InstrumentFilter("VIEW")
    for limit in (1, 9):
        page = await reads.reference_page(table, wanted, Window(limit))
        rows = await reads.reference_rows(table, wanted, Window(limit))
        names = REFERENCE_COLUMNS[table]
        told = [dict(zip(names, row, strict=True)) for row in rows.rows]
        assert json.loads(json.dumps(told, default=str)) == items(page)
        assert rows.next == page.next
        assert (page.next is None) == (limit == 9)


@pytest.mark.parametrize(("days", "behind"), [(2**62, 0), (-(2**62), 4)])
async def test_a_day_that_no_calendar_holds_is_behind_or_before_all(
    view_settings: Settings, days: int, behind: int
) -> None:
    view.clear(view_settings.database_url)
    view.insert(view_settings.database_url)
    found = PostgresReads(view_settings)
    await found.open()
    try:
        window = Window(9, after=("VIEW", "view", days, "split", 1))
        page = await found.reference_page("actions", InstrumentFilter(), window)
        assert len(items(page)) == behind
    finally:
        await found.close()
        view.clear(view_settings.database_url)


async def test_series_are_listed_by_name(reads: Reads) -> None:
    pages = await walk(reads.series, 1)
    assert [[s["feed"] for s in page] for page in pages] == [["view"], ["view-live"]]
    listed = [views.SeriesView(**page[0]) for page in pages]
    assert [one.symbol for one in listed] == ["VIEW", "VIEW"]
    newest = [one.last_bar for one in listed if one.last_bar]
    assert [(bar.ts, bar.open) for bar in newest] == [
        (listed[0].last_ts, float(view.BARS)),
        (listed[1].last_ts, 1.0),
    ]


@pytest.mark.parametrize("forward", [True, False])
async def test_bars_are_rolled_up_to_weeks_from_monday(reads: Reads, forward: bool) -> None:
    pages = await walk(lambda w: reads.series_page("bars_1w", view.DAILY, w), 1, forward)
    weeks = [views.BarView(**bar) for page in pages for bar in page]
    weeks.sort(key=lambda bar: bar.ts)
    assert [(bar.ts.weekday(), bar.open, bar.close, bar.volume) for bar in weeks] == [
        (0, 1.0, 8.0, 21_000.0),
        (0, 8.0, 11.0, 24_000.0),
    ]
    rows = await reads.series_rows("bars_1w", view.DAILY, Window(9, weeks[1].ts))
    assert [tuple(row) for row in rows.rows] == [tuple(weeks[1].model_dump().values())]
    assert items(await reads.series_page("bars_1h", view.LATEST, Window(9)))[0]["high"] == 3.5


async def test_a_series_is_found_by_what_its_bars_are_shorter_than(reads: Reads) -> None:
    assert await reads.find_series("VIEW", "view", None, "1w") == view.DAILY
    assert await reads.find_series("VIEW", "view", None, "1d") is None
    assert await reads.find_series("VIEW", None, None, "5m") == view.LATEST


async def test_signals_are_newest_first_and_no_page_repeats_one(reads: Reads) -> None:
    pages = await walk(lambda w: reads.signals(SignalFilter(), w), 3)
    found = [(s["source_offset"], s["seq"]) for page in pages for s in page]
    assert found == [(n, seq) for n in (3, 2, 1, 0) for seq in (0, 2)]
    assert views.SignalView(**pages[0][0]).receipt.hash == "1" * 64


async def test_an_order_has_its_size_and_prices(reads: Reads) -> None:
    page = items(await reads.signals(SignalFilter(deployment_id="dep-2"), Window(1)))
    order = views.SignalView(**page[0])
    assert (order.action, order.size, order.limit, order.exit_stop) == ("order", -1.5, 1.75, 1.25)
    assert page[0].keys() == views.SignalView.model_fields.keys()


async def test_alerts_are_newest_first(reads: Reads) -> None:
    pages = await walk(lambda w: reads.alerts(SignalFilter(strategy_id="view-a"), w), 2)
    found = [views.AlertView(**alert) for page in pages for alert in page]
    assert [alert.source_offset for alert in found] == [2, 1, 0]
    assert {alert.message for alert in found} == {"it's high"}
    assert items(await reads.alerts(SignalFilter(deployment_id="dep-2"), Window(5))) == []


async def test_traps_are_newest_first_and_no_suspension_is_among_them(reads: Reads) -> None:
    pages = await walk(lambda w: reads.traps(SignalFilter(deployment_id="dep-1"), w), 2)
    found = [views.TrapView(**trap) for page in pages for trap in page]
    assert [(trap.source_offset, trap.line, trap.traps) for trap in found] == [
        (2, 4, 3),
        (1, 4, 2),
        (0, None, 1),
    ]


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (SignalFilter(symbol="VIEW", feed="view", interval="1d"), 8),
        (SignalFilter(deployment_id="dep-1"), 4),
        (SignalFilter(strategy_id="other"), 0),
        (SignalFilter(feed="view-live"), 0),
    ],
)
async def test_signals_are_filtered(reads: Reads, wanted: SignalFilter, count: int) -> None:
    assert len(items(await reads.signals(wanted, Window(50)))) == count


async def test_signals_are_cut_by_time(reads: Reads) -> None:
    window = Window(50, START + DAY, START + 3 * DAY)
    found = items(await reads.signals(SignalFilter(), window))
    assert [s["source_offset"] for s in found] == [2, 2, 1, 1]


async def test_strategies_tell_what_became_of_their_last_edit(reads: Reads) -> None:
    pages = await walk(reads.strategies, 2)
    found = {item["id"]: views.StrategyView(**item) for page in pages for item in page}
    assert {name: s.edit_state for name, s in found.items()} == {
        "view-a": "compiled",
        "view-b": "rejected",
        "view-c": "waiting",
    }
    assert found["view-a"].version == 2
    assert found["view-a"].active_deployments == ["dep-1", "dep-4"]
    assert found["view-b"].diagnostics is not None
    assert found["view-b"].diagnostics[0].remedy == "write close"
    assert items(await reads.strategies(Window(1), "view-c"))[0]["version"] is None
    assert items(await reads.strategies(Window(1), "view-d")) == []


async def test_versions_are_newest_first_without_rejections(reads: Reads) -> None:
    pages = await walk(lambda w: reads.versions("view-a", w), 1)
    assert [views.VersionView(**v).version for page in pages for v in page] == [2, 1]
    assert await reads.versions("view-b", Window(5)) == Page(b"[]", None)


async def test_deployments_say_where_they_are_active(reads: Reads) -> None:
    pages = await walk(reads.deployments, 1)
    found = [views.DeploymentView(**item) for page in pages for item in page]
    assert [d.active for d in found] == [True, False, False, True]
    assert [a.until_offset for a in found[1].activations] == [9]
    assert len(items(await reads.deployments(Window(5), "view-a"))) == 4
    assert len(items(await reads.deployments(Window(5), None, "dep-2"))) == 1


async def test_deployments_say_what_is_wrong_with_them(reads: Reads) -> None:
    page = items(await reads.deployments(Window(5)))
    suspended, ended, refused, active = [views.DeploymentView(**item) for item in page]
    assert page[0].keys() == views.DeploymentView.model_fields.keys()
    assert (suspended.state, suspended.traps, suspended.traps_max) == ("suspended", 3, 3)
    assert suspended.suspension is not None
    last = suspended.suspension
    assert (last.symbol, last.ts, last.line) == (
        "VIEW",
        START + 2 * DAY,
        4,
    )
    assert (ended.state, ended.traps, ended.suspension, ended.refusal) == ("ended", 1, None, None)
    assert (refused.state, active.state) == ("refused", "active")
    assert refused.refusal is not None and refused.refusal.reason == "state_budget"


async def test_turns_come_in_order(reads: Reads) -> None:
    pages = await walk(lambda w: reads.turns("view-talk", w), 2)
    assert [views.TurnView(**turn).id for page in pages for turn in page] == [
        "turn-0",
        "turn-1",
        "turn-2",
    ]


async def test_next_offsets_are_those_of_the_projections(reads: Reads) -> None:
    assert await reads.next_offsets() == [NextOffset("view", "market.bars.v1", 0, 7)]


@pytest.mark.parametrize("key", [(2**62,), (-(2**62),)])
async def test_a_time_that_no_calendar_holds_has_nothing_behind_it(
    view_settings: Settings, key: Key
) -> None:
    found = PostgresReads(view_settings)
    await found.open()
    try:
        page = await found.series_page("bars", view.DAILY, Window(5, after=key, forward=True))
        assert page == Page(b"[]", None)
    finally:
        await found.close()


async def test_a_database_that_is_away_is_told_and_no_parameter_reaches_the_sql(
    view_settings: Settings,
) -> None:
    away = Settings(database=DatabaseSettings(embedded_port=1))
    gone = PostgresReads(away)
    await gone.open()
    there = PostgresReads(view_settings)
    await there.open()
    try:
        with pytest.raises(ViewUnavailableError):
            await gone.find_series("VIEW", None, None)
        assert await there.find_series("'; DROP TABLE bars; --", None, None) is None
        page = await there.series_page("bars", Series("x", "y", "1d"), Window(1))
        assert page.items == b"[]"
    finally:
        await gone.close()
        await there.close()


async def test_backtests_are_newest_first_with_what_has_become_of_them(reads: Reads) -> None:
    pages = await walk(lambda w: reads.requests("backtest", w), 3, forward=False)
    found = [item for page in pages for item in page]
    assert [(item["id"], item["state"]) for item in found] == [
        ("run-3", "failed"),
        ("run-2", "completed"),
        ("run-1", "running"),
        ("run-0", "waiting"),
    ]
    for item in found:
        told = research_views.BacktestView(**item).model_dump(mode="json", by_alias=True)
        assert told == item
    one = items(await reads.requests("backtest", Window(9), "view-a"))
    assert [item["id"] for item in one] == ["run-3", "run-2", "run-1"]


async def test_a_backtest_has_its_source_and_diagnostics(reads: Reads) -> None:
    for request_id, source in (("run-0", "x = 1"), ("run-3", None)):
        (item,) = items(await reads.request("backtest", request_id))
        told = research_views.BacktestDetail(**item).model_dump(mode="json", by_alias=True)
        assert told == item
        assert item["source"] == source
        assert item["diagnostics"] == ([DIAGNOSTIC] if source is None else None)
    assert items(await reads.request("backtest", "run-9")) == []


async def test_screens_are_requests_of_their_own_kind(reads: Reads) -> None:
    found = items(await reads.requests("screen", Window(9)))
    assert [(item["id"], item["state"]) for item in found] == [
        ("pick-1", "completed"),
        ("pick-0", "waiting"),
    ]
    for item in found:
        assert research_views.ScreenView(**item).model_dump(mode="json") == item
    assert found[0]["as_of"] == "2024-01-01T00:00:00Z"
    (item,) = items(await reads.request("screen", "pick-1"))
    detail = research_views.ScreenDetail(**item)
    assert detail.model_dump(mode="json") == item
    assert detail.result is not None and detail.result.matches[0].symbol == "VIEW"
    assert items(await reads.request("backtest", "pick-1")) == []
    assert items(await reads.request("screen", "run-1")) == []
    assert [await reads.has_request(name) for name in ("pick-1", "run-1", "none")] == [
        True,
        True,
        False,
    ]


async def test_standing_screens_say_how_they_are(reads: Reads) -> None:
    pages = await walk(reads.standing_screens, 1)
    found = [item for page in pages for item in page]
    assert [(item["id"], item["state"]) for item in found] == [
        ("watch-1", "active"),
        ("watch-2", "refused"),
    ]
    for item in found:
        assert standing_views.StandingView(**item).model_dump(mode="json") == item
    assert [item["last_close"] for item in found] == ["2024-01-05T00:00:00Z", None]
    (one,) = items(await reads.standing_screens(Window(9), "watch-2"))
    assert one == found[1]


async def test_closes_are_newest_first_with_their_matches_by_rank(reads: Reads) -> None:
    pages = await walk(lambda w: reads.screen_closes("watch-1", w), 2, forward=False)
    found = [item for page in pages for item in page]
    assert [item["matched"] for item in found] == [4, 3, 2, 1, 0]
    for item in found:
        assert standing_views.CloseView(**item).model_dump(mode="json") == item
    assert [match["rank"] for match in found[0]["matches"]] == [1, 2, 3, 4]
    assert found[0]["matches"][1]["symbol"] == "S1"
    assert found[0]["matches"][0]["ts"] == "2024-01-01T00:00:00.000004Z"
    window = Window(9, START + DAY, START + 3 * DAY)
    assert [i["matched"] for i in items(await reads.screen_closes("watch-1", window))] == [2, 1]
    assert items(await reads.screen_closes("none", Window(9))) == []


async def test_reports_come_from_the_log_or_by_their_hash(reads: Reads) -> None:
    assert await reads.report("run-2", page=False) == StoredReport(b'{"trades": 3}', "aa")
    assert await reads.report("run-2", page=True) == StoredReport(b"<!doctype html>", "page")
    assert await reads.report("run-1", page=False) is None
    assert await reads.report("run-9", page=True) is None


async def test_a_queue_is_as_deep_as_what_waits_and_runs(reads: Reads) -> None:
    assert await reads.queue_depths() == [Depth("interactive", 2, 0), Depth("batch", 0, 1)]


async def test_trials_are_counted_by_strategy_and_time(reads: Reads) -> None:
    all_ = await reads.trials("view-a", None)
    assert (all_.trials, all_.with_sharpe) == (4, 3)
    assert all_.sharpe_variance == pytest.approx(252 * 0.01**2)
    assert all_.t_variance == pytest.approx(variance([0.1, 0.2, 0.6]))
    assert all_.best_sharpe == pytest.approx(0.03 * 252**0.5)
    assert (all_.first_at, all_.last_at) == (START, START + 3 * DAY)
    late = await reads.trials("view-a", START + 2 * DAY)
    assert (late.trials, late.with_sharpe, late.t_variance) == (2, 1, None)
    none = await reads.trials("view-z", None)
    assert none == TrialCounts(0, 0, None, None, None, None, None)
