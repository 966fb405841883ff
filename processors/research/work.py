"""One request worked at, in a process that is kept for the next.

Consumes a Run, bars and versions of the database; produces a Done or a Refused, and the
files of reports that are too large for the log. Book, modules and connection stay for the next
request.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import psycopg

from processors.research.frames import Config, Done, Refused, RefusedError
from processors.research.report.as_json import as_json
from processors.research.report.report import Report
from processors.research.resident import Resident, resident_of
from processors.research.screened import screened
from processors.research.stored_listings import stored_actions, stored_listings
from processors.research.stored_universe import stored_universe
from processors.research.studied import studied
from processors.research.study import Study
from processors.research.trials import params_of
from sandbox.compiler.driver import Compiled, compile_source
from sandbox.errors import CallInterruptedError, CompileError, ParamError
from sandbox.fills import FillRules
from sandbox.host.book import book_module
from sandbox.host.cache import module_cache
from sandbox.host.engine import SandboxEngine
from sandbox.host.module import StrategyModule, load_module, make_native
from sandbox.metadata import is_ours
from schemas.columns import NO_BARS
from schemas.events.requests import Run
from schemas.events.research import REPORT_INLINE_BYTES_MAX, RunBacktest, RunRequest
from schemas.events.screens import RunScreen
from schemas.series import Series
from streams.actions import ActionError
from streams.catalog import ACTIONS, BARS, INSTRUMENTS
from streams.settings import DATABASE_KEEPALIVES

logger = logging.getLogger(__name__)

MODULES_MAX = 32
CONNECT_LIMIT_S = 5
RETRY_S = 0.5
VERSION_WAIT_S = 10.0
"""A version may be on the log for a moment before the database has it."""

REPORT_BYTES_MAX = 256 << 20
"""What a request's result may weigh in the database, and a client can still read."""

VERSION = "SELECT wasm FROM strategy_versions WHERE strategy_id = %s AND version = %s"
REACHED = (
    "SELECT topic, projection, partition, next_offset FROM consumer_offsets"
    " WHERE topic = ANY(%s) ORDER BY 1, 2, 3"
)
SEEN_FROM = [BARS.name, ACTIONS.name, INSTRUMENTS.name]
"""What bars in memory follow from; of instruments their currency."""
KEEP_FILE = "INSERT INTO research_files (sha256, content) VALUES (%s, %s) ON CONFLICT DO NOTHING"

Progress = Callable[[int, int], None]
Found = TypeVar("Found")


class Bench:
    """What a worker keeps between requests. waiting: called while the database is away."""

    def __init__(self, config: Config, waiting: Callable[[], None]) -> None:
        self._url = config.database_url
        self._waiting = waiting
        self._engine = SandboxEngine()
        self._cache = module_cache(Path(config.cache_dir))
        self._book = book_module(self._engine)
        self._modules: OrderedDict[str, tuple[StrategyModule, str]] = OrderedDict()
        self._connection: psycopg.Connection | None = None
        self._resident: tuple[object, Resident] | None = None

    def warm_up(self) -> None:
        """What the first request would else wait for."""
        self._module(
            compile_source('"""Warms up."""\ndef on_bar(bar):\n    score(bar.close)\n').wasm
        )

    def close(self) -> None:
        """Let go of the connection and the engine."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._engine.close()

    def perform(self, run: Run, progress: Progress) -> Done | Refused:
        """The request's result; the same request on the same bars gives the same report."""
        try:
            if isinstance(run, RunScreen):
                return screened(self, run, progress)
            report, bars, wasm_sha256 = self._report(run, progress)
            return self._done(run, report, bars, wasm_sha256)
        except RefusedError as error:
            return error.why
        except CompileError as error:
            found = [each.model_dump(mode="json") for each in error.diagnostics]
            return Refused("rejected", f"The strategy does not compile: {error}", found)
        except ActionError as error:
            return Refused("actions", f"The splits and dividends can't be used: {error}.")
        except ParamError as error:
            return Refused("params", f"params.{error.param}: {error.reason}.")
        except psycopg.OperationalError as error:
            words = str(error).partition("\n")[0]
            return Refused("too_large", f"The database cannot do it ({words}): take fewer bars.")
        except MemoryError:
            return Refused("too_large", "It needs more memory than there is: take fewer bars.")
        except CallInterruptedError:
            return Refused("timeout", "The strategy was ended: a chunk of bars took it too long.")

    def _report(self, run: RunBacktest, progress: Progress) -> tuple[Report, int, str]:
        module, wasm_sha256 = self.strategy(run)
        symbols = tuple(sorted(run.symbols))  # which fills first at a time goes by the name
        series = [Series(run.feed, symbol, run.interval) for symbol in symbols]
        listings = self.reading(lambda connection: stored_listings(connection, run.feed, symbols))
        study = Study(
            compiled=Compiled(b"", module.metadata),
            source_name="source" if run.strategy_id is None else f"{run.strategy_id} {run.version}",
            symbols=symbols,
            interval=run.interval,
            bars=[NO_BARS] * len(series),
            params=run.params,
            rules=FillRules(**run.rules.model_dump()),
            begin_us=run.begin_ts,
            risk_free=run.risk_free,
            listings=listings,
        )
        found = self.reading(
            lambda connection: studied(
                connection, study, series, run.end_ts, module, self._book, progress
            )
        )
        return *found, wasm_sha256

    def _done(self, run: RunBacktest, report: Report, bars: int, wasm_sha256: str) -> Done:
        content = as_json(report, equity=run.equity)
        small = len(content) <= REPORT_INLINE_BYTES_MAX
        page_sha256 = None
        if run.page:
            from processors.research.report.as_html import as_html  # a second, for those who ask

            page_sha256 = self.kept(as_html(report))
        return Done(
            summary=dict(report.summary),
            params=params_of(report),
            period=report.period,
            bars=bars,
            wasm_sha256=wasm_sha256,
            report=content.decode() if small else None,
            report_sha256=_sha256(content) if small else self.kept(content),
            report_bytes=len(content),
            page_sha256=page_sha256,
        )

    def kept(self, content: bytes) -> str:
        """The name under which the content now lies in the database. Raises RefusedError."""
        if len(content) > REPORT_BYTES_MAX:
            raise RefusedError(
                "too_large",
                f"The report has {len(content) >> 20:,} MiB, and {REPORT_BYTES_MAX >> 20:,} are the"
                " most: take a shorter period, or leave `equity` away.",
            )
        name = _sha256(content)
        self.reading(lambda connection: connection.execute(KEEP_FILE, (name, content)))
        return name

    def resident(self, series: Sequence[Series], end_us: int | None) -> Resident:
        """The bars of a universe, of one feed, those before end_us, as screens see them; as they
        are from the last time where the database has heard of nothing that bears on them since.
        Raises ActionError."""
        if not series:
            return resident_of({})
        reached = self.reading(
            lambda connection: connection.execute(REACHED, (SEEN_FROM,)).fetchall()
        )
        key = (tuple(series), end_us, reached)
        if self._resident is None or self._resident[0] != key or not reached:
            bars = self.reading(
                lambda connection: stored_universe(connection, self._connected, series, end_us)
            )
            symbols = [each.symbol for each in series]
            actions = self.reading(
                lambda connection: stored_actions(connection, series[0].feed, symbols)
            )
            named = dict(zip(symbols, bars, strict=True))
            self._resident = key, resident_of(named, actions)
        return self._resident[1]

    def strategy(self, run: RunRequest) -> tuple[StrategyModule, str]:
        """The module that a request names or brings, ready to be opened, and its hash."""
        if run.source is not None:
            return self._module(self._compiled(run.source))
        return self._module(self._version(run))

    def _compiled(self, source: str) -> bytes:
        kept = self._cache.compiled(source) if self._cache else None
        if kept is None:
            kept = compile_source(source)
            if self._cache:
                self._cache.keep(source, kept)
        return kept.wasm

    def _version(self, run: RunRequest) -> bytes:
        key = (run.strategy_id, run.version)
        deadline_s = time.monotonic() + VERSION_WAIT_S
        while True:
            row = self.reading(lambda connection: connection.execute(VERSION, key).fetchone())
            if row is not None:
                return bytes(row[0])
            if time.monotonic() > deadline_s:
                raise RefusedError(
                    "unknown_version",
                    f"Strategy {run.strategy_id} has no version {run.version}:"
                    f" GET /v1/strategies/{run.strategy_id}/versions lists them.",
                )
            time.sleep(0.05)

    def _module(self, wasm: bytes) -> tuple[StrategyModule, str]:
        """The module, ready to be opened, and its hash; one used lately is at hand."""
        name = _sha256(wasm)
        if name not in self._modules:
            if not is_ours(wasm):
                raise RefusedError(
                    "foreign_module",
                    "The version is a module of another compiler, which runs live only as yet.",
                )
            native = self._cache.native if self._cache else make_native
            self._modules[name] = (load_module(self._engine, wasm, native), name)
            if len(self._modules) > MODULES_MAX:
                self._modules.popitem(last=False)
        self._modules.move_to_end(name)
        return self._modules[name]

    def _connected(self) -> psycopg.Connection:
        return psycopg.connect(
            self._url,
            autocommit=True,
            connect_timeout=CONNECT_LIMIT_S,
            application_name="peripheral research",
            **DATABASE_KEEPALIVES,
        )

    def reading(self, read: Callable[[psycopg.Connection], Found]) -> Found:
        """Do it on the connection, again and again while the database is away. Raises
        psycopg.OperationalError where it is there and cannot."""
        while True:
            try:
                if self._connection is None:
                    self._connection = self._connected()
                return read(self._connection)
            except psycopg.OperationalError as error:
                if not _is_away(error):
                    raise
                logger.warning("the database is away, trying again: %s", type(error).__name__)
                if self._connection is not None:
                    self._connection.close()
                    self._connection = None
            self._waiting()
            time.sleep(RETRY_S)


def _is_away(error: psycopg.OperationalError) -> bool:
    """Whether another try may do: the server is gone, starts, ends, or has no connection or no disk
    left."""
    code = error.sqlstate
    return code in (None, "53100", "53300") or code.startswith(("08", "57P"))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
