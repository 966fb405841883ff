"""Good things made bad by chance: the same for the same seed."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_PIECES = (
    *("(", ")", "[", "]", "{", "}", ":", ",", "=", ".", "\n", "\n    ", "    ", "\\", "'", '"'),
    *('"""', "#", ";", "**", "//", "not ", "if ", "else ", "while True:", "for i in range(3):"),
    *("return", "break", "state(0.0)", "window(9)", "na", "bar", "bar.close", "ta.ema", "x", "0"),
    *("9" * 30, "1e999", "True", "lambda: 0", "def f(x):", "[1]", "f'", "\0", "\ud800", "\r", "\f"),
)
_BYTES = (0x00, 0x01, 0x7F, 0x80, 0xFF, 0x0B, 0x41, 0x6A)


def mutated_source(good: Sequence[str], seed: int) -> str:
    """One of the sources with a few of its tokens gone, doubled, swapped or replaced."""
    chance = random.Random(seed)
    tokens = _TOKEN.findall(chance.choice(good))
    for _ in range(chance.randint(1, 6)):
        at, other = chance.randrange(len(tokens)), chance.randrange(len(tokens))
        match chance.randrange(6):
            case 0:
                del tokens[at]
            case 1:
                tokens.insert(at, tokens[other])
            case 2:
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case 3:
                tokens[at : at + chance.randint(1, 30)] = []
            case 4:
                tokens[at:at] = tokens[other : other + 40]
            case _:
                tokens.insert(at, chance.choice(_PIECES))
        tokens = tokens or ["x"]
    return "".join(tokens)


def mutated_bytes(good: bytes, seed: int) -> bytes:
    """The bytes with some changed, gone, put in or copied, or cut short."""
    chance = random.Random(seed)
    found = bytearray(good)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(found))
        match chance.randrange(8):
            case 0 | 1:
                found[at] = chance.randrange(256)
            case 2:
                found[at] ^= 1 << chance.randrange(8)
            case 3:
                found[at] = chance.choice(_BYTES)
            case 4:
                del found[at : at + chance.randint(1, 8)]
            case 5:
                found[at:at] = chance.randbytes(chance.randint(1, 8))
            case 6:
                other = chance.randrange(len(found))
                found[at:at] = found[other : other + 64]
            case _:
                del found[at:]
        found = found or bytearray(b"\0")
    return bytes(found)
