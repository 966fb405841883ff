"""StrategyCompiled, StrategyRejected → a row of `strategy_versions`: an edit and its answer."""

from __future__ import annotations

from typing import NamedTuple

from pydantic_core import to_json

from schemas.events.strategies import StrategyCompiled, StrategyRejected


class VersionRow(NamedTuple):
    """A version with all that runs it, or, in `diagnostics`, why the edit is none."""

    strategy_id: str
    source_offset: int
    edit_id: str
    version: int | None = None
    name: str | None = None
    author: str | None = None
    source: str | None = None
    source_sha256: str | None = None
    wasm: bytes | None = None
    wasm_sha256: str | None = None
    language_version: str | None = None
    library_version: str | None = None
    params: str | None = None
    plots: str | None = None
    alerts: str | None = None
    state_bytes: int | None = None
    diagnostics: str | None = None


def version_row(event: StrategyCompiled | StrategyRejected) -> VersionRow:
    """The row of an answered edit."""
    if isinstance(event, StrategyRejected):
        return VersionRow(
            strategy_id=event.strategy_id,
            source_offset=event.source_offset,
            edit_id=event.edit_id,
            diagnostics=to_json(event.diagnostics).decode(),
        )
    return VersionRow(
        strategy_id=event.strategy_id,
        source_offset=event.source_offset,
        edit_id=event.edit_id,
        version=event.version,
        name=event.name,
        author=event.author,
        source=event.source,
        source_sha256=event.source_sha256,
        wasm=event.wasm,
        wasm_sha256=event.wasm_sha256,
        language_version=event.language_version,
        library_version=event.library_version,
        params=to_json(event.params).decode(),
        plots=to_json(event.plots).decode(),
        alerts=to_json(event.alerts).decode(),
        state_bytes=event.state_bytes,
    )
