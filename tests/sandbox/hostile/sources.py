"""Sources by people who mean harm or know no better: name → source.

Each is either refused by diagnostics or compiles to a strategy that stays within its budget.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.sandbox.running import body

DOC = '"""Test."""\n'
Cases = Iterator[tuple[str, str]]


def after(*lines: str, on_bar: tuple[str, ...] = ("score(bar.close)",)) -> str:
    """A strategy with these lines before its on_bar."""
    return DOC + "\n".join(lines) + "\n" + body(*on_bar).removeprefix(DOC)


def _loops() -> Cases:
    yield "while true", body("x = 0.0", "while True:", "    x += 1.0")
    yield "while pass", body("while True:", "    pass")
    yield "while ellipsis", body("while True:", "    ...")
    yield "while continue", body("while True:", "    continue")
    yield "while na", body("while not bar.close > na:", "    pass")
    yield "while one", body("while 1:", "    pass")
    yield "while state", body("n = state(0)", "while n >= 0:", "    n += 1")
    yield "while window", body("w = window(500)", "while True:", "    w[3] = 1.0")
    for n in (0, -1, 1, 10**6, 10**9, 2**53):
        yield f"range {n}", body(f"for i in range({n}):", "    pass", "score(1.0)")
        yield f"range back {n}", body(f"for i in range({n}, -{2**53}, -1):", "    x = i")
        yield f"range step {n}", body(f"for i in range(0, {2**53}, {n}):", "    x = i")
    for deep in (2, 5, 10, 40, 56, 70, 99, 120):
        heads = [f"{'    ' * i}for i{i} in range(1000):" for i in range(deep)]
        yield f"{deep} nested for", body(*heads, "    " * deep + "x = 1.0")
        heads = [f"{'    ' * i}while bar.close > {i}.0:" for i in range(deep)]
        yield f"{deep} nested while", body(*heads, "    " * deep + "x = 1.0")
    helper = ("def spin(x: float):", "    while True:", "        x += 1.0", "    return x")
    yield "loop in a helper", after(*helper, on_bar=("score(spin(bar.close))",))
    yield "loop behind a return", body("while True:", "    return")
    costly = "math.sqrt(" * 12 + "x" + ")" * 12
    yield "roots", body("x = 1.5", "for i in range(60000):", f"    x = {costly}", "score(x)")
    yield "fills its budget", body("for i in range(200000):", "    x = bar.close / i", "score(x)")


def _recursion() -> Cases:
    one = ("def f(x: float):", "    return f(x)")
    yield "itself", after(*one, on_bar=("score(f(1.0))",))
    yield "itself unused", after(*one)
    two = ("def f(x: float):", "    return g(x)", "def g(x: float):", "    return f(x)")
    yield "one another", after(*two, on_bar=("score(f(1.0))",))
    yield (
        "itself in a branch",
        after("def f(n: int):", "    return 0 if n < 1 else f(n - 1)", on_bar=("score(f(5))",)),
    )
    yield "on_bar", body("on_bar(bar)")
    yield "shadowed", after("def ta(x):", "    return ta.ema(x, 3)", on_bar=("score(ta(1.0))",))
    ring = [line for i in range(60) for line in (f"def f{i}(x):", f"    return f{(i + 1) % 60}(x)")]
    yield "a ring of sixty", after(*ring, on_bar=("score(f0(1.0))",))


def calls_of(depth: int, times: int, leaf: str = "x + 1.0", wrap: str = "{}") -> str:
    """Helpers that each call the one before so many times."""
    lines = ["def f0(x: float):", f"    return {leaf}"]
    for i in range(1, depth):
        call = " + ".join([f"f{i - 1}(x)"] * times)
        lines += [f"def f{i}(x: float):", f"    return {wrap.format(call)}"]
    return after(*lines, on_bar=(f"score(f{depth - 1}(bar.close))",))


def _call_trees() -> Cases:
    for depth in (8, 12, 16, 20, 30, 35, 60, 200, 400):
        yield f"two calls each, {depth} deep", calls_of(depth, 2)
        yield f"a chain {depth} deep", calls_of(depth, 1)
        yield f"state, two calls each, {depth} deep", calls_of(depth, 2, "ta.sma(x, 3)")
    for depth in (3, 5, 8, 12):
        yield f"nine calls each, {depth} deep", calls_of(depth, 9)
        yield (
            f"deep expressions, {depth} deep",
            calls_of(depth, 1, wrap="abs(" * 40 + "{}" + ")" * 40),
        )
    loops = ["def f0(x: float):", "    return x"]
    for i in range(1, 20):
        loops += [f"def f{i}(x: float):", "    s = 0.0", "    for i in range(1000):"]
        loops += [f"        s += f{i - 1}(x)", "    return s"]
    yield "loops that call loops", after(*loops, on_bar=("score(f19(bar.close))",))


GROWTH: dict[str, tuple[str, tuple[int, ...]]] = {
    "indicators": ("x{i} = ta.ema(bar.close, 9)", (50, 400, 1_200)),
    "rings": ("x{i} = ta.sma(bar.close, 5000)", (2, 20, 200)),
    "macds": ("a{i}, b{i}, c{i} = ta.macd(bar.close, 3, 5, 4)", (45, 500)),
    "patterns": ("x{i} = ta.cdl3whitesoldiers(bar.open, bar.high, bar.low, bar.close)", (30, 300)),
    "windows": ("w{i} = window(5000)", (2, 50)),
    "states": ("s{i} = state(0.0)", (200, 2_000)),
    "histories": ("x{i} = bar.close[{i}]", (300, 2_000)),
    "plots": ('plot("p{i}", bar.close)', (64, 65, 900)),
    "alerts": ('alert(bar.close > {i}.0, "m{i}")', (63, 64, 900)),
    "timeframes": ('x{i} = timeframe("{i}m").close', (5, 60)),
    "weeks": ('x{i} = timeframe("1w").close', (5, 600)),
    "orders": ("enter_long(size={i}.0)", (50, 900)),
    "scores": ("score({i}.0)", (500, 3_000)),
    "mistakes": ("x = y{i}", (10, 1_500)),
    "locals": ("x{i} = {i}.0", (100, 3_000)),
    "powers": ("x{i} = math.pow(bar.close, {i}.5)", (100, 900)),
    "branches": ("x = 1.0 if bar.close > {i}.0 else 2.0", (100, 900)),
    "semicolons": ("x{i} = 1.0; y{i} = 2.0", (100, 900)),
}


def _growth() -> Cases:
    for name, (line, counts) in GROWTH.items():
        for count in counts:
            yield f"{count} {name}", body(*(line.format(i=i) for i in range(count)))
    for count in (64, 65, 3_000):
        yield f"{count} params", after(*(f"p{i} = param(1.0)" for i in range(count)))
        helpers = (f"def f{i}(x: float):\n    return x" for i in range(count))
        yield f"{count} helpers", after(*helpers)
        yield (
            f"{count} arguments",
            after(f"def f({', '.join(f'a{i}' for i in range(count))}):", "    return 1.0"),
        )


NESTED: dict[str, Callable[[int], str]] = {
    "round brackets": lambda n: f"score({'(' * n}1.0{')' * n})",
    "square brackets": lambda n: f"x = {'[' * n}{']' * n}",
    "braces": lambda n: f"x = {'{' * n}{'}' * n}",
    "open brackets": lambda n: f"x = {'(' * n}",
    "closing brackets": lambda n: f"x = 1{')' * n}",
    "minus": lambda n: f"score({'-' * n}1.0)",
    "plus": lambda n: f"score({'+' * n}bar.close)",
    "tilde": lambda n: f"score({'~' * n}1)",
    "not": lambda n: f"x = {'not ' * n}True",
    "await": lambda n: f"x = {'await ' * n}y",
    "lambda": lambda n: f"x = {'lambda: ' * n}1",
    "lambda default": lambda n: f"x = {'lambda a=(' * n}1{'): a' * n}",
    "sum": lambda n: f"score({'+'.join(['bar.close'] * n)})",
    "power": lambda n: f"score({'**'.join(['2.0'] * n)})",
    "comparison": lambda n: f"x = {'<'.join(['bar.close'] * n)}",
    "and": lambda n: f"x = {' and '.join(['bar.close > 1.0'] * n)}",
    "or": lambda n: f"x = {' or '.join(['True'] * n)}",
    "choices": lambda n: f"score({'1.0 if bar.close > 1.0 else ' * n}2.0)",
    "index": lambda n: f"score(bar.close{'[1]' * n})",
    "index in index": lambda n: f"score({'bar.close[' * n}1{']' * n})",
    "attributes": lambda n: f"score(bar{'.x' * n})",
    "calls": lambda n: f"score({'abs(' * n}1.0{')' * n})",
    "indicators in indicators": lambda n: f"score({'ta.ema(' * n}bar.close{', 3)' * n})",
    "called results": lambda n: f"score(f{'()' * n})",
    "stars": lambda n: f"score({'*' * n}x)",
    "targets": lambda n: f"{'x = ' * n}1.0",
    "tuple target": lambda n: f"{'(' * n}x{',)' * n} = 1.0",
    "walrus": lambda n: f"score({'(x := ' * n}1.0{')' * n})",
    "strings": lambda n: "x = " + " ".join(['"a"'] * n),
    "strings behind a text": lambda n: "x = '" + "f " * 30 * n + "'" + '""' * n,
    "f-strings": lambda n: f"x = f'{'{' * n}1{'}' * n}'",
    "comprehensions": lambda n: f"x = {'[' * n}1{' for i in y]' * n}",
    "annotation": lambda n: f"x: {'list[' * n}int{']' * n} = 1",
    "yield": lambda n: f"x = {'(yield ' * n}1{')' * n}",
    "dots": lambda n: "..." * n,
    "backslashes": lambda n: "x = 1.0 + \\\n" * n + "1.0",
    "backslashes of Windows": lambda n: "x = 1.0" + "+\\\r\n1.0" * n,
    "global": lambda n: f"global {', '.join(f'x{i}' for i in range(n))}",
    "keywords": lambda n: f"enter_long({', '.join(f'k{i}=1' for i in range(n))})",
    "same keyword": lambda n: f"enter_long({', '.join(['size=1.0'] * n)})",
    "double stars": lambda n: f"score({', '.join(['**x'] * n)})",
}


def _nesting() -> Cases:
    for name, line in NESTED.items():
        for n in (20, 55, 100, 480, 5_000):
            yield f"{n} {name}", body(line(n))
    for n in (40, 58, 99, 150):
        ifs = [f"{'    ' * i}if bar.close > {i}.0:" for i in range(n)]
        yield f"{n} nested if", body(*ifs, "    " * n + "score(1.0)")
        yield f"{n} nested def", body(*("    " * i + f"def f{i}():" for i in range(n)))
        yield f"{n} nested class", body(*("    " * i + f"class C{i}:" for i in range(n)))
        yield f"{n} nested with", body(*("    " * i + "with x:" for i in range(n)))
        yield f"{n} nested try", body(*("    " * i + "try:" for i in range(n)))
        yield f"{n} elif", body("if True:", "    exit()", *["elif True:", "    exit()"] * n)
        yield f"{n} decorators", after(*["@f"] * n, "def g(x: float):", "    return x")
        yield f"{n} deep decorator", after(f"@{'f(' * n}{')' * n}", "def g(x):", "    return x")
        yield f"{n} deep default", after(f"def g(x={'-' * n}1.0):", "    return x")
        yield f"{n} deep annotation", after(f"def g(x: {'a[' * n}1{']' * n}):", "    return x")
        yield f"{n} lambda default", after(f"def g(x={'lambda:' * n}1):", "    return x")


def structure() -> dict[str, str]:
    """Loops, recursion, growth and depth."""
    groups = (_loops, _recursion, _call_trees, _growth, _nesting)
    return {f"{make.__name__[1:]}: {name}": source for make in groups for name, source in make()}
