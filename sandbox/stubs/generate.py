"""The stub package's __init__: language.pyi's names, ta and math from the stdlib's signatures."""

from __future__ import annotations

from sandbox.compiler.check.calls import SHORT
from sandbox.compiler.syntax import Argument
from sandbox.reference import Signature, signatures

PACKAGE = "peripheral-stubs"
_HEAD = '''"""The strategy language, for editors and type checkers, after docs/strategy-language.md.

Nothing of this exists at run time: a strategy is compiled, and its imports are passed over.
"""

from .language import *'''
_KINDS = {"float": "float", "int": "int", "bool": "Truth", "Length": "Length", "Choice": "int"}
_RESULTS = {"float": "Series", "int": "Whole", "bool": "Condition"}
_CONSTANTS = ("pi", "e", "tau", "inf", "nan")


def stub_text() -> str:
    """What peripheral-stubs/__init__.pyi holds."""
    known = {signature.name: signature for signature in signatures()}
    parts = [_HEAD]
    parts += [_function(name, known[f"ta.{name}"], "") for name in SHORT]
    math = [f"    {name}: float" for name in _CONSTANTS]
    parts.append("class _Math:\n" + "\n".join(math + _methods("math.")))
    parts.append("class _Ta:\n" + "\n".join(_methods("ta.")))
    parts.append("math: _Math\nta: _Ta")
    return "\n\n".join(parts) + "\n"


def _methods(namespace: str) -> list[str]:
    return [
        _function(signature.name.removeprefix(namespace), signature, "    ")
        for signature in signatures()
        if signature.name.startswith(namespace)
    ]


def _function(name: str, signature: Signature, indent: str) -> str:
    arguments = ", ".join(map(_argument, signature.arguments))
    results = ", ".join(_RESULTS[result] for result in signature.results)
    result = f"tuple[{results}]" if len(signature.results) > 1 else results
    line = f"{indent}def {name}({arguments}) -> {result}:"
    lines = [f"{indent}@staticmethod"] if indent else []
    return "\n".join([*lines, line, f'{indent}    """{signature.summary}"""'])


def _argument(argument: Argument) -> str:
    default = "" if argument.default is None else f" = {argument.default}"
    return f"{argument.name}: {_KINDS[argument.kind]}{default}"
