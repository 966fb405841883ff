"""`peripheral parity`: strategies run in every way, and the SHA-256 of what they say each way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import click
import orjson

from deploy.errors import UserError
from deploy.progress import Bar
from deploy.research.bars import Market, bars_of_files, bars_of_sample
from deploy.research.live import FEED, Live, Way, said_by
from deploy.research.subject import Foreign, subject_of
from deploy.text_table import text_table
from processors.research.verification.finding import Finding, State
from processors.research.verification.intents import Intent
from processors.research.verification.parity import finding
from processors.research.verification.voice import Open, open_foreign, open_ours
from processors.research.verification.words import beside
from sandbox.compiler.driver import Compiled
from sandbox.errors import CallInterruptedError, ModuleError
from sandbox.fills import UNLIMITED
from sandbox.host.engine import SandboxEngine
from sandbox.host.foreign.instance import ForeignInstance
from sandbox.host.instance import Instance
from sandbox.host.module import load_module
from schemas.columns import BarColumns
from schemas.series import Series

RESTARTS = 32
"""On each partition."""
BATCH_BARS = 61
PARTITIONS_MAX = 256
_NAME_CHARS_MAX = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """The command's options, as they were given."""

    files: tuple[Path, ...]
    bar_files: tuple[Path, ...]
    sample: bool
    symbols: str | None
    interval: str | None
    partitions: str
    seed: int
    as_json: bool


class Subject(NamedTuple):
    """A strategy as workers have it, and as a backtest does."""

    live: Live
    open_: Open


Bars = Mapping[str, BarColumns]
Said = dict[str, Sequence[Intent]]
"""By way; a line's symbol says whose it is, too."""


def run(asked: Asked) -> int:
    """0 when there is one SHA-256, 1 when there are several, or a strategy has findings. Raises
    UserError."""
    partitions = _partitions(asked.partitions)
    if asked.seed < 0:
        raise UserError("--seed is a number from 0 on.")
    market = _market(asked)
    with ExitStack() as ends:
        subjects = _subjects(asked.files, market.bars, ends)
        if subjects is None:
            return 1
        bar = ends.enter_context(Bar("parity", "bars"))
        try:
            said = ways_of(subjects, market, partitions, asked.seed, bar)
        except CallInterruptedError as error:
            raise UserError(f"A strategy took too long at its bars ({error}).") from None
    found = finding(said, sum(map(len, market.bars.values())))
    click.echo(_as_json(found) if asked.as_json else _told(found, said), nl=not asked.as_json)
    for line in market.notes:
        click.echo(line, err=asked.as_json)
    return int(found.state is not State.HOLDS)


def _partitions(text: str) -> list[int]:
    try:
        found = sorted({int(each) for each in text.split(",")})
    except ValueError:
        found = [0]
    if not 1 <= found[0] <= found[-1] <= PARTITIONS_MAX:
        raise UserError(f"--partitions are numbers from 1 to {PARTITIONS_MAX}, such as 1,4,16.")
    return found


def _market(asked: Asked) -> Market:
    symbols = sorted({each.strip() for each in (asked.symbols or "").split(",")} - {""})
    if asked.sample == bool(asked.bar_files):
        raise UserError("Say on which bars: --sample or --bars, one of them.")
    if asked.sample:
        return bars_of_sample(symbols)
    return bars_of_files(asked.bar_files, symbols, asked.interval)


def _subjects(files: Sequence[Path], bars: Bars, ends: ExitStack) -> list[Subject] | None:
    """None after the findings of a source were shown."""
    found: list[Subject] = []
    engine = SandboxEngine()
    ends.callback(engine.close)
    for file in files:
        subject = subject_of(file)
        if subject is None:
            return None
        if isinstance(subject, Foreign):
            ends.callback(subject.engine.close)
        name = re.sub(r"[^A-Za-z0-9_]+", "-", file.stem).strip("-_")[:_NAME_CHARS_MAX]
        if not name or any(each.live.name == name for each in found):
            raise UserError(f"{file}: each strategy needs a file name of its own, with letters.")
        try:
            found.append(_subject(name, subject, bars, engine))
        except ModuleError as error:
            raise UserError(f"{file} is {error}.") from None
    return found


def _subject(name: str, subject: Compiled | Foreign, bars: Bars, engine: SandboxEngine) -> Subject:
    rules = dict.fromkeys(bars, UNLIMITED)
    if isinstance(subject, Foreign):
        theirs = subject.module
        opened = partial(ForeignInstance, theirs)
        live = Live(subject.wasm, theirs.metadata, {}, opened, rules, name)
        return Subject(live, open_foreign(theirs, {}, list(rules.values())))
    ours = load_module(engine, subject.wasm)
    live = Live(subject.wasm, ours.metadata, {}, partial(Instance, ours), rules, name)
    return Subject(live, open_ours(ours, {}, list(rules.values())))


def ways_of(
    subjects: Sequence[Subject], market: Market, partitions: Sequence[int], seed: int, bar: Bar
) -> Said:
    """What they say in each of the ways; the first is what the others are held against."""
    ways = {
        "whole": Way(),
        "streamed": Way(batch_bars=1),
        "restarted": Way(batch_bars=BATCH_BARS, restarts=RESTARTS),
    }
    for count in partitions:
        name = f"{count} partition{'s' if count > 1 else ''}"
        ways[name] = Way(count, BATCH_BARS, RESTARTS)
    lives = [each.live for each in subjects]
    said: Said = {}
    for name, way in ways.items():
        heard = _shown(bar, name)
        lines = said_by(lives, market.bars, market.interval, way, seed=seed, heard=heard)
        said[name] = [_whose(deployment, line, market) for deployment, line in lines]
    said["backtest"] = list(_as_backtests(subjects, market))
    return said


def _shown(bar: Bar, name: str) -> Callable[[int, int], None]:
    return lambda done, total: bar.update(name, done, total)


def _as_backtests(subjects: Sequence[Subject], market: Market) -> Iterator[Intent]:
    for each in subjects:
        for line in beside(each.open_, market.bars):
            yield _whose(each.live.name, line, market)


def _whose(deployment: str, line: Intent, market: Market) -> Intent:
    series = Series(FEED, line.symbol, market.interval)
    return line._replace(symbol=f"{deployment} on {series.key}")


def _told(found: Finding, said: Said) -> str:
    digests = found.figures["sha256"]
    rows = [[name, f"{len(said[name]):,}", digest] for name, digest in digests.items()]
    lines = [text_table(("way", "said", "SHA-256"), rows), "", found.found]
    return "\n".join([*lines, *([found.remedy] if found.remedy else [])])


def _as_json(found: Finding) -> bytes:
    document = {"holds": found.state is State.HOLDS, "found": found.found, **found.figures}
    return orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_INDENT_2)
