"""syntax → typed, the builtins: what is one operation, or nearly."""

from __future__ import annotations

import sys

from sandbox.compiler import syntax, typed
from sandbox.compiler.check import build
from sandbox.compiler.check.series import SeriesChecker
from sandbox.compiler.typed import Type

# name in the source → (name in the typed tree, least and most arguments)
BUILTINS = {
    "abs": ("abs", 1, 1),
    "math.fabs": ("abs", 1, 1),
    "math.abs": ("abs", 1, 1),
    "math.sqrt": ("sqrt", 1, 1),
    "math.floor": ("floor", 1, 1),
    "math.ceil": ("ceil", 1, 1),
    "math.trunc": ("trunc", 1, 1),
    "math.copysign": ("copysign", 2, 2),
    "math.log": ("log", 1, 2),
    "math.isnan": ("isna", 1, 1),
    "math.isinf": ("isinf", 1, 1),
    "math.isfinite": ("isfinite", 1, 1),
    "min": ("min", 2, 16),
    "max": ("max", 2, 16),
    "round": ("round", 1, 2),
    "int": ("int", 1, 1),
    "float": ("float", 1, 1),
    "bool": ("bool", 1, 1),
    "isna": ("isna", 1, 1),
    "nz": ("nz", 1, 2),
}
# library code only: the bits of numbers
INTRINSICS = {
    "_bits": ("bits", 1, 1),
    "_from_bits": ("from_bits", 1, 1),
    "_and": ("&", 2, 2),
    "_or": ("|", 2, 2),
    "_xor": ("^", 2, 2),
    "_shl": ("<<", 2, 2),
    "_shr": (">>", 2, 2),
    "_shr_u": (">>>", 2, 2),
}
TRUTHS = ("isna", "isinf", "isfinite", "bool")
_BITS = ("&", "|", "^", "<<", ">>", ">>>")
_TRUTH = ("int", "float", "bool")


class BuiltinChecker(SeriesChecker):
    """Calls that become an expression where they stand."""

    def builtin(self, node: syntax.Call, function: str) -> typed.Expression:
        name, least, most = {**BUILTINS, **INTRINSICS}[function]
        values = [
            self.expression(argument) if name in _TRUTH else self.number(argument, function)
            for argument in node.arguments
        ]
        span = self.place(node)
        if not least <= len(values) <= most or node.keywords:
            wanted = f"{least}" if least == most else f"{least} to {most}"
            return self.refuse(
                node,
                "arguments",
                f"{function} takes {wanted} argument{'s' if most > 1 else ''} without names.",
                f"Write {function}(x{', y' if least > 1 else ''}).",
            )
        if self.is_unknown(*values):
            return build.unknown(span)
        if name in ("min", "max"):
            return self._extreme(name, values, span)
        if name in ("round", "int", "float", "bool", "nz"):
            return self._converted(name, values, node)
        if name in _BITS:
            return build.arithmetic(name, values[0], values[1], span)
        if name == "from_bits":
            return typed.Builtin(Type.FLOAT, name, (values[0],), span)
        if name == "abs" and values[0].type is Type.INT:
            return build.builtin(Type.INT, name, (values[0],), span)
        if name == "log":
            function = "math._log_to_base" if len(values) == 2 else "math._log"
            return self.library_call(function, tuple(map(build.to_float, values)), node)[0]
        if name in ("isinf", "isfinite"):
            return _compared_with_largest(name, values[0], span)
        kind = {"isna": Type.BOOL, "bits": Type.INT}.get(name, Type.FLOAT)
        if name == "isna" and (values[0].type is Type.INT or self.is_sure(values[0])):
            return build.constant(False, span)
        return build.builtin(kind, name, tuple(map(build.to_float, values)), span)

    def _extreme(
        self, name: str, values: list[typed.Expression], span: syntax.Span
    ) -> typed.Expression:
        unified = build.unify(values)
        assert unified is not None
        result = unified[0]
        for other in unified[1:]:
            result = build.builtin(result.type, name, (result, other), span)
        return result

    def _converted(
        self, name: str, values: list[typed.Expression], node: syntax.Call
    ) -> typed.Expression:
        span, value = self.place(node), values[0]
        if value.type is Type.BOOL and name in ("int", "float"):
            one, zero = build.constant(1, span), build.constant(0, span)
            value = build.choose(value, one, zero, span)
        match name:
            case "float":
                return build.to_float(value)
            case "int":
                return build.to_int(value, span)
            case "bool" if value.type is Type.BOOL:
                return value
            case "bool":
                zero = build.constant(0 if value.type is Type.INT else 0.0, span)
                return build.chain(("!=",), [value, zero], span)
            case "nz":
                return self._nz(values, span)
        if value.type is Type.INT and len(values) == 1:
            return value
        if len(values) == 1:
            return build.builtin(Type.FLOAT, "nearest", (value,), span)
        if values[1].type is not Type.INT:
            return self.refuse(
                node, "type", "round takes a whole number of places.", "Write round(x, 2)."
            )
        return self.library_call("math._round_to", (build.to_float(value), values[1]), node)[0]

    def _nz(self, values: list[typed.Expression], span: syntax.Span) -> typed.Expression:
        """nz(x, y): x, or y where x is na; y is 0.0 when left out."""
        value = build.to_float(values[0])
        if not isinstance(value, typed.Local | typed.Const):
            value = self.set_new_local(value)
        other = build.to_float(values[1]) if len(values) == 2 else build.constant(0.0, span)
        missing = build.builtin(Type.BOOL, "isna", (value,), span)
        return build.choose(missing, other, value, span)


def _compared_with_largest(
    name: str, value: typed.Expression, span: syntax.Span
) -> typed.Expression:
    """isinf or isfinite: na is neither."""
    size = build.builtin(Type.FLOAT, "abs", (build.to_float(value),), span)
    largest = build.constant(sys.float_info.max, span)
    return build.chain((">" if name == "isinf" else "<=",), [size, largest], span)
