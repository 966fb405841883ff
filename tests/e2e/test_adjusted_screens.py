"""Splits and dividends in screens, on real processes: on demand, standing and by the command they
see the same prices, and a universe's volatility goes on over them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from deploy.cli import peripheral
from deploy.environment import settings_variables
from deploy.ingest_facts import publish
from schemas.events.actions import Action, DividendDeclared, SplitDeclared
from schemas.events.market import BarClosed
from schemas.events.screens import ScreenClosed
from schemas.research_views import ScreenResult
from streams.admission import admit
from streams.catalog import ACTIONS, SCREENS
from streams.codec import rfc3339
from streams.producer import partition_of
from streams.reader import read_partition
from streams.settings import ResearchSettings
from tests.e2e.compare import assert_database_is_fold_of_log
from tests.e2e.market import DAY_US, market
from tests.e2e.system import System, open_system, publish_bars, wait_until
from tests.e2e.test_screens import LIMIT_S, MOMENTUM, ask, closes, define, members, register

FEED = "acted"
SYMBOLS = ("SYM0", "SYM1", "SYM2")
DAYS, MORE = 100, 20


def split(symbol: str, day: int, ratio: float) -> SplitDeclared:
    return SplitDeclared(feed=FEED, symbol=symbol, ex_date=date_of(day), ratio=ratio)


def date_of(day: int) -> date:
    return date(1970, 1, 1) + timedelta(days=day)


PAID = DividendDeclared(feed=FEED, symbol="SYM1", ex_date=date_of(70), amount=2.5)
EARLY: list[Action] = [split("SYM0", 80, 4.0), PAID, split("SYM1", DAYS + 3, 2.0)]
LATE = split("SYM2", 60, 0.5)


def in_units_of_the_day(each: BarClosed) -> BarClosed:
    ratio = 1.0
    for action in (*EARLY, LATE):
        day_us = (action.ex_date - date(1970, 1, 1)).days * DAY_US
        if isinstance(action, SplitDeclared) and action.symbol == each.symbol and day_us <= each.ts:
            ratio *= action.ratio
    prices = {name: getattr(each, name) / ratio for name in ("open", "high", "low", "close")}
    return each.model_copy(update={**prices, "volume": each.volume * ratio})


BARS = [in_units_of_the_day(each) for each in market(len(SYMBOLS), DAYS + MORE, feed=FEED)]


@pytest.fixture(scope="module")
def lab() -> Iterator[System]:
    with open_system(research=ResearchSettings(lease_s=2.0)) as running:
        running.register("momentum", MOMENTUM)
        publish_days(running, 0, DAYS)
        declare(running, EARLY)
        wait_until(lambda: is_there(running, DAYS, len(EARLY)), LIMIT_S)
        define(running, "three", feed=FEED, symbols=SYMBOLS, effective="1970-01-01")
        rule = {"volatility_max": 0.45, "window_bars": 10}
        define(running, "calm", feed=FEED, rule=rule)
        yield running


def publish_days(system: System, first: int, until: int) -> None:
    size = len(SYMBOLS)
    asyncio.run(publish_bars(system.settings, BARS[first * size : until * size]))


def declare(system: System, actions: Sequence[Action]) -> None:
    asyncio.run(publish(actions, ACTIONS, system.settings))


def is_there(system: System, days: int, actions: int) -> bool:
    listed = system.ask("/v1/series").json()["series"]
    declared = system.ask("/v1/actions", feed=FEED).json()["actions"]
    opens = [each["last_ts"] for each in listed if each["feed"] == FEED]
    return opens == [rfc3339((days - 1) * DAY_US)] * len(SYMBOLS) and len(declared) == actions


def on_demand(system: System, universe: str, close_us: int) -> ScreenResult:
    answer = ask(system, universe=universe, as_of=rfc3339(close_us))
    assert answer.json()["state"] == "completed", answer.text
    return ScreenResult(**system.ask(answer.json()["report"]).json())


def write_files(folder: Path, actions: Sequence[Action]) -> None:
    """What the command needs to do without a database."""
    (folder / "momentum.py").write_text(MOMENTUM)
    names = ("ts", "symbol", "open", "high", "low", "close", "volume")
    table = pl.DataFrame([{name: getattr(each, name) for name in names} for each in BARS])
    time = pl.col("ts").cast(pl.Datetime("us")).alias("time")
    table.select(time, *names[1:]).write_parquet(folder / "bars.parquet")
    lines = ["symbol,ex_date,type,amount,ratio"]
    for each in actions:
        if isinstance(each, SplitDeclared):
            lines.append(f"{each.symbol},{each.ex_date},split,,{each.ratio}")
        else:
            lines.append(f"{each.symbol},{each.ex_date},dividend,{each.amount},")
    (folder / "actions.csv").write_text("\n".join(lines) + "\n")


def command(folder: Path, *arguments: str, **variables: str) -> ScreenResult:
    given = ["screen", str(folder / "momentum.py"), "--param", "length=20", "--json", *arguments]
    done = CliRunner().invoke(peripheral, given, env=variables)
    assert done.exit_code == 0, (done.output, done.exception)
    return ScreenResult.model_validate_json(done.stdout)


def test_files_the_database_and_a_request_see_the_same(lab: System, tmp_path: Path) -> None:
    write_files(tmp_path, EARLY)
    files = ["--bars", str(tmp_path / "bars.parquet"), "--actions", str(tmp_path / "actions.csv")]
    where = ["--universe", "three", "--data-dir", str(lab.settings.data_dir)]
    variables = settings_variables(lab.settings)
    for day in (65, 75, 79, 80, 99):
        as_of = ["--as-of", str(date_of(day))]
        offline = command(tmp_path, *files, *as_of)
        stored = command(tmp_path, *where, *as_of, **variables)
        asked = on_demand(lab, "three", (day + 1) * DAY_US)
        assert offline.matches == stored.matches == asked.matches != []
        assert offline.receipt == stored.receipt == asked.receipt
        assert min(match.score or 0.0 for match in asked.matches) > -60.0
    raw = command(tmp_path, *files[:2], "--as-of", str(date_of(80)))
    assert min(match.score or 0.0 for match in raw.matches) < -60.0, "else a split is a crash"


def receipts(system: System, name: str) -> list[str]:
    return [each.receipt for each in closes(system, name)]


def said_on_the_log(system: System, name: str) -> list[int]:
    """The closes of a screen's records."""
    partitions = system.settings.kafka.partitions
    home = partition_of(name.encode(), partitions)
    records = asyncio.run(read_partition(system.settings, SCREENS.name, home))
    events = (admit(record, SCREENS, partitions) for record in records)
    return [e.close_ts for e in events if isinstance(e, ScreenClosed) and e.screen_id == name]


def assert_as_on_demand(system: System, name: str, universe: str, days: range) -> None:
    said = {int(each.close.timestamp()) // 86_400 - 1: each for each in closes(system, name)}
    for day in days:
        wanted = on_demand(system, universe, (day + 1) * DAY_US)
        assert said[day].receipt == wanted.receipt, day
        assert [(m.symbol, m.score, m.plots) for m in said[day].matches] == [
            (m.symbol, m.score, m.plots) for m in wanted.matches
        ]
        assert said[day].members == len(members(system, universe, (day + 1) * DAY_US))


@pytest.mark.timeout(300)
def test_a_standing_screen_says_what_a_request_does_also_of_what_comes_late(lab: System) -> None:
    begin = rfc3339((DAYS - 20) * DAY_US)
    for name, universe in (("of-three", "three"), ("of-calm", "calm")):
        answer = register(lab, name, universe=universe, begin=begin, params={"length": 20})
        assert answer.status_code == 201, answer.text
        wait_until(lambda: len(closes(lab, name)) == 21, LIMIT_S)  # noqa: B023
        assert_as_on_demand(lab, name, universe, range(DAYS - 21, DAYS))
    sizes = {each.members for each in closes(lab, "of-calm")}
    assert len(sizes) > 1
    publish_days(lab, DAYS, DAYS + 5)
    wait_until(lambda: len(closes(lab, "of-three")) == 26, LIMIT_S)
    assert_as_on_demand(lab, "of-three", "three", range(DAYS, DAYS + 5))
    before = receipts(lab, "of-three")
    before_rule = receipts(lab, "of-calm")
    declare(lab, [LATE])
    wait_until(lambda: is_there(lab, DAYS + 5, len(EARLY) + 1), LIMIT_S)
    publish_days(lab, DAYS + 5, DAYS + 8)
    wait_until(lambda: len(closes(lab, "of-three")) == 29, LIMIT_S)
    lab.kill("screens")
    publish_days(lab, DAYS + 8, DAYS + 12)
    lab.restart("screens")
    wait_until(lambda: len(closes(lab, "of-three")) == 33, LIMIT_S)
    wait_until(lambda: len(closes(lab, "of-calm")) == 33, LIMIT_S)
    assert_as_on_demand(lab, "of-three", "three", range(DAYS + 5, DAYS + 12))
    assert_as_on_demand(lab, "of-calm", "calm", range(DAYS + 5, DAYS + 12))
    assert receipts(lab, "of-three")[: len(before)] == before, "what was said stays"
    assert receipts(lab, "of-calm")[: len(before_rule)] == before_rule
    for name in ("of-three", "of-calm"):
        days = range(DAYS - 21, DAYS + 12)
        assert said_on_the_log(lab, name) == [(day + 1) * DAY_US for day in days], "each once"
    then = on_demand(lab, "three", (DAYS + 5) * DAY_US)
    assert then.receipt != before[-1], "a request as of then has what came since"
    assert_database_is_fold_of_log(lab.settings)


def test_an_action_that_can_t_be_is_refused_in_words(lab: System) -> None:
    wrong = DividendDeclared(feed=FEED, symbol="SYM2", ex_date=date_of(20), amount=1e6)
    answer = register(lab, "poor", universe="three")
    assert answer.status_code == 201, answer.text
    wait_until(lambda: len(closes(lab, "poor")) == 1, LIMIT_S)
    day = len(BARS) // len(SYMBOLS) - 1
    count = len(lab.ask("/v1/actions", feed=FEED).json()["actions"])
    declare(lab, [wrong])
    wait_until(
        lambda: len(lab.ask("/v1/actions", feed=FEED).json()["actions"]) == count + 1, LIMIT_S
    )
    says = "can't be used: SYM2: a dividend of 1e+06 on 1970-01-21"
    answer = ask(lab, universe="three", as_of=rfc3339(DAYS * DAY_US))
    assert answer.json()["state"] != "completed"
    assert says in answer.json()["message"]
    publish_days(lab, DAYS + 12, day + 1)

    def found() -> dict[str, object]:
        answer: dict[str, object] = lab.ask("/v1/screens/standing/poor").json()
        return answer

    wait_until(lambda: found().get("state") == "refused", LIMIT_S, lambda: str(found()))
    assert found()["reason"] == "actions"
    assert says in str(found()["message"])
