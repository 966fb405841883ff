"""`peripheral verify`: each check on real bars, and what a person and a program are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from deploy.commands.verify import command
from deploy.errors import UserError
from sandbox.compiler.driver import compile_source
from tests.processors.research.verification.peeking import CROSSING, peeking
from tests.sandbox.foreign.modules import COUNT, FOREIGN, OUTPUT, STATE, built, module_bytes

CHECKS = ("lookahead", "warm-up", "parity", "costs", "luck")
HOLDING = '''"""Takes small gains and cuts losses, by what it holds."""


def on_bar(bar):
    plot("held", position.size)
    if position.size == 0.0:
        enter_long(percent=90.0)
    elif position.open_profit > 100.0 or position.open_profit < -200.0:
        exit()
'''
HIDDEN = module_bytes(
    f"""{COUNT} (global.set $g (i64.add (global.get $g) (i64.const 1)))
      (if (i64.eqz (i64.rem_s (global.get $g) (i64.const 7))) (then
        (i64.store (i32.const {OUTPUT[0]}) (i64.const 1))))""",
    more="(global $g (mut i64) (i64.const 0))",
)
COUNTED = module_bytes(
    f"""{COUNT} (if (i64.eqz (i64.rem_s (i64.load (i32.const {STATE[0]})) (i64.const 7))) (then
        (i64.store (i32.const {OUTPUT[0]}) (i64.const 1))))"""
)


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, nothing_runs: None) -> None:
    """An empty one, to work in."""
    monkeypatch.chdir(tmp_path)


def run(name: str, content: str | bytes, *more: str) -> Result:
    file = Path(name)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    arguments = [str(file), "--sample", "--symbols", "AAPL,IBM", *more]
    return CliRunner().invoke(command, arguments, standalone_mode=False)


def checks(done: Result) -> dict[str, dict[str, Any]]:
    assert done.exception is None, done.output
    found = json.loads(done.stdout)["checks"]
    assert [each["check"] for each in found] == list(CHECKS)
    return {each["check"]: each for each in found}


def test_a_strategy_of_ours_holds_and_the_exit_code_says_so() -> None:
    done = run("crossing.py", CROSSING, "--from", "2003-01-01", "--slippage", "0.01%", "--json")
    assert done.return_value == 0
    found = checks(done)
    for name in ("lookahead", "warm-up", "parity"):
        assert (found[name]["state"], found[name]["remedy"]) == ("holds", None)
    assert found["lookahead"]["cuts"] >= 90
    assert (found["warm-up"]["bars"], found["warm-up"]["had"]["IBM"]) == (10, 712)
    assert len(set(found["parity"]["sha256"].values())) == 1
    assert [each["factor"] for each in found["costs"]["outcomes"]] == [0, 1, 2, 4, 8]
    assert not found["costs"]["assumed"]
    assert (found["luck"]["state"], found["luck"]["trials"]) == ("unknown", None)
    again = run("crossing.py", CROSSING, "--from", "2003-01-01", "--slippage", "0.01%", "--json")
    assert again.stdout == done.stdout


def test_a_module_that_looks_ahead_ends_with_1() -> None:
    done = run("peeking.wasm", peeking(CROSSING), "--json")
    assert done.return_value == 1
    found = checks(done)
    assert found["lookahead"]["state"] == "fails"
    assert found["lookahead"]["remedy"]
    told = run("peeking.wasm", peeking(CROSSING))
    assert told.return_value == 1
    assert "lookahead  fails" in told.stdout
    assert "was known from bars to come" in " ".join(told.stdout.split())
    same = run("crossing.wasm", compile_source(CROSSING).wasm)
    assert same.return_value == 0


@pytest.mark.parametrize(("wasm", "state", "code"), [(HIDDEN, "fails", 1), (COUNTED, "holds", 0)])
def test_a_module_of_another_compiler_with_hidden_state_is_found_out(
    wasm: bytes, state: str, code: int
) -> None:
    done = run("theirs.wasm", wasm, "--json")
    assert done.return_value == code
    found = checks(done)
    assert found["parity"]["state"] == state
    assert found["lookahead"]["state"] == "holds"
    assert found["costs"]["state"] == found["luck"]["state"] == "unknown"


def test_a_strategy_in_c_holds() -> None:
    done = run("ema.wasm", built(FOREIGN / "ema_cross_rsi.c"), "--from", "2004-01-01", "--json")
    found = checks(done)
    assert done.return_value == 0
    assert [found[name]["state"] for name in CHECKS[:3]] == ["holds"] * 3


def test_splits_and_dividends_are_no_lookahead() -> None:
    Path("actions.csv").write_text(
        "symbol,ex_date,type,ratio,amount\nAAPL,2005-02-28,split,2:1,\nIBM,2008-05-07,dividend,,0.5\n"
    )
    found = checks(
        run("crossing.py", CROSSING, "--actions", "actions.csv", "--from", "2003-01-01", "--json")
    )
    assert [found[name]["state"] for name in CHECKS[:3]] == ["holds"] * 3
    late = "symbol,ex_date,type,amount\nIBM,2008-05-07,dividend,5000\n"
    Path("actions.csv").write_text(late)
    done = run("crossing.py", CROSSING, "--actions", "actions.csv")
    assert isinstance(done.exception, UserError)
    assert "splits and dividends can't be used" in str(done.exception)


def test_every_check_is_of_the_account_that_was_asked_for() -> None:
    """What is held, and so what is said, depends on costs, and on each instrument's lots."""
    Path("instruments.csv").write_text(
        "symbol,tick_size,lot,currency,calendar\nIBM,0.5,7,USD,XNYS\n"
    )
    options: tuple[tuple[str, ...], ...] = (
        (),
        ("--slippage", "0.5%"),
        ("--slippage", "0.5%", "--lot", "7"),
        ("--slippage", "0.5%", "--instruments", "instruments.csv"),
    )
    said = set()
    for more in options:
        found = checks(run("holding.py", HOLDING, "--to", "2003-01-01", *more, "--json"))
        for name in ("lookahead", "parity"):
            assert found[name]["state"] == "holds", (more, found[name])
        said |= set(found["parity"]["sha256"].values())
    assert len(said) == len(options), "one for each, of all three ways"


def test_the_number_of_trials_can_be_given() -> None:
    some = checks(run("crossing.py", CROSSING, "--trials", "3", "--json"))["luck"]
    many = checks(run("crossing.py", CROSSING, "--trials", "3000", "--json"))["luck"]
    assert (some["trials"], many["trials"]) == (3, 3000)
    assert many["deflated_sharpe"] < some["deflated_sharpe"] < some["probabilistic_sharpe"]
    assert "with params beside" in some["source"]
    given = ("--trials", "3", "--trials-variance", "0.25")
    stated = checks(run("crossing.py", CROSSING, *given, "--json"))["luck"]
    assert (stated["sharpe_variance"], stated["source"]) == (0.25, "both as given")
    plain = CROSSING.replace("length = param(10, low=2, high=50)", "length = 10")
    assert (
        "by chance alone" in checks(run("p.py", plain, "--trials", "3", "--json"))["luck"]["source"]
    )


def test_a_person_sees_what_was_found_and_what_to_do() -> None:
    done = run("crossing.py", CROSSING, "--from", "2000-03-06", "--commission", "2%")
    assert done.return_value == 0
    assert done.stdout.startswith("Enters where the close rises above its average.\nAAPL, IBM, 1d,")
    assert "warm-up    warns" in done.stdout
    assert "→ Trade --from a time with 10 bars before it." in done.stdout
    assert "costs      warns" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100
    assert done.stdout.splitlines()[-1] == "Of 5 checks: 2 hold, 2 warn, 1 unknown."
    strict = run("crossing.py", CROSSING, "--from", "2000-03-06", "--commission", "2%", "--strict")
    assert strict.return_value == 1


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--trials", "0"), "--trials is a number from 1 on"),
        (("--trials-variance", "1"), "goes with --trials"),
        (("--trials", "1", "--trials-variance", "-1"), "--trials-variance is a number from 0 on"),
        (("--seed", "-1"), "--seed"),
        (("--since", "lately"), "--since"),
        (("--param", "length=1"), "--param length: 1.0 is below 2.0"),
        (("--from", "2050-01-01"), "no bars in this period"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(more: tuple[str, ...], said: str) -> None:
    done = run("crossing.py", CROSSING, *more)
    assert isinstance(done.exception, UserError)
    assert said in str(done.exception)


@pytest.mark.parametrize(
    "content", [b"no module", module_bytes(memory="1 2"), peeking(CROSSING)[:99]]
)
def test_a_file_that_is_no_module_is_refused(content: bytes) -> None:
    done = run("broken.wasm", content)
    assert isinstance(done.exception, UserError)
    assert "broken.wasm is" in str(done.exception)


def test_findings_of_a_source_are_shown() -> None:
    done = run("broken.py", "def on_bar(bar):\n    x = nothing\n")
    assert done.return_value == 1
    assert "nothing" in done.stderr
