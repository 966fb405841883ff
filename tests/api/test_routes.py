"""Routes over a view in memory: what is asked, what is answered, what is refused."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import polars as pl
import pytest

from api.hosts import allowed_hosts
from schemas import research_views, status_views, views
from streams.settings import ApiSettings
from streams.sources.actions import read_action_table
from streams.sources.table import Names
from tests.api import view
from tests.api.memory_reads import MemoryReads
from tests.api.serving import client_on, problem


@pytest.fixture
def reads() -> MemoryReads:
    return view.in_memory()


@pytest.fixture
async def client(reads: MemoryReads) -> AsyncIterator[httpx.AsyncClient]:
    async with client_on(reads) as found:
        yield found


async def test_bars_name_the_series_that_was_chosen(client: httpx.AsyncClient) -> None:
    page = views.BarsPage(**(await client.get("/v1/bars/VIEW")).json())
    assert (page.feed, page.interval, len(page.bars)) == ("view-live", "1m", 1)
    page = views.BarsPage(**(await client.get("/v1/bars/VIEW?feed=view")).json())
    assert (page.feed, page.interval, len(page.bars)) == ("view", "1d", view.BARS)


async def test_pages_are_followed_by_link_and_by_cursor(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/bars/VIEW?interval=1d&limit=4")
    cursor = response.json()["next"]
    opens = [[bar["open"] for bar in response.json()["bars"]]]
    while "next" in response.links:
        response = await client.get(response.links["next"]["url"])
        opens.append([bar["open"] for bar in response.json()["bars"]])
    assert opens == [[7, 8, 9, 10], [3, 4, 5, 6], [1, 2]]
    assert response.json()["next"] is None
    again = await client.get("/v1/bars/VIEW", params={"cursor": cursor, "limit": "4"})
    assert again.json()["feed"] == "view", "a cursor stays with its series"
    assert [bar["open"] for bar in again.json()["bars"]] == opens[1]


async def test_with_from_pages_go_forward(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/bars/VIEW?feed=view&from=2024-01-03&limit=2")
    assert [bar["open"] for bar in response.json()["bars"]] == [3, 4]
    response = await client.get(response.links["next"]["url"])
    assert [bar["open"] for bar in response.json()["bars"]] == [5, 6]


@pytest.mark.parametrize("end", ["2024-01-03", "2024-01-03T00:00:00Z", "2024-01-03T02:00:00+02:00"])
async def test_times_are_dates_or_rfc_3339(client: httpx.AsyncClient, end: str) -> None:
    response = await client.get(f"/v1/indicators/VIEW?feed=view&to={end}")
    assert [row["ts"] for row in response.json()["indicators"]] == [
        "2024-01-01T00:00:00Z",
        "2024-01-02T00:00:00Z",
    ]


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/v1/bars/VIEW?limit=0", "limit"),
        ("/v1/bars/VIEW?limit=x", "limit"),
        ("/v1/bars/VIEW?limit=99999999999", "limit"),
        ("/v1/bars/VIEW?limit=00000000199999999", "limit"),
        ("/v1/bars/VIEW?from=yesterday", "from"),
        ("/v1/bars/VIEW?from=2024-02-02&to=2024-02-01", "to"),
        ("/v1/bars/VIEW?to=0001-01-01T00:00:00%2B23:00", "to"),
        ("/v1/bars/VIEW?interval=day", "interval"),
        ("/v1/bars/VIEW?feed=No%20Feed", "feed"),
        ("/v1/bars/VIEW?intervall=1d", "intervall"),
        ("/v1/bars/VIEW?rollup=2h", "rollup"),
        ("/v1/bars/VIEW?feed=view&rollup=1d", "rollup"),
        ("/v1/indicators/VIEW?rollup=1w", "rollup"),
        ("/v1/bars/VIEW?cursor=abc", "cursor"),
        ("/v1/bars/VIEW?cursor=WzFd", "cursor"),
        ("/v1/actions?symbol=A%20B", "symbol"),
        ("/v1/actions?interval=1d", "interval"),
        ("/v1/instruments?from=2024-01-01", "from"),
        ("/v1/instruments?cursor=WyJhY3Rpb25zIl0", "cursor"),
        ("/v1/signals?strategy=%00", "strategy"),
        ("/v1/signals?cursor=WyJzaWduYWxzIiwxXQ", "cursor"),
        ("/v1/stream?types=BarOpened", "types"),
        ("/v1/stream?from=monday", "from"),
        ("/v1/stream?symbol=A%20B", "symbol"),
        ("/v1/stream?last_event_id=7", "last_event_id"),
    ],
)
async def test_a_parameter_that_cannot_be_used_is_named(
    client: httpx.AsyncClient, path: str, parameter: str
) -> None:
    document = problem(await client.get(path), 400, "invalid-parameter")
    assert document["parameter"] == parameter
    assert document["detail"].startswith(f"{parameter}: ")


async def test_unknown_stream_types_are_told_what_there_is(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/stream?types=BarClosed,Nope")
    assert "SignalEmitted" in problem(response, 400, "invalid-parameter")["allowed"]


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/v1/bars/NONE",
        "/v1/bars/A%20B",
        "/v1/strategies/none",
        "/v1/strategies/none/versions",
        "/v1/deployments/none",
        "/v1/deployments/none/traps",
        "/v1/conversations/none",
        "/schemas/Nope.json",
    ],
)
async def test_what_is_not_there_is_a_404(client: httpx.AsyncClient, path: str) -> None:
    problem(await client.get(path), 404, "not-found")


async def test_a_method_that_is_not_there_is_told_those_that_are(client: httpx.AsyncClient) -> None:
    response = await client.patch("/v1/strategies/x")
    problem(response, 405, "method-not-allowed")
    assert {m.strip() for m in response.headers["allow"].split(",")} == {
        "DELETE",
        "GET",
        "HEAD",
        "PUT",
    }


@pytest.mark.parametrize(
    "path", ["/v1/bars/VIEW", "/v1/signals", "/v1/actions", "/v1/strategies", "/readyz"]
)
async def test_an_outage_of_the_database_is_a_503(
    client: httpx.AsyncClient, reads: MemoryReads, path: str
) -> None:
    reads.away = True
    response = await client.get(path)
    problem(response, 503, "unavailable")
    assert int(response.headers["retry-after"]) > 0


async def test_an_outage_of_the_broker_is_a_503_for_writes(client: httpx.AsyncClient) -> None:
    body = {"name": "S", "source": "x"}
    problem(await client.post("/v1/strategies", json=body), 503, "unavailable")
    problem(await client.post("/v1/conversations/c/turns", json={"text": "hi"}), 503, "unavailable")
    assert (await client.get("/healthz")).status_code == 200


async def test_a_process_that_has_not_read_the_log_takes_no_writes(reads: MemoryReads) -> None:
    async with client_on(reads, caught_up=False) as client:
        body = {"name": "S", "source": "x"}
        problem(await client.post("/v1/strategies", json=body), 503, "unavailable")


@pytest.mark.parametrize(
    ("content", "status", "kind"),
    [
        (b'{"name": "S",\n "source"}', 400, "malformed-json"),
        (b"\xff", 400, "malformed-json"),
        (b"[" * 100_000, 400, "malformed-json"),
        (b"[]", 422, "invalid-body"),
        (b'{"name": ""}', 422, "invalid-body"),
        (b'{"name": "S", "source": "a\\u0000b"}', 422, "invalid-body"),
        (b'{"name": "S", "source": "x", "sauce": 1}', 422, "invalid-body"),
        (b'{"name": "!", "source": "x"}', 422, "invalid-body"),
        (b'{"name": "S", "source": "x", "wasm": "no base64"}', 422, "invalid-body"),
        (b" " * (512 * 1024 + 1), 413, "too-large"),
    ],
)
async def test_a_body_that_cannot_be_used_is_refused(
    client: httpx.AsyncClient, content: bytes, status: int, kind: str
) -> None:
    headers = {"content-type": "application/json"}
    response = await client.post("/v1/strategies", content=content, headers=headers)
    problem(response, status, kind)


async def test_malformed_json_is_told_its_position(client: httpx.AsyncClient) -> None:
    headers = {"content-type": "application/json; charset=utf-8"}
    response = await client.post("/v1/strategies", content=b'{\n "a" 1}', headers=headers)
    document = problem(response, 400, "malformed-json")
    assert (document["line"], document["column"]) == (2, 6)


async def test_an_invalid_body_lists_field_and_reason(client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/strategies", json={"source": 1})
    errors = problem(response, 422, "invalid-body")["errors"]
    assert {error["field"] for error in errors} == {"name", "source"}


async def test_a_form_is_no_json(client: httpx.AsyncClient) -> None:
    """A page of another site can send a form without asking; it must not write."""
    response = await client.post("/v1/strategies", data={"name": "S"})
    problem(response, 415, "unsupported-media-type")


async def test_rolled_up_bars_say_what_of(client: httpx.AsyncClient) -> None:
    page = views.BarsPage(**(await client.get("/v1/bars/VIEW?rollup=1d")).json())
    assert (page.feed, page.interval, page.rollup, len(page.bars)) == ("view-live", "1m", "1d", 1)
    first = await client.get("/v1/bars/VIEW?feed=view&rollup=1w&limit=1")
    second = await client.get(first.links["next"]["url"])
    assert [answer.json()["bars"][0]["close"] for answer in (first, second)] == [11.0, 8.0]
    refused = await client.get("/v1/bars/VIEW?interval=1d&rollup=1h")
    assert "of symbol VIEW, interval 1d there are bars of 1d and none that" in refused.text
    assert "choose a longer rollup" in refused.text
    assert (await client.get("/v1/bars/NONE?rollup=1h")).status_code == 404
    url = "/v1/bars/VIEW?feed=view&rollup=1w"
    table = await client.get(url, headers={"Accept": "text/csv"})
    assert table.text.splitlines()[:2] == [
        "feed,symbol,interval,rollup,ts,open,high,low,close,volume",
        "view,VIEW,1d,1w,2024-01-01T00:00:00Z,1.0,9.5,0.1,8.0,21000.0",
    ]


async def test_bars_come_as_csv_arrow_and_parquet(client: httpx.AsyncClient) -> None:
    url = "/v1/bars/VIEW?feed=view&limit=4"
    expected = (await client.get(url)).json()["bars"]
    for media, read in {
        "text/csv": pl.read_csv,
        "application/vnd.apache.arrow.stream": pl.read_ipc_stream,
        "application/vnd.apache.parquet": pl.read_parquet,
    }.items():
        response = await client.get(url, headers={"accept": media})
        assert response.headers["content-type"].startswith(media)
        assert "next" in response.links
        frame = read(io.BytesIO(response.content))
        assert frame["open"].to_list() == [bar["open"] for bar in expected]
        assert frame["symbol"].unique().to_list() == ["VIEW"]
        if media == "text/csv":
            assert frame["ts"].to_list() == [bar["ts"] for bar in expected]
        else:
            assert frame["ts"].dt.epoch("s").to_list()[0] == 1_704_067_200 + 6 * 86_400


async def test_indicators_that_warm_up_are_empty_in_a_table(client: httpx.AsyncClient) -> None:
    url = "/v1/indicators/VIEW?feed=view"
    response = await client.get(url, headers={"accept": "application/vnd.apache.parquet"})
    assert pl.read_parquet(io.BytesIO(response.content))["sma_20"].null_count() == 5


@pytest.mark.parametrize("table", ["actions", "instruments"])
async def test_what_is_said_of_instruments_comes_in_every_form(
    client: httpx.AsyncClient, table: str
) -> None:
    url = f"/v1/{table}?symbol=VIEW&limit=1"
    response = await client.get(url)
    (expected,) = response.json()[table]
    second = (await client.get(response.links["next"]["url"])).json()[table]
    assert second[0]["feed"] == "view"
    for media, read in {
        "text/csv": pl.read_csv,
        "application/vnd.apache.arrow.stream": pl.read_ipc_stream,
        "application/vnd.apache.parquet": pl.read_parquet,
    }.items():
        response = await client.get(url, headers={"accept": media})
        assert response.headers["content-type"].startswith(media)
        assert "accept" in response.headers["vary"].lower()
        assert "next" in response.links
        (row,) = read(io.BytesIO(response.content)).to_dicts()
        assert {name: str(value) for name, value in row.items()} == {
            name: str(value) for name, value in expected.items()
        }


async def test_actions_as_csv_are_a_file_of_actions(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    url = "/v1/actions?feed=view"
    path = tmp_path / "acts.csv"
    path.write_bytes((await client.get(url, headers={"accept": "text/csv"})).content)
    found = read_action_table(path, Names(feed="view"))
    assert found.rejects == []
    told = (await client.get(url)).json()["actions"]
    for event, row in zip(found.events, told, strict=True):
        assert event.model_dump(mode="json").items() <= row.items()


async def test_a_table_without_rows_has_its_columns(client: httpx.AsyncClient) -> None:
    headers = {"accept": "application/vnd.apache.parquet"}
    response = await client.get("/v1/actions?symbol=NONE", headers=headers)
    frame = pl.read_parquet(io.BytesIO(response.content))
    assert len(frame) == 0
    assert frame.schema["ex_date"] == pl.Date()
    assert frame.schema["ratio"] == pl.Float64()


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("*/*", "application/json"),
        ("text/*;q=0.5, application/json;q=0.4", "text/csv"),
        ("application/json;q=0, */*", "text/csv"),
        ("text/html, */*;q=0.8", "application/json"),
    ],
)
async def test_accept_decides_the_form(client: httpx.AsyncClient, accept: str, media: str) -> None:
    response = await client.get("/v1/bars/VIEW", headers={"accept": accept})
    assert response.headers["content-type"].startswith(media)
    assert "accept" in response.headers["vary"].lower()


async def test_a_form_that_is_not_to_be_had_is_a_406(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/bars/VIEW", headers={"accept": "image/png"})
    assert "text/csv" in problem(response, 406, "not-acceptable")["offered"]


async def test_reads_of_the_view_have_the_form_of_their_pages(client: httpx.AsyncClient) -> None:
    pages: dict[str, type[views.View]] = {
        "/v1/signals?symbol=VIEW&from=2024-01-02": views.SignalsPage,
        "/v1/alerts?symbol=VIEW&deployment=dep-1": views.AlertsPage,
        "/v1/series": views.SeriesPage,
        "/v1/actions?symbol=VIEW&from=2024-01-04": views.ActionsPage,
        "/v1/instruments?feed=view": views.InstrumentsPage,
        "/v1/strategies": views.StrategiesPage,
        "/v1/strategies/view-a": views.StrategyView,
        "/v1/strategies/view-a/versions": views.VersionsPage,
        "/v1/deployments?strategy=view-a": views.DeploymentsPage,
        "/v1/deployments/dep-2": views.DeploymentView,
        "/v1/deployments/dep-1/traps?limit=2": views.TrapsPage,
        "/v1/conversations/view-talk": views.ConversationPage,
        "/v1/status": status_views.StatusView,
    }
    for path, model in pages.items():
        response = await client.get(path)
        assert response.status_code == 200, (path, response.text)
        model.model_validate_json(response.content)


async def test_a_strategy_without_versions_has_an_empty_list(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/strategies/view-b/versions")
    assert response.json() == {"versions": [], "next": None}


async def test_status_says_what_is_away_and_answers_all_the_same(
    client: httpx.AsyncClient, reads: MemoryReads
) -> None:
    reads.away = True
    status = status_views.StatusView(**(await client.get("/v1/status")).json())
    assert status.bars is None
    assert status.lag is None
    assert status.services["database"] == "the database can't be reached"
    assert status.services["broker"] != "up"


async def test_every_answer_carries_security_headers(client: httpx.AsyncClient) -> None:
    for path in ("/", "/docs", "/nothing", "/v1/series"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "access-control-allow-origin" not in headers


async def test_a_bug_is_a_problem_too(client: httpx.AsyncClient, reads: MemoryReads) -> None:
    del reads.tables["series"]
    problem(await client.get("/v1/series"), 500, "internal")


@pytest.mark.parametrize("host", ["rebound.example", "localhost.rebound.example:8000", ""])
async def test_a_page_whose_name_was_bound_to_loopback_gets_nothing(
    client: httpx.AsyncClient, host: str
) -> None:
    for path in ("/v1/series", "/v1/stream", "/docs"):
        response = await client.get(path, headers={"host": host})
        assert "PERIPHERAL_API__ALLOWED_HOSTS" in problem(response, 421, "misdirected")["detail"]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]:8000"])
async def test_loopback_may_be_called_by_its_names(client: httpx.AsyncClient, host: str) -> None:
    assert (await client.get("/v1/series", headers={"host": host})).status_code == 200


def test_the_names_are_the_settings_ones_and_any_beyond_loopback() -> None:
    given = ApiSettings(host="0.0.0.0", allowed_hosts=("Desk.example", "[fd00::1]"))
    assert allowed_hosts(given) == {"desk.example", "fd00::1", "localhost", "127.0.0.1", "::1"}
    assert allowed_hosts(ApiSettings(host="0.0.0.0")) == frozenset()


async def test_trials_are_those_of_one_strategy(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/trials", params={"strategy": "view-a", "from": "2024-01-02"})
    found = research_views.TrialsView(**answer.json())
    assert (found.strategy_id, found.trials, found.with_sharpe) == ("view-a", 3, 2)
    said = problem(await client.get("/v1/trials"), 400, "invalid-parameter")
    assert "say whose trials" in said["detail"]
    problem(await client.get("/v1/trials?strategy=a&from=soon"), 400, "invalid-parameter")
    problem(await client.get("/v1/trials?strategy=a&top=1"), 400, "invalid-parameter")
