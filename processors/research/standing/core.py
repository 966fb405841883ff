"""A standing screen's events → what there is to be done about it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from schemas.events.screens import ScreenClosed, ScreenEvent, ScreenRegistered


@dataclass(frozen=True, slots=True)
class Standing:
    """A screen as far as the log has it. last: the newest close that is said of it."""

    registered: ScreenRegistered | None = None
    ended: bool = False
    last: ScreenClosed | None = None

    @property
    def runs(self) -> ScreenRegistered | None:
        """Its registration, while it shall run."""
        return None if self.ended else self.registered


def fold(state: Standing, event: ScreenEvent) -> Standing:
    """The screen after the event: the first registration counts, then the first end; of closes
    those that rise, so that of two records about one the first does."""
    match event:
        case ScreenRegistered():
            return state if state.registered is not None else replace(state, registered=event)
        case ScreenClosed():
            is_new = state.last is None or event.close_ts > state.last.close_ts
            return replace(state, last=event) if is_new else state
    return state if state.registered is None else replace(state, ended=True)
