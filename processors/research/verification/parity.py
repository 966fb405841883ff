"""Parity: the ways of running a strategy give the same orders and alerts, by one digest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from itertools import zip_longest

import orjson

from processors.research.verification.finding import Finding, State
from processors.research.verification.intents import Intent
from streams.codec import rfc3339

CHECK = "parity"


def line(intent: Intent) -> bytes:
    """As text in which no bit of a float is lost."""
    return orjson.dumps(list(intent))


def digest(intents: Sequence[Intent]) -> str:
    """SHA-256 over them, by symbol and time; floats to their last bit."""
    lines = (line(each) for each in sorted(intents, key=lambda each: each[:3]))
    return hashlib.sha256(b"\n".join(lines)).hexdigest()


def first_difference(one: Sequence[Intent], other: Sequence[Intent]) -> Intent | None:
    """The first of either that the other does not have there."""
    pairs = zip_longest(*(sorted(each, key=lambda intent: intent[:3]) for each in (one, other)))
    for mine, theirs in pairs:
        if mine is None or theirs is None or line(mine) != line(theirs):
            return min((each for each in (mine, theirs) if each), key=lambda intent: intent[:3])
    return None


def finding(ways: Mapping[str, Sequence[Intent]], bars: int) -> Finding:
    """ways: by name, what each gave; the first is what the others are held against. bars: that each
    of them ran over."""
    digests = {name: digest(said) for name, said in ways.items()}
    (first, said), *others = ways.items()
    figures = {"bars": bars, "said": len(said), "sha256": digests}
    for name, theirs in others:
        if digests[name] != digests[first]:
            where = first_difference(said, theirs)
            assert where is not None, "else their digests were the same"
            return Finding(
                CHECK,
                State.FAILS,
                f"{name} says something else than {first}: first at {where.symbol},"
                f" {rfc3339(where.ts)} ({where.kind}).",
                "Keep in the strategy's state whatever is to last from bar to bar"
                " (docs/strategy-abi.md); if our compiler made the module, this is a bug of ours.",
                {**figures, "symbol": where.symbol, "ts": rfc3339(where.ts)},
            )
    return Finding(
        CHECK,
        State.HOLDS,
        f"{_listed(list(ways))} gave the same {len(said):,} orders and alerts of {bars:,} bars, by"
        f" one SHA-256, {digests[first][:12]}….",
        figures=figures,
    )


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
