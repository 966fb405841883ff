"""What a strategy may not do, with a message of its own for each thing people try."""

from __future__ import annotations

import ast

_HOST = "A strategy sees bars and params, never the host it runs on."
_CODE = "A strategy is compiled ahead of time; no code can be made or found while it runs."

# function name → (message, remedy)
CALLS: dict[str, tuple[str, str]] = {
    "open": (f"open() would reach the file system. {_HOST}", "Remove it; bars come as `bar`."),
    "eval": (f"eval() would run text as code. {_CODE}", "Write the expression itself."),
    "exec": (f"exec() would run text as code. {_CODE}", "Write the statements themselves."),
    "compile": (f"compile() would make code from text. {_CODE}", "Write the code itself."),
    "globals": (f"globals() would show the module's inside. {_CODE}", "Use the names directly."),
    "locals": (f"locals() would show the function's inside. {_CODE}", "Use the names directly."),
    "vars": (f"vars() would show an object's inside. {_CODE}", "Use the names directly."),
    "dir": (f"dir() would show an object's inside. {_CODE}", "Remove it."),
    "getattr": (f"getattr() would reach into objects. {_CODE}", "Write bar.close and the like."),
    "setattr": (f"setattr() would change objects. {_CODE}", "Assign to a local name."),
    "delattr": (f"delattr() would change objects. {_CODE}", "Remove it."),
    "__import__": (f"__import__() would load a module. {_HOST}", "Use ta.* and math.*."),
    "input": (f"input() would wait for a person. {_HOST}", "Use a param."),
    "print": (f"print() would write to a terminal. {_HOST}", 'Use plot("name", x) to see a value.'),
    "breakpoint": (f"breakpoint() would stop the host. {_HOST}", "Use plot to see values."),
    "type": (f"type() would reach into objects. {_CODE}", "Remove it; every type is known."),
    "super": (f"super() would reach into classes. {_CODE}", "Remove it."),
}

MODULES: dict[str, str] = {
    "os": "the operating system",
    "sys": "the interpreter",
    "subprocess": "other programs",
    "shutil": "the file system",
    "socket": "the network",
    "urllib": "the network",
    "requests": "the network",
    "http": "the network",
    "pathlib": "the file system",
    "ctypes": "the machine's memory",
    "threading": "threads",
    "random": "chance, so two runs would differ",
    "time": "the wall clock, so two runs would differ",
    "datetime": "the wall clock, so two runs would differ",
}

# statement class → (what it is, remedy)
STATEMENTS: dict[type[ast.AST], tuple[str, str]] = {
    ast.For: ("else behind a loop", "Write for i in range(n): without else."),
    ast.While: ("else behind a loop", "Write while condition: without else."),
    ast.With: ("with", "Remove it; there is nothing to open."),
    ast.Try: ("try", "Remove it; nothing raises here, missing values are na."),
    ast.Raise: ("raise", "Use na for a missing value."),
    ast.Assert: ("assert", "Use if."),
    ast.Delete: ("del", "Remove it."),
    ast.Global: ("global", "Assign inside on_bar."),
    ast.Nonlocal: ("nonlocal", "Assign inside on_bar."),
    ast.ClassDef: ("a class", "Write params and on_bar(bar) only."),
    ast.FunctionDef: ("a function inside of a function", "Write it at the top level."),
    ast.AsyncFunctionDef: ("an async function", "Write def on_bar(bar):"),
    ast.Match: ("match", "Use if/elif."),
    ast.Assign: ("several assignments in one", "Write each on a line of its own."),
    ast.AnnAssign: ("an annotation without a value", "Write name = value."),
    ast.AugAssign: ("an update of this kind", "Use +=, -=, *=, /=, //=, %= and **=."),
    ast.Expr: ("an expression without effect", "Assign it to a name, or remove it."),
}

EXPRESSIONS: dict[type[ast.AST], tuple[str, str]] = {
    ast.Lambda: ("a lambda", "Write the expression where it is used."),
    ast.List: ("a list", "Use x[k] for earlier bars, or cells = window(20)."),
    ast.Dict: ("a dict", "Use separate names."),
    ast.Set: ("a set", "Use separate names."),
    ast.Tuple: ("a tuple", "Use separate names."),
    ast.ListComp: ("a comprehension", "Use ta.* for sums and extremes over bars."),
    ast.SetComp: ("a comprehension", "Use ta.* for sums and extremes over bars."),
    ast.DictComp: ("a comprehension", "Use ta.* for sums and extremes over bars."),
    ast.GeneratorExp: ("a generator", "Use ta.* for sums and extremes over bars."),
    ast.Await: ("await", "Remove it; nothing waits here."),
    ast.Yield: ("yield", "Use enter_long(), exit() or plot(…)."),
    ast.YieldFrom: ("yield from", "Use enter_long(), exit() or plot(…)."),
    ast.JoinedStr: ("an f-string", "Write a plain string."),
    ast.NamedExpr: ("an assignment inside an expression", "Assign on a line of its own."),
    ast.Starred: ("unpacking with *", "Write each argument."),
    ast.Slice: ("a slice", "Use x[k], or ta.* over a window."),
}
