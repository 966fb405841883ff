"""`peripheral verify`: runs each check, and says what it found and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

import click
import numpy as np

from deploy.errors import UserError
from deploy.params import parse_params
from deploy.progress import Bar
from deploy.research.asked import begin_us, end_us
from deploy.research.asked_study import AskedStudy, no_bars, study_of
from deploy.research.bars import Market, market_of
from deploy.research.costs import rules_of
from deploy.research.live import Live, Way, said_by
from deploy.research.recorded import Counted, counted
from deploy.research.subject import Foreign, subject_of
from deploy.research.verify_told import Looked, as_json, told
from processors.evaluation.instances import AnyInstance
from processors.research.listing import own_rules
from processors.research.verification import costs, deflation, lookahead, parity, warmup
from processors.research.verification.deflation import Record, Tried
from processors.research.verification.finding import Finding, State
from processors.research.verification.runs import Runs
from processors.research.verification.voice import Open, open_foreign, open_ours, whole
from processors.research.verification.words import beside, in_one_call
from sandbox.compiler.driver import Compiled
from sandbox.errors import CallInterruptedError, ModuleError, ParamError
from sandbox.host.book import book_module
from sandbox.host.engine import SandboxEngine
from sandbox.host.foreign.instance import ForeignInstance
from sandbox.host.instance import Instance
from sandbox.host.module import load_module
from schemas.columns import BarColumns
from streams.actions import ActionError
from streams.codec import rfc3339

PARITY_BARS_MAX = 20_000
"""Of all symbols, the latest: the live path takes a tenth of a millisecond for each."""
RESTARTS = 32
_SHOWN_EVERY_S = 0.1
_LIVE_ONLY = "A module of another compiler runs live only as yet: it has no backtest."

Heard = Callable[[int, int], object]
Bars = Mapping[str, BarColumns]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(AskedStudy):
    """The command's options, as they were given."""

    trials: int | None
    trials_variance: float | None
    since: str | None
    seed: int
    strict: bool
    as_json: bool


def run(asked: Asked) -> int:
    """0 when nothing is at fault, 1 when something is, or the strategy has findings. Raises
    UserError."""
    _check(asked)
    subject = subject_of(asked.file)
    if subject is None:
        return 1
    try:
        with Bar(asked.file.name, "steps") as bar:
            if isinstance(subject, Foreign):
                market, looked = _foreign(asked, subject, bar)
            else:
                market, looked = _ours(asked, subject, bar)
    except ParamError as error:
        raise UserError(f"--param {error.param}: {error.reason}.") from None
    except ActionError as error:
        raise UserError(f"The splits and dividends can't be used: {error}.") from None
    except ModuleError as error:
        raise UserError(f"{asked.file} is {error}.") from None
    except CallInterruptedError as error:
        raise UserError(f"{asked.file} took too long at its bars ({error}).") from None
    click.echo(as_json(looked) if asked.as_json else told(looked), nl=not asked.as_json)
    for line in market.notes:
        click.echo(line, err=asked.as_json)
    bad = {State.FAILS, State.WARNS} if asked.strict else {State.FAILS}
    return int(any(finding.state in bad for finding in looked.findings))


def _check(asked: Asked) -> None:
    if asked.trials is not None and asked.trials < 1:
        raise UserError("--trials is a number from 1 on.")
    variance = asked.trials_variance
    if variance is not None and not 0.0 <= variance < float("inf"):
        raise UserError("--trials-variance is a number from 0 on.")
    if variance is not None and asked.trials is None:
        raise UserError("--trials-variance goes with --trials.")
    if asked.seed < 0:
        raise UserError("--seed is a number from 0 on.")


@contextmanager
def _step(bar: Bar, what: str) -> Iterator[Heard]:
    """Shows how far a check is."""
    shown_s = 0.0

    def heard(done: int, total: int) -> None:
        nonlocal shown_s
        if monotonic() - shown_s >= _SHOWN_EVERY_S:
            shown_s = monotonic()
            bar.update(what, done, total)

    yield heard


def _foreign(asked: Asked, subject: Foreign, bar: Bar) -> tuple[Market, Looked]:
    begin, end = begin_us("--from", asked.begin), end_us("--to", asked.end)
    market = market_of(asked, end)
    bars = {symbol: _until(each, end) for symbol, each in market.bars.items()}
    if not any(len(each) and (begin or 0) <= each.ts[-1] for each in bars.values()):
        raise UserError(no_bars(market))
    params, module = parse_params(asked.params), subject.module
    rules = own_rules(rules_of(asked), market.listings, len(bars))
    open_ = open_foreign(module, params, rules)
    live = Live(
        subject.wasm,
        module.metadata,
        params,
        lambda series: ForeignInstance(module, series),
        dict(zip(bars, rules, strict=True)),
    )
    try:
        found = _of_words(asked, bars, market.interval, begin, open_, open_, live, None, bar)
    finally:
        subject.engine.close()
    found += [Finding(name, State.UNKNOWN, _LIVE_ONLY) for name in (costs.CHECK, deflation.CHECK)]
    return market, Looked(module.metadata.description, bars, market.interval, found)


def _until(bars: BarColumns, end: int | None) -> BarColumns:
    return bars if end is None else bars.take(slice(int(np.searchsorted(bars.ts, end))))


def _ours(asked: Asked, compiled: Compiled, bar: Bar) -> tuple[Market, Looked]:
    market, study = study_of(asked, compiled, parse_params(asked.params))
    if not study.has_bars:
        raise UserError(no_bars(market))
    engine = SandboxEngine()
    try:
        strategy = load_module(engine, compiled.wasm)
        runs = Runs(study, strategy, book_module(engine))
        rules = own_rules(study.rules, study.listings, len(study.symbols))
        open_ = open_ours(strategy, study.params, rules, study.begin_us)
        metadata = strategy.metadata

        def instance(series: int) -> AnyInstance:
            return Instance(strategy, series)

        live = Live(
            compiled.wasm,
            metadata,
            study.params,
            instance,
            dict(zip(study.symbols, rules, strict=True)),
        )
        as_live = open_ours(strategy, study.params, rules)  # which trades from its first bar on
        bars = dict(zip(study.symbols, runs.seen, strict=True))
        found = _of_words(
            asked, bars, study.interval, study.begin_us, open_, as_live, live, runs.before, bar
        )
        with _step(bar, "costs") as heard:
            found.append(costs.finding(costs.sensitivity(study.rules, runs.at_costs, heard)))
        with _step(bar, "luck") as heard:
            found.append(_luck(asked, runs, heard))
    finally:
        engine.close()
    title = metadata.docstring.strip().partition("\n")[0]
    return market, Looked(title, bars, study.interval, found)


def _of_words(
    asked: Asked,
    bars: Bars,
    interval: str,
    begin: int | None,
    open_: Open,
    as_live: Open,
    live: Live,
    trade: lookahead.Trade | None,
    bar: Bar,
) -> list[Finding]:
    """The checks on what a strategy says, whoever compiled it."""
    symbols, columns = tuple(bars), list(bars.values())
    with _step(bar, "lookahead") as heard:
        peek, cuts = lookahead.lookahead(
            columns, whole(open_), trade or (lambda _: None), seed=asked.seed, heard=heard
        )
    found = [lookahead.finding(peek, cuts, symbols)]
    with _step(bar, "warm-up") as heard:
        warmth = warmup.warmth(columns, whole(open_), begin, heard=heard)
    found.append(warmup.finding(warmth, symbols, from_given=begin is not None))
    with _step(bar, "parity") as heard:
        latest = _latest(bars)
        way = Way(batch_bars=1, restarts=RESTARTS)
        streamed = said_by([live], latest, interval, way, seed=asked.seed, heard=heard)
        ways = {
            "One call": in_one_call(as_live, latest),
            "bar by bar": [intent for _, intent in streamed],
            "side by side": beside(as_live, latest),
        }
    found.append(parity.finding(ways, sum(map(len, latest.values()))))
    return found


def _latest(bars: Bars) -> Bars:
    each = max(PARITY_BARS_MAX // len(bars), 1)
    return {symbol: columns.take(slice(-each, None)) for symbol, columns in bars.items()}


def _luck(asked: Asked, runs: Runs, heard: Heard) -> Finding:
    record = deflation.record_of(runs.report().summary)
    if record is None:
        return deflation.finding(None, None, "")
    if asked.trials is None:
        since = begin_us("--since", asked.since)
        known = counted(asked.file, asked.data_dir, None if since is None else rfc3339(since))
        return deflation.finding(record, *_on_the_log(record, known))
    variance = asked.trials_variance
    if variance is not None:
        return deflation.finding(record, Tried(asked.trials, variance, "both as given"), "")
    near = runs.variance_beside(asked.seed, heard)
    return deflation.finding(record, deflation.supposed(record, asked.trials, near), "")


def _on_the_log(record: Record, known: Counted | str) -> tuple[Tried | None, str]:
    """What was tried as the log has it, or why that is not known. A trial counts by its Sharpe
    ratio times the root of its periods: short ones differ more by chance alone."""
    if isinstance(known, str):
        return None, known
    if not known.with_sharpe:
        return None, f"the log has no trial of {known.strategy_id}"
    variance = (known.t_variance or 0.0) * record.per_year / record.periods
    return Tried(known.with_sharpe, variance, f"of {known.strategy_id} on the log"), ""
