"""The page of a sweep: a heat map of two params, and as closed as a backtest's page."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from functools import cache

import pytest

from processors.research.report.heat import Heat, heat_of
from processors.research.report.sweep_html import sweep_html
from processors.research.report.sweep_json import sweep_json
from processors.research.report.sweep_rows import as_csv
from processors.research.sweeps.ranking import names_for
from processors.research.sweeps.search import Method, Search
from processors.research.sweeps.space import Given, Range, space_of
from processors.research.sweeps.swept import Swept, pool_of, swept
from processors.research.sweeps.tape import ALL
from processors.research.sweeps.where import condition_of
from tests.processors.research.report.test_as_html import (
    HOSTILE,
    LOADING,
    charts_of,
    parsed,
    policy_of,
    scripts_of,
)
from tests.processors.research.sweeps.trading import compiled, days, study

THREE = '''"""Three lengths."""

fast = param(3, low=2, high=9)
slow = param(20, low=10, high=40)
last = param(5, low=2, high=6)


def on_bar(bar):
    a = ta.sma(bar.close, fast)
    b = ta.sma(bar.close, slow)
    if crossover(a, b):
        enter_long()
    elif crossunder(ta.sma(bar.close, last), b):
        exit()
'''
BARS = (days(300, 7),)
GIVEN: dict[str, Given] = {
    "fast": Range(2.0, 8.0, 2.0),
    "slow": (10.0, 40.0, 20.0),
    "last": (2.0, 4.0),
}


@cache
def sweep(method: Method = "grid", *varied: str) -> Swept:
    given = {name: GIVEN[name] for name in varied or GIVEN}
    space = space_of(
        compiled(THREE).metadata.params,
        given,
        [condition_of("fast < slow", ["fast", "slow"])],
    )
    with pool_of(study(THREE, BARS), 1) as pool:
        return swept(pool, Search(space, method, "sharpe", names_for("sharpe"), 9, 2), ALL)


def heat(found: Swept) -> Heat:
    made = heat_of(found)
    assert made is not None
    return made


def test_the_two_params_with_most_values_are_drawn_at_the_best_one_s_others() -> None:
    found = sweep()
    made = heat(found)
    assert made.y is not None and (made.x.name, made.y.name) == ("fast", "slow")
    assert len(made.cells) == 12
    for (x, y), trial in made.cells.items():
        assert trial.params == {
            "fast": made.x.values[x],
            "slow": made.y.values[y],
            "last": found.best.params["last"],
        }
    assert found.best in made.cells.values()


def test_where_not_all_is_tried_a_place_has_its_best_trial() -> None:
    found = sweep("random")
    made = heat(found)
    places = {(trial.params["fast"], trial.params["slow"]) for trial in found.trials}
    assert len(made.cells) == len(places) > 3
    assert found.best in made.cells.values()


def test_one_param_is_a_line_and_too_many_places_are_not_drawn() -> None:
    found = sweep("grid", "fast")
    assert heat(found).y is None
    assert b'id="heat"' in sweep_html(study(THREE, BARS), found, 5)
    wide = space_of(
        compiled(THREE).metadata.params,
        {"fast": tuple(map(float, range(300))), "slow": tuple(map(float, range(300)))},
    )
    assert heat_of(replace(found, search=replace(found.search, space=wide))) is None


def test_the_page_loads_nothing_and_runs_only_its_own() -> None:
    page = parsed(sweep_html(study(THREE, BARS), sweep(), 5))
    assert [name for _, each in page.elements for name in each if name in LOADING] == []
    assert policy_of(page)["default-src"] == ["'none'"]
    running = [text for attributes, text in scripts_of(page) if "type" not in attributes]
    assert len(policy_of(page)["script-src"]) == len(running) == 2
    (place,) = [each for each in page.of("div") if each.get("id") == "heat"]
    assert "12 trials" in place["aria-label"]
    (item,) = charts_of(page)["items"]
    assert list(dict(item["roots"]).values()) == ["heat"]
    assert len(page.of("tr")) == 6


@pytest.mark.parametrize("words", HOSTILE)
def test_a_users_words_stay_words(words: str) -> None:
    def shown(said: str) -> bytes:
        asked = replace(study(THREE, BARS), source_name=said, symbols=(said,), interval=said)
        return sweep_html(asked, sweep(), 5)

    page, tame = parsed(shown(words)), parsed(shown("tame"))
    assert page.shape() == tame.shape()
    assert charts_of(page) == charts_of(tame)


def test_the_same_sweep_gives_the_same_bytes() -> None:
    sweep.cache_clear()
    one = sweep()
    sweep.cache_clear()
    other = sweep()
    assert one is not other
    asked = study(THREE, BARS)
    assert sweep_html(asked, one, 5) == sweep_html(asked, other, 5)
    assert sweep_json(asked, one, 5) == sweep_json(asked, other, 5)
    assert as_csv(one) == as_csv(other)


def test_csv_has_every_trial_and_json_the_best() -> None:
    found = sweep()
    rows = list(csv.DictReader(io.StringIO(as_csv(found))))
    assert [int(row["trial"]) for row in rows] == list(range(24))
    for row, trial in zip(rows, found.trials, strict=True):
        assert float(row["fast"]) == trial.params["fast"]
        assert (float(row["sharpe"]) if row["sharpe"] else None) == trial.figures["sharpe"]
    told = json.loads(sweep_json(study(THREE, BARS), found, 3))
    assert told["trials_tried"] == 24 and len(told["top"]) == 3
    assert told["top"][0]["params"] == told["params"] == found.best.params
    assert told["sharpe"] == told["top"][0]["sharpe"]
    assert told["deflated_sharpe"] is not None
