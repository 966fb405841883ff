"""The numbers in sandbox/stdlib/math are those that arbitrary precision gives."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator

from tests.sandbox.stdlib.derive import constants, two_over_pi
from tests.sandbox.stdlib.plain import sources


def numbers() -> Iterator[float | int]:
    for source in sources().values():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
                yield node.value


def needs_a_source(number: float) -> bool:
    """Whether a float is neither short to write nor a power of two."""
    short = len(repr(number).split("e")[0].replace(".", "").strip("0")) <= 6
    return not short and math.frexp(number)[0] != 0.5


def test_every_float_of_many_digits_is_derived() -> None:
    derived = {abs(value) for values in constants().values() for value in values}
    written = {value for value in numbers() if isinstance(value, float) and needs_a_source(value)}
    assert written == {value for value in derived if needs_a_source(value)}


def test_the_bits_of_two_over_pi_are_derived() -> None:
    """But for them whole numbers of many digits are parts of a float: masks and one bound."""
    sqrt_half = 0x3FE6A09E667F3BCD
    of_floats = {sqrt_half, 0x7FF << 52, (1 << 52) - 1, (1 << 31) - 1}
    of_floats |= {1 << 27, 1 << 37, 1 << 52, 1 << 59}
    written = {value for value in numbers() if isinstance(value, int) and value > 2000}
    assert written - of_floats == set(two_over_pi()) - {0}
