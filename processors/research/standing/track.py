"""One standing screen on its way along the closes: bars in, events out. Pure.

In which order bars of different series came does not show in what it says, only which of them
were there when it was asked: ask when all that is on the log has been offered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processors.research.report.screen_json import word_of
from processors.research.screen import Match, ranked, receipt_of
from processors.research.standing.closes import grace_is_over, waited_for
from processors.research.standing.known import Known, Wanted
from processors.research.standing.series import SeriesStates
from sandbox.host.instance import Instance
from schemas.events.screens import ScreenClosed, ScreenMatch, ScreenRegistered
from schemas.events.universes import UniverseDefined
from schemas.series import interval_us
from streams.bars import BarBatch
from streams.universes import definition_at, eligible, listing_at, members

Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Passed:
    """A close that was gone over. definition: of the universe then, None where it was nothing."""

    close_us: int
    definition: UniverseDefined | None


class Track:
    """A screen's state: of each series, and of what it has said last.

    last: the newest close that the log has of it. A screen that has said nothing and has no begin
    begins with the newest close that is complete.
    """

    def __init__(
        self,
        registered: ScreenRegistered,
        instance: Instance,
        wasm_sha256: str,
        known: Known,
        last: ScreenClosed | None = None,
    ) -> None:
        wanted = known.wanted(registered.universe)
        assert wanted is not None, "its universe is defined"
        self.registered = registered
        self.wanted: Wanted = wanted
        self._metadata = instance.metadata
        self._wasm_sha256 = wasm_sha256
        self._known = known
        self._length_us = interval_us(wanted.interval)
        acted = known.acted(wanted.feed)
        self._states = SeriesStates(instance, registered.params, wanted.window_bars, acted)
        self._begun = True
        self._previous: tuple[str, ...] = ()
        if last is not None:
            self._done_us = last.close_ts
            self._previous = tuple(match.symbol for match in last.matches)
        elif registered.begin_ts is not None:
            self._done_us = registered.begin_ts - 1
        else:
            self._begun = False
            self._done_us = -(2**63)

    @property
    def is_stale(self) -> bool:
        """Whether it has to look at more than it has kept, for its universe or for an action: make
        a new one, and ask this one no more."""
        wanted = self._known.wanted(self.registered.universe)
        return (wanted is not None and not self.wanted.covers(wanted)) or self._states.lacks_bars

    def offer(self, batch: BarBatch, rows: Rows) -> None:
        """Take in those rows of the batch that are its universe's; bars of a series once, and in
        their order."""
        wanted = self.wanted
        ours = np.array(
            [
                (series.feed, series.interval) == (wanted.feed, wanted.interval)
                and (wanted.symbols is None or series.symbol in wanted.symbols)
                for series in batch.series
            ],
            np.bool_,
        )
        rows = rows[ours[batch.codes[rows]]]
        if len(rows):
            symbols = [series.symbol for series in batch.series]
            kept = np.flatnonzero(ours)
            place = np.cumsum(ours) - 1  # only series of ours shall get a state
            codes = place[batch.codes[rows]].astype(np.int32)
            self._states.offer([symbols[i] for i in kept], codes, batch.columns.take(rows))

    def warm_up(self, clock_us: int | None = None) -> None:
        """Evaluate what no close waits for: bars of closes that were said, or, where it has said
        none, of those that are complete by that time."""
        if not self._begun and clock_us is not None:
            grace_us = round(self.registered.grace_s * 1e6)
            self._done_us = max(self._done_us, clock_us - grace_us - 1)
        self._states.evaluate_until(self._done_us - self._length_us)

    def closes(self, clock_us: int, count_max: int) -> list[ScreenClosed]:
        """What is said at the next closes that are complete, so many at most: ask again until
        there are fewer. clock_us: the latest close of any bar of the feed. Raises SandboxError,
        and ActionError where actions of a member can't be used."""
        self.warm_up(clock_us)
        said: list[ScreenClosed] = []
        passed: Passed | None = None
        while len(said) < count_max and (found := self._pass_next(clock_us)) is not None:
            passed = found
            if self._begun and passed.definition is not None:
                said.append(self._said(passed))
        if not self._begun:
            first = passed or self._newest()
            if first is not None and first.definition is not None:
                self._begun, self._done_us = True, first.close_us
                said.append(self._said(first))
        return said

    def _newest(self) -> Passed | None:
        """The last of the closes that `warm_up` went over."""
        opens = self._states.last.ts
        if not len(opens):
            return None
        close_us = int(opens.max()) + self._length_us
        return Passed(close_us, self._definition(close_us))

    def _pass_next(self, clock_us: int) -> Passed | None:
        """Go over the next close; None while it is not complete. One at which the universe was
        nothing yet waits for nobody."""
        open_us = self._states.next_open
        if open_us is None:
            return None
        close_us = open_us + self._length_us
        definition = self._definition(close_us)
        waits = definition is not None and self._waits(definition, close_us, open_us)
        if waits and not grace_is_over(close_us, clock_us, self.registered.grace_s):
            return None
        self._states.evaluate_until(open_us)
        self._done_us = close_us
        return Passed(close_us, definition)

    def _waits(self, definition: UniverseDefined, close_us: int, open_us: int) -> bool:
        """Whether a bar may come that belongs to the close; of whoever may be a member with it, or
        of anybody where nobody is known yet."""
        expected = self._members(eligible(definition), close_us)
        return not expected or bool(self._without(expected, self._states.read, close_us, open_us))

    def _without(
        self, symbols: Sequence[str], opens: Mapping[str, int], close_us: int, open_us: int
    ) -> tuple[str, ...]:
        """Those of them whose bar is due there, and whose last one opens earlier."""
        listings = self._known.listings(self.wanted.feed)

        def calendar_of(symbol: str) -> str | None:
            listing = listing_at(listings.get(symbol, ()), close_us)
            return None if listing is None else listing.calendar

        return waited_for(symbols, opens, calendar_of, open_us, self._length_us)

    def _definition(self, close_us: int) -> UniverseDefined | None:
        return definition_at(self._known.definitions(self.registered.universe), close_us)

    def _members(self, definition: UniverseDefined, close_us: int) -> tuple[str, ...]:
        """As far as bars were gone over."""
        candidates = self._states.candidates() if definition.rule is not None else ()
        return members(definition, candidates, self._known.listings(self.wanted.feed), close_us)

    def _said(self, passed: Passed) -> ScreenClosed:
        """What is picked at the close that was gone over last."""
        assert passed.definition is not None
        belonging = self._members(passed.definition, passed.close_us)
        self._states.settle(belonging)
        symbols, rows = self._states.seen(belonging)
        matches = ranked(self._metadata, symbols, self._states.last.take(rows))
        top = matches[: self.registered.top]
        names = tuple(match.symbol for match in top)
        before, self._previous = self._previous, names
        opens = dict(zip(symbols, self._states.last.ts[rows].tolist(), strict=True))
        open_us = passed.close_us - self._length_us
        return ScreenClosed(
            screen_id=self.registered.screen_id,
            close_ts=passed.close_us,
            members=len(belonging),
            symbols=len(symbols),
            matched=len(matches),
            matches=tuple(map(_match, top)),
            entered=tuple(name for name in names if name not in set(before)),
            left=tuple(sorted(set(before) - set(names))),
            missing=self._without(belonging, opens, passed.close_us, open_us),
            wasm_sha256=self._wasm_sha256,
            receipt=receipt_of(
                self._wasm_sha256, self.registered.params, self._states.digests(symbols)
            ),
        )


def _match(match: Match) -> ScreenMatch:
    return ScreenMatch(
        symbol=match.symbol,
        ts=match.ts,
        score=match.score,
        signal=word_of(match.signal),
        alerts=match.alerts,
        plots=dict(match.plots),
    )
