"""What is accepted and what is refused, where a golden would not say why."""

from __future__ import annotations

import pytest

from sandbox.compiler.driver import compile_source
from tests.sandbox.checking import codes, helpers, refused
from tests.sandbox.running import body

ASSIGNED = {
    "both branches": ("if bar.close > 1:", "    x = 1.0", "else:", "    x = 2.0"),
    "all branches": (
        "if bar.close > 1:",
        "    x = 1.0",
        "elif bar.close > 0:",
        "    x = 2.0",
        "else:",
        "    x = 3.0",
    ),
    "the branch that stays": ("if bar.close > 1:", "    return", "else:", "    x = 2.0"),
    "a loop's other way": (
        "x = 0.0",
        "for i in range(3):",
        "    if i > 1:",
        "        y = 1.0",
        "    else:",
        "        continue",
        "    x = y",
    ),
}
UNASSIGNED = {
    "one branch": ("if bar.close > 1:", "    x = 1.0"),
    "a branch of three": (
        "if bar.close > 1:",
        "    x = 1.0",
        "elif bar.close > 0:",
        "    y = 2.0",
        "else:",
        "    x = 3.0",
    ),
    "a loop that may have no rounds": ("for i in range(3):", "    x = 1.0"),
    "a while": ("while bar.close > 1:", "    x = 1.0", "    break"),
    "behind a continue": (
        "for i in range(3):",
        "    if i > 1:",
        "        continue",
        "    x = 1.0",
    ),
    "a branch of a loop": ("for i in range(3):", "    if i > 1:", "        x = 1.0", "    y = x"),
}


@pytest.mark.parametrize("name", ASSIGNED)
def test_a_name_that_every_way_gives_a_value_can_be_read(name: str) -> None:
    compile_source(body(*ASSIGNED[name], "score(x)"))


@pytest.mark.parametrize("name", UNASSIGNED)
def test_a_name_that_some_way_gives_no_value_cannot(name: str) -> None:
    assert codes(body(*UNASSIGNED[name], "score(x)")) == {"maybe-unassigned"}


@pytest.mark.parametrize(
    ("lines", "at"),
    [
        (("return", "score(1)"), 6),
        (("for i in range(3):", "    break", "    score(i)"), 7),
        (("for i in range(3):", "    continue", "    score(i)"), 7),
        (
            (
                "if bar.close > 1:",
                "    return",
                "elif bar.close > 0:",
                "    return",
                "else:",
                "    return",
                "score(1)",
            ),
            11,
        ),
        (("while True:", "    if bar.close > 1:", "        break", "        score(1)"), 8),
    ],
)
def test_code_that_no_bar_gets_to_is_refused(lines: tuple[str, ...], at: int) -> None:
    (found,) = refused(body(*lines))
    assert (found.code, found.line) == ("unreachable", at)


def test_a_loop_that_never_ends_is_the_bar_s_own_affair() -> None:
    compile_source(body("while True:", "    x = 1.0"))


@pytest.mark.parametrize(
    "part",
    [
        "def f(x):\n    return f(x)\n",
        "def f(x):\n    return g(x)\n\n\ndef g(x):\n    return 1.0 + h(x)\n\n\n"
        "def h(x):\n    return f(x)\n",
        "def f(x):\n    for i in range(3):\n        if f(x) > 1.0:\n            return x\n"
        "    return x\n",
    ],
)
def test_recursion_is_refused_once(part: str) -> None:
    (found,) = refused(helpers(part, body("score(f(bar.close))")))
    assert (found.code, found.line) == ("recursion", 3)


LENGTHS = {
    "a number": "3",
    "a param": "n",
    "a sum of params": "n + 2 * n",
    "a part of a param": "(n + 1) // 2",
    "a rounded part": "int(n * 0.5 + 1)",
    "a rounded root": "int(math.floor(math.sqrt(n))) + 1",
    "the larger of two": "max(n, 4)",
    "a rest": "1 + n % 3",
    "a name for one": "m",
}
NO_LENGTHS = {
    "of the bar": "int(bar.close)",
    "a whole number of the bar": "bar.time",
    "a param without bounds": "k",
    "a param that may be infinite": "int(x * 1e308 * 1e308)",
    "a product that may wrap": "n * 9007199254740992 * 9007199254740992",
    "a rest of the bar": "int(bar.close) % 3 + p",
    "a name that is set twice": "q",
}
HEADER = "n = param(3, low=2, high=9)\nk = param(3)\nx = param(1.0, low=0.0, high=2.0)\n"
NAMES = ("m = n + 1", "p = 1", "q = 3", "if bar.close > 1:", "    q = 4")


@pytest.mark.parametrize("name", LENGTHS)
def test_a_length_is_whatever_has_a_known_largest_value(name: str) -> None:
    text = LENGTHS[name]
    lines = (f"y = ta.sma(bar.close, {text})", f"z = bar.close[{text}]", "score(y + z)")
    compile_source(helpers(HEADER, body(*NAMES, *lines)))


@pytest.mark.parametrize("name", NO_LENGTHS)
def test_what_has_no_known_largest_value_is_no_length(name: str) -> None:
    text = NO_LENGTHS[name]
    lines = (f"y = ta.sma(bar.close, {text})", f"z = bar.close[{text}]", f"c = window({text})")
    loop = (f"for i in range({text}):", "    pass")
    found = refused(helpers(HEADER, body(*NAMES, *lines, *loop, "score(y + z + c[0])")))
    assert [each.code for each in found] == ["length", "history-length", "length", "loop-bound"]


def test_a_helper_s_argument_is_bounded_where_every_caller_s_is() -> None:
    part = "def f(x, n):\n    return x[n] + ta.sma(x, n)\n"
    compile_source(helpers(HEADER + part, body("score(f(bar.close, n) + f(bar.open, 4))")))
    loose = refused(helpers(HEADER + part, body("score(f(bar.close, n) + f(bar.open, k))")))
    assert {found.code for found in loose} == {"history-length", "length"}
    changed = part.replace("    return", "    n += 100\n    return")
    found = refused(helpers(HEADER + changed, body("score(f(bar.close, 3))")))
    assert {each.code for each in found} == {"history-length", "length"}


def test_a_history_is_as_long_as_the_largest_of_all_that_its_readers_ask_for() -> None:
    def state_bytes(*lines: str) -> int:
        return compile_source(helpers(HEADER, body(*lines))).metadata.state_bytes

    one = state_bytes("score(bar.close[1])")
    assert state_bytes("score(bar.close[n] + bar.close[2])") == one + 8 * 15  # 16 cells of 1
    assert state_bytes("score(bar.close[1] + bar.close[1])") == one


def test_the_kind_of_a_name_is_its_first_value_s() -> None:
    compile_source(body("x = 0.0", "x = 1", "x += bar.time", "score(x)"))
    assert codes(body("x = 0", "x = bar.close")) == {"type"}
    assert codes(body("x = True", "x = 1")) == {"type"}
    assert codes(body("x = 1", "x = bar.close > 1")) == {"type"}
    assert codes(body("x = state(0)", "x += 0.5")) == {"type"}


def test_findings_are_all_there_at_once_in_the_order_of_the_source() -> None:
    part = "def f(x: float):\n    return clsoe + x\n\n\ndef g(x: float):\n    return x +  opne\n"
    lines = (
        "score(hihg)",
        "if lwo > 1:",
        "    exit(vlue=1)",
        "for i in range(tmie):",
        "    k = ta.x(i)",
    )
    found = refused(helpers(part, body(*lines)))
    assert [(each.line, each.column) for each in found] == [
        (4, 12),
        (8, 17),
        (11, 11),
        (12, 8),
        (13, 9),
        (14, 20),
        (15, 13),
    ]


def test_a_name_of_the_language_is_nobody_else_s() -> None:
    for name in ("highest", "crossover", "min", "enter_long", "state", "bar", "ta", "position"):
        part = f"def {name}(x):\n    return 7.0\n"
        assert "name" in codes(helpers(part, body("score(1.0)")))


def test_a_helper_that_nothing_calls_is_of_any_kind_that_fits_it() -> None:
    """Its arguments' kinds are for its callers to say; other mistakes are found already."""
    part = "def f(on, x):\n    return x * {} if x > 1 and on else 0.0\n"
    compile_source(helpers(part.format("2.0"), body("score(1.0)")))
    found = refused(helpers(part.format("clsoe"), body("score(1.0)")))
    assert [each.code for each in found] == ["name"]
