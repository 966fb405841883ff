"""`peripheral sweep`, `walkforward` and `montecarlo`: what is shown, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest

from deploy.cli import peripheral
from deploy.errors import UserError
from deploy.research.sweep_params import parse_given
from processors.research.sweeps.space import Range
from tests.processors.research.sweeps.trading import SIMPLE, days, figures, single

pytestmark = pytest.mark.usefixtures("nothing_runs")
CASH = 10_000.0
BARS = days(900, 11)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A strategy and its bars."""
    folder = tmp_path_factory.mktemp("searching")
    lines = ["date,open,high,low,close,volume"]
    for row in range(len(BARS)):
        day = np.datetime64(int(BARS.ts[row]), "us").astype("datetime64[D]")
        prices = (BARS.open, BARS.high, BARS.low, BARS.close, BARS.volume)
        lines.append(",".join([str(day), *(repr(float(each[row])) for each in prices)]))
    (folder / "AAA.csv").write_text("\n".join(lines) + "\n")
    (folder / "cross.py").write_text(SIMPLE)
    return str(folder / "cross.py"), str(folder / "AAA.csv")


def run(command: str, files: tuple[str, str], *more: str) -> int:
    arguments = [command, files[0], "--bars", files[1], *more]
    outcome = peripheral.main(arguments, standalone_mode=False)
    assert isinstance(outcome, int)
    return outcome


SPACE = ("--param", "fast=2:10:4", "--param", "slow=20,30,40", "--where", "fast < slow")


def told(capsys: pytest.CaptureFixture[str]) -> Any:
    """Of a command's JSON; beside it, on stderr, is what is to be known."""
    found = capsys.readouterr()
    assert found.err.splitlines()[-1] == "Trials are not recorded: nothing is running."
    return json.loads(found.out)


def test_a_sweep_tells_the_best_as_its_backtest_does(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    page, table = tmp_path / "it.html", tmp_path / "it.csv"
    more = ("--top", "3", "--html", str(page), "--csv", str(table))
    assert run("sweep", files, *SPACE, "--json", *more) == 0
    found = told(capsys)
    assert found["trials_tried"] == 9 and len(found["top"]) == 3
    alone = figures(single(SIMPLE, [BARS], found["params"]), CASH)
    same = [name for name in alone if name not in ("deflated_sharpe", "expected_max_sharpe")]
    assert {name: found[name] for name in same} == {name: alone[name] for name in same}
    assert len(table.read_text().splitlines()) == 10
    assert b'id="heat"' in page.read_bytes()


def test_a_sweep_shows_a_table_and_what_it_is_worth(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("sweep", files, *SPACE, "--by", "return_pct", "--top", "2") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].split()[:4] == ["fast", "slow", "Total", "return"]
    assert "9 combinations were tried (grid)." in lines
    assert "deflated Sharpe" in lines[-2]
    assert lines[-1] == "Trials are not recorded: nothing is running."


@pytest.mark.parametrize("method", ["random", "bayes"])
def test_a_seed_gives_the_same_sweep_again(
    method: str, files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    more = (*SPACE, "--json", "--method", method, "--trials", "5", "--seed", "3")
    run("sweep", files, *more)
    one = told(capsys)
    run("sweep", files, *more, "--processes", "2")
    assert told(capsys) == one
    assert one["trials_tried"] == 5 and one["seed"] == 3


def test_a_walk_forward_tells_every_fold_and_all_together(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    more = (*SPACE, "--train", "1y", "--test", "6mo", "--cross", "--groups", "5", "--blocks", "8")
    assert run("walkforward", files, *more, "--json") == 0
    found = told(capsys)
    assert [fold["trials_tried"] for fold in found["folds"]] == [9] * len(found["folds"])
    assert len(found["folds"]) == 3
    grown = np.prod([1.0 + fold["test"]["return_pct"] / 100.0 for fold in found["folds"]])
    assert found["return_pct"] == pytest.approx(100.0 * (grown - 1.0))
    across = found["cross_validation"]
    assert (across["splits"], across["paths"]) == (10, 4)
    assert 0.0 <= across["overfitting_probability"] <= 1.0
    assert run("walkforward", files, *more, "--anchored") == 0
    out = capsys.readouterr().out
    assert "All tests, one after the other: Sharpe ratio" in out
    assert "Probability of overfitting" in out


def test_monte_carlo_tells_how_figures_are_spread_out(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    more = ("--runs", "50", "--jitter-runs", "5", "--noise-runs", "6", "--seed", "2")
    assert run("montecarlo", files, *more, "--json") == 0
    found = told(capsys)
    alone = figures(single(SIMPLE, [BARS], {}), CASH)
    assert found["actual"]["sharpe"] == alone["sharpe"]
    assert found["params"] == {"fast": 5, "slow": 20}
    assert found["bootstrap"]["sharpe"]["count"] == 50
    assert found["noise"]["return_pct"]["count"] == 6
    assert run("montecarlo", files, *more) == 0
    assert "Max. drawdown, trade by trade, in another order" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "more", "said"),
    [
        ("sweep", ("--where", "fast + 1 < slow"), "not a comparison"),
        ("sweep", ("--where", "fast < 1"), "No combination has fast < 1."),
        ("sweep", ("--param", "other=1:3"), "no param other; it has fast, slow"),
        ("sweep", ("--param", "fast=1:5"), "--param fast: 1.0 is below 2.0"),
        ("sweep", ("--param", "fast=9:5"), "from low to high"),
        ("sweep", ("--param", "fast=2:5:0"), "steps above 0"),
        ("sweep", ("--param", "fast=2:5:1:1"), "LOW:HIGH or LOW:HIGH:STEP"),
        ("sweep", ("--param", "fast=2:x"), "not NAME=VALUE"),
        ("sweep", ("--by", "luck"), "no figure luck"),
        ("sweep", ("--trials", "0"), "--trials is a number from 1 on"),
        ("sweep", ("--processes", "0"), "--processes is a number from 1 on"),
        ("sweep", ("--from", "2050-01-01"), "no bars in this period"),
        ("sweep", ("--csv", "/nowhere/it.csv"), "can't be written"),
        ("sweep", ("--html", "/nowhere/it.html"), "there is no folder /nowhere"),
        ("sweep", ("--sample",), "--sample or --bars, not both"),
        ("walkforward", ("--train", "long"), "--train: 'long' is no length of time"),
        ("walkforward", ("--train", "9y"), "The bars are too few"),
        ("walkforward", ("--cross", "--tested", "10"), "1 to 9 can be tested"),
        ("walkforward", ("--cross", "--blocks", "7"), "even number"),
        ("walkforward", ("--cross", "--purge", "900"), "nothing to train on"),
        ("walkforward", ("--cross", "--method", "bayes", "--trials", "2"), "take a grid"),
        ("montecarlo", ("--runs", "0"), "--runs is a number from 1 to 1,000,000"),
        ("montecarlo", ("--runs", "100000000"), "--runs is a number from 1 to 1,000,000"),
        ("montecarlo", ("--noise-runs", "1000001"), "--noise-runs is a number from 1 to"),
        ("montecarlo", ("--jitter", "100000000"), "--jitter is a number from 0 to 1,000"),
        ("montecarlo", ("--noise", "-1"), "--noise is a number from 0 on"),
        ("montecarlo", ("--block", "901"), "A block has from 1 to 900 periods"),
        ("montecarlo", ("--param", "fast=1"), "--param fast: 1.0 is below 2.0"),
        ("montecarlo", ("--from", "2050-01-01"), "no bars in this period"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(
    command: str, more: tuple[str, ...], said: str, files: tuple[str, str]
) -> None:
    ranged = any("=" in each for each in more)
    space = () if command == "montecarlo" or ranged else SPACE[:4]
    with pytest.raises(UserError, match=r".*") as caught:
        run(command, files, *space, *more)
    assert said in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("option", ["--purge", "--embargo"])
def test_nothing_less_than_none_is_left_out(files: tuple[str, str], option: str) -> None:
    with pytest.raises(click.BadParameter, match="-3 is not in the range"):
        run("walkforward", files, *SPACE, "--cross", option, "-3")


def test_findings_of_the_strategy_are_shown(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("def on_bar(bar):\n    x = nothing\n")
    for command in ("sweep", "walkforward", "montecarlo"):
        assert run(command, (str(broken), files[1])) == 1
        assert "nothing" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("fast=5:50:5", ("fast", Range(5.0, 50.0, 5.0))),
        ("fast = 5:50", ("fast", Range(5.0, 50.0))),
        ("fast=5, 10,20", ("fast", (5.0, 10.0, 20.0))),
        ("fast=10", ("fast", 10.0)),
        ("on=true,false", ("on", (1.0, 0.0))),
    ],
)
def test_ranges_lists_and_values(text: str, given: tuple[str, object]) -> None:
    assert parse_given(text) == given
