"""Sources that reach for the host, that are hardly text, or whose numbers are at the edge."""

from __future__ import annotations

from itertools import product

from tests.sandbox.hostile.sources import DOC, Cases, after
from tests.sandbox.running import body

_MODULES = """
    os sys subprocess shutil socket urllib urllib.request http.client requests ctypes pathlib io
    builtins importlib importlib.util runpy pickle marshal shelve code codeop pty tty signal
    multiprocessing threading concurrent.futures asyncio ssl ftplib smtplib telnetlib xmlrpc.client
    webbrowser tempfile glob fcntl mmap resource gc inspect types sqlite3 dbm zipfile tarfile
    platform getpass secrets random time datetime logging warnings weakref traceback dis ast
    faulthandler sysconfig site numpy wasmtime sandbox sandbox.host.engine peripheral.x
"""
MODULES = tuple(_MODULES.split())
IMPORTS = ("import {}", "import {} as math", "from {} import *", "from {} import system as ta")
_CALLS = """
    open eval exec compile globals locals vars dir getattr setattr delattr hasattr __import__
    __build_class__ input print breakpoint type super object id hash repr str bytes bytearray
    memoryview list dict set tuple frozenset map filter zip iter next sorted reversed enumerate
    any all callable isinstance issubclass property staticmethod classmethod format chr ord bin
    hex help exit quit copyright credits license aiter anext
"""
CALLS = tuple(_CALLS.split())
_DUNDERS = """
    __class__ __bases__ __subclasses__ __globals__ __builtins__ __dict__ __mro__ __code__
    __closure__ __init__ __getattribute__ __reduce__ __import__ __loader__ __spec__ __file__
    __name__ __x __
"""
DUNDERS = tuple(_DUNDERS.split())
REACHES = (
    "x = bar.{}",
    "x = (1.0).{}",
    "x = {}",
    "{} = 1.0",
    "bar.{}()",
    "x = {}[0]",
    "x = ta.{}(bar.close)",
    "x = math.{}",
    "enter_long({}=1.0)",
    "for {} in range(3):\n        pass",
    "x, {} = 1.0, 2.0",
)
STATEMENTS = (
    "del bar",
    "assert True",
    "raise ValueError",
    "global x",
    "nonlocal x",
    "with open('x') as f:\n        pass",
    "try:\n        x = 1.0\n    except:\n        pass",
    "try:\n        x = 1.0\n    finally:\n        pass",
    "try:\n        x = 1.0\n    except* ValueError:\n        pass",
    "class A:\n        x = 1",
    "def f():\n        pass",
    "async def f():\n        pass",
    "match bar:\n        case 1:\n            pass",
    "match bar:\n        case {'a': [*_, 1 | 2]}:\n            pass",
    "for i in bar:\n        pass",
    "for i in range(3):\n        pass\n    else:\n        pass",
    "for bar.x in range(3):\n        pass",
    "for i in range(3, 4, 5, 6):\n        pass",
    "for i in range(*x):\n        pass",
    "while True:\n        break\n    else:\n        pass",
    "async for i in x:\n        pass",
    "break",
    "continue",
    "return bar",
    "yield 1",
    "await bar",
    "import os; os.system('x')",
    "x: int",
    "x: 'os.system' = 1",
    "bar = 1.0",
    "bar.close = 1.0",
    "bar.close += 1.0",
    "on_bar = 1.0",
    "ta = 1.0",
    "math = bar",
    "state = state(1)",
    "x @= 1",
    "x <<= 1",
    "x = 1 if 2",
    "x = [i for i in range(10**9)]",
    "x = {**bar}",
    "x = bar is bar",
    "x = bar in bar",
    "x = bar == bar",
    "x = -bar",
    "x = bar[0]",
    "x = bar.close[1:2]",
    "x = bar.close[::]",
    "x = bar.close[1, 2]",
    "x = bar.close[...]",
    "x = ta",
    "x = ta.ema",
    "x = ta.ema.x(1)",
    "x = 'text' * 10**9",
    "x = 'text' % bar",
    "x = b'bytes'",
    "x = 1j",
    "x = None",
    "x = ...",
    "x = f''",
    "x = rf'{bar}'",
    "print >> x",
    "exec 'x'",
)


def _reaching() -> Cases:
    for form, module in product(IMPORTS, MODULES):
        yield f"{form.format(module)}", form.format(module) + "\n" + body("score(bar.close)")
    for module in MODULES[:12]:
        yield f"inside: import {module}", body(f"import {module}", f"x = {module}.system('x')")
    for name in CALLS:
        yield f"{name}()", body(f"x = {name}('x')")
        yield f"{name} as a value", body(f"x = {name}")
    for form, name in product(REACHES, DUNDERS):
        yield form.format(name), body(form.format(name))
    for statement in STATEMENTS:
        yield statement, body(statement)
        yield f"top level: {statement}", after(statement.replace("\n    ", "\n"))


ODD_CHARACTERS = {
    "null": "\0",
    "surrogate": "\ud800",
    "two surrogates": "\ud83d\ude00",
    "return": "\r",
    "Windows": "\r\n",
    "form feed": "\f",
    "vertical tab": "\v",
    "byte order mark": "\ufeff",
    "line separator": "\u2028",
    "next line": "\x85",
    "right to left": "\u202e",
    "no width": "\u200b",
    "fullwidth letter": "\uff4f",
    "combining marks": "e" + "\u0301" * 3_000,
    "emoji": "\U0001f4a3",
    "last character": "\U0010ffff",
    "escape": "\x1b[2J",
    "mathematical bold": "\U0001d41e\U0001d42f\U0001d41a\U0001d425",
    "ligature": "\ufb01",
}
ODD_PLACES = {
    "alone": "{}",
    "first": "{}" + body("score(1.0)"),
    "last": body("score(1.0)") + "{}",
    "in a comment": body("score(1.0) # {} '''", "score(2.0)"),
    "in the docstring": '"""Te{}st."""\n' + body("score(1.0)").removeprefix(DOC),
    "in a message": body('alert(bar.close > 1.0, "a{}b")'),
    "in a plot": body('plot("a{}b", 1.0)'),
    "as a name": body("{} = 1.0", "score({})"),
    "in a number": body("score(1{}0)"),
    "behind a backslash": body("score(1.0 + \\{}", "2.0)"),
    "as a line end": body("score(1.0){}    score(2.0)"),
}
ESCAPES = (r"\0", r"\x00", r"\ud800", r"\udfff", r"\N{NULL}", r"\U0010ffff", r"\N{no such}", r"\x")
TEXTS = {
    "empty": "",
    "blank": " \n\t\n",
    "only a docstring": '"""x"""',
    "no end": '"""' + "x" * 1_000,
    "quotes": '"' * 60_000,
    "quotes with backslashes": '"""' + '\\"""' * 15_000,
    "mixed quotes": "\"'" * 30_000,
    "backslashes": "\\" * 60_000,
    "comments": "#\n" * 30_000,
    "a comment to the end": "#" * 65_536,
    "one too many": "#" * 65_537,
    "newlines": "\n" * 60_000,
    "returns": "\r" * 60_000,
    "hidden behind a return": "#\rx = " + "+".join(["1"] * 20_000),
    "hidden brackets": body("score(1.0)") + "#\rx = " + "(" * 3_000,
    "a long text before many": body("x = '" + "f " * 30_000 + "'" + '""' * 950),
    "tabs and spaces": body("if True:", "\tscore(1.0)"),
    "coding": "# -*- coding: utf-7 -*-\n" + body("score(1.0)"),
    "coding of no kind": "# coding: x\n" + body("score(1.0)"),
    "carriage": body("x = y", "score(zz)").replace("\n", "\r"),
    "long name": body(f"{'x' * 60_000} = 1.0"),
    "long message": body(f'alert(True, "{"x" * 60_000}")'),
    "long docstring": '"""' + "x" * 60_000 + '"""\n' + body("score(1.0)").removeprefix(DOC),
    "long title": after(f'p = param(1, name="{"x" * 60_000}")'),
    "long number": body(f"score({'9' * 5_000})"),
    "longer number": body(f"score({'9' * 60_000})"),
    "long fraction": body(f"score(0.{'3' * 60_000})"),
    "long hexadecimal": body(f"score(0x{'f' * 60_000})"),
}


def _texts() -> Cases:
    for (what, odd), (where, place) in product(ODD_CHARACTERS.items(), ODD_PLACES.items()):
        yield f"{what} {where}", place.replace("{}", odd)
    for escape in ESCAPES:
        yield f"{escape} in a message", body(f'alert(True, "{escape}")')
        yield f"{escape} in a plot", body(f'plot("{escape}", 1.0)')
        yield f"{escape} in a title", after(f'p = param(1, name="{escape}")')
        yield f"{escape} in a docstring", f'"""{escape}"""\n' + body("score(1.0)")[len(DOC) :]
    yield from TEXTS.items()


VALUES = (
    *("0", "-1", "1", "500", "5001", str(2**53), str(2**53 + 1), str(2**63), str(2**64)),
    *("0.0", "-0.0", "0.5", "1e308", "1e309", "5e-324", "na", "True", "bar", "'x'", "bar.time"),
)
SLOTS = (
    "score(bar.close[{}])",
    "w = window({})\n    score(w[0])",
    "w = window(5)\n    score(w[{}])",
    "w = window(5)\n    w[{}] = 1.0\n    score(w[0])",
    "x = state({})",
    "score(ta.sma(bar.close, {}))",
    "score(ta.ma(bar.close, 5, {}))",
    "score(ta.bbands(bar.close, 5, {}, {}, 0))",
    "for i in range({}):\n        x = i",
    "x = bar.time // {}",
    "x = bar.time % {}",
    "x = bar.time * {}",
    "score(bar.close / {})",
    "score(bar.close % {})",
    "score(bar.close // {})",
    "score(bar.close ** {})",
    "x = int({})",
    "x = int(bar.close * {})",
    "x = int(bar.close / {})",
    "x = round({})",
    "x = abs({})",
    "score(math.exp({}))",
    "score(math.log({}))",
    "score(math.sin({}))",
    "score(math.pow({}, {}))",
    "enter_long(size={}, limit={}, stop={})",
    "order({})",
    "order(cash={}, percent={}, at={}, tif={})",
    "exit({})",
    'plot({}, 1.0)\n    plot("a", {})',
    "alert({}, 'x')",
    "x = timeframe({}).close",
    "x = timeframe('{}w').close",
    "score({} < {} < {})",
    "score(nz({}, {}))",
)
PARAMS = ("param({})", "param(5, low={})", "param(5, high={})", "param(5, step={})", "param(x={})")


def _numbers() -> Cases:
    for slot, value in product(SLOTS, VALUES):
        text = slot.replace("{}", value)
        yield text, body(text)
    for form, value in product(PARAMS, VALUES):
        text = form.replace("{}", value)
        yield f"a length of {text}", after(f"n = {text}", on_bar=("score(ta.sma(bar.close, n))",))
        yield f"a size of {text}", after(f"n = {text}", on_bar=("w = window(n)", "score(w[n - 1])"))


def operations() -> dict[str, str]:
    """Prohibited operations, odd texts, numbers at the edge."""
    groups = (_reaching, _texts, _numbers)
    return {f"{make.__name__[1:]}: {name}": source for make in groups for name, source in make()}
