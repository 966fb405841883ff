"""What takes several instructions on plain numbers: on the stack's top, or in locals."""

from __future__ import annotations

from sandbox.compiler.lower.code import Code
from sandbox.compiler.semantics import NA
from sandbox.compiler.wasm import Kind, Mark

_COMPARE = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq", "!=": "ne"}


def comparison(op: str, kind: Kind) -> str:
    """The instruction; of floats it is the wrong one for '!=', which is false with na."""
    signed = "_s" if kind is Kind.I64 and op not in ("==", "!=") else ""
    return f"{kind.value}.{_COMPARE[op]}{signed}"


class NumberCode(Code):
    """Knows nothing of the program."""

    def add_times_eight(self) -> None:
        """Takes an address and an index of words behind it; leaves the word's address."""
        self.op("i32.const", 3)
        self.op("i32.shl")
        self.op("i32.add")

    def canonical(self, local: int) -> None:
        """Leaves a float local's value; its NaN is the one with the same bits everywhere."""
        self.get(local)
        self.op("f64.const", NA)
        self.get(local, local)
        self.op("f64.eq")
        self.op("select")

    def compare_with_itself(self, how: str) -> None:
        """Takes a float; leaves whether it is na ('ne') or is not ('eq')."""
        value = self.new_local(Kind.F64)
        self.op("local.tee", value)
        self.get(value)
        self.op(f"f64.{how}")

    def compare(self, op: str, left: int, right: int, kind: Kind) -> None:
        """Of two locals; leaves an i32. na makes every comparison false, so != is < or >."""
        ops = ("<", ">") if kind is Kind.F64 and op == "!=" else (op,)
        for each in ops:
            self.get(left, right)
            self.op(comparison(each, kind))
        if len(ops) == 2:
            self.op("i32.or")

    def floor_division(self, op: str, mark: Mark) -> None:
        """op: '//' or '%'; takes two i64. WebAssembly rounds toward zero, we round down as
        Python does: by one more where there is a rest whose sign is not the divisor's."""
        a, b, rest, quotient = (self.new_local(Kind.I64) for _ in range(4))
        self.put(b)
        self.put(a)
        self.get(a, b)
        if op == "//":
            self.op("i64.div_s", mark=mark)
            self.put(quotient)
            self.get(a, quotient, b)
            self.op("i64.mul")
            self.op("i64.sub")
            self.put(rest)
            self.get(quotient)
            self.op("i64.const", 1)
        else:
            self.op("i64.rem_s", mark=mark)
            self.put(rest)
            self.get(rest, b)
        self.op("i64.const", 0)
        self._was_rounded_up(rest, b)
        self.op("select")
        self.op("i64.sub" if op == "//" else "i64.add")

    def _was_rounded_up(self, rest: int, divisor: int) -> None:
        self.get(rest)
        self.op("i64.const", 0)
        self.op("i64.ne")
        self.get(rest, divisor)
        self.op("i64.xor")
        self.op("i64.const", 0)
        self.op("i64.lt_s")
        self.op("i32.and")

    def builtin(self, name: str, operands: list[int]) -> None:
        """Of locals: what no single instruction does. min, max, abs: of whole numbers."""
        match name:
            case "isna":
                self.get(*operands)
                self.compare_with_itself("ne")
            case "bits":
                self.canonical(*operands)
                self.op("i64.reinterpret_f64")
            case "copysign":
                self._copysign(*operands)
            case "abs":
                self._whole_absolute(*operands)
            case _:
                assert name in ("min", "max"), name
                self.get(*operands, *operands)
                self.op("i64.lt_s" if name == "min" else "i64.gt_s")
                self.op("select")

    def _copysign(self, size: int, sign: int) -> None:
        """na if either is: the sign of a NaN is not the same on every machine."""
        self.get(size, sign)
        self.op("f64.copysign")
        self.op("f64.const", NA)
        self.get(sign, sign)
        self.op("f64.eq")
        self.op("select")

    def _whole_absolute(self, number: int) -> None:
        self.op("i64.const", 0)
        self.get(number)
        self.op("i64.sub")
        self.get(number, number)
        self.op("i64.const", 0)
        self.op("i64.lt_s")
        self.op("select")
