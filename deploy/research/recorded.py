"""What was tried, told to a running Peripheral, and asked of it; silently not, where none runs."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.api_client import api_host, ask
from deploy.configuration import load_settings
from deploy.errors import UserError
from deploy.research.asked_study import AskedStudy
from processors.research.trials import Bars, Run, search_name, trials_made
from schemas.events.trials import TrialKind, TrialsMade
from schemas.views import AUTHOR_DEFAULT
from streams.codec import rfc3339
from streams.settings import Settings

_LOOK_LIMIT_S = 0.3
NOTHING_RUNS = "nothing is running"


@dataclass(frozen=True, slots=True)
class Counted:
    """What the log knows of a search, as schemas.research_views.TrialsView has it."""

    strategy_id: str
    trials: int
    with_sharpe: int
    t_variance: float | None


def record(
    asked: AskedStudy, wasm: bytes, kind: TrialKind, made: Iterable[tuple[Bars, Sequence[Run]]]
) -> str:
    """Tells of runs of the strategy in a file. A sentence on what came of it: whatever it is, the
    result stands."""
    sha256, name = hashlib.sha256(wasm).hexdigest(), search_name(asked.file.stem)
    count = 0
    try:
        settings = load_settings(asked.data_dir)
        if not _runs(settings):
            return f"Trials are not recorded: {NOTHING_RUNS}."
        for event in (
            event
            for bars, runs in made
            for event in trials_made(name, kind, AUTHOR_DEFAULT, sha256, bars, runs)
        ):
            ask(settings, "POST", "/v1/trials", _body(event))
            count += len(event.trials)
    except UserError as error:
        return f"Trials are not recorded: {error}"
    trials = "trial" if count == 1 else "trials"
    return f"{count:,} {trials} of {name} recorded."


def counted(file: Path, data_dir: Path | None, since: str | None) -> Counted | str:
    """How many trials there were of the strategy in a file; or why that is not known."""
    try:
        settings = load_settings(data_dir)
        if not _runs(settings):
            return NOTHING_RUNS
        name = search_name(file.stem)
        period = f"&from={since}" if since else ""
        found = ask(settings, "GET", f"/v1/trials?strategy={name}{period}")
    except UserError as error:
        return f"the log could not be asked ({str(error).rstrip('.')})"
    return Counted(name, found["trials"], found["with_sharpe"], found["t_variance"])


def _runs(settings: Settings) -> bool:
    """Whether anything listens where the API would; quickly, as mostly nothing does."""
    address = api_host(settings), settings.api.port
    try:
        with socket.create_connection(address, _LOOK_LIMIT_S):
            return True
    except OSError:
        return False


def _body(event: TrialsMade) -> dict[str, Any]:
    body = event.model_dump(mode="json")
    begin, end = body.pop("begin_ts"), body.pop("end_ts")
    return {**body, "from": rfc3339(begin), "to": rfc3339(end)}
