"""A few of the example strategies, registered and deployed through the API as a user would."""

from __future__ import annotations

import ast
import time
from pathlib import Path

from deploy.api_client import ApiRefusalError, ask
from deploy.errors import UserError
from streams.settings import Settings

FOLDER = Path(__file__).parent.parent / "docs" / "strategies"
SOURCES = tuple(
    FOLDER / f"{name}.py" for name in ("bollinger_reversion", "donchian_breakout", "ema_cross_rsi")
)
AUTHOR = "examples"
COMPILED_LIMIT_S = 15.0
NOT_FOUND, CONFLICT, UNAVAILABLE = 404, 409, 503


def register_examples(settings: Settings) -> list[str]:
    """Register and deploy the examples once per data folder; the ids of what is new.

    Once, so that an example that its user has deleted does not come back; a start that was
    interrupted in between is made good by the next one. Raises `UserError`.
    """
    done = settings.data_dir / "examples.registered"
    if done.exists():
        return []
    names = [source.stem for source in SOURCES if _register(settings, source)]
    done.touch()
    return names


def _register(settings: Settings, source: Path) -> bool:
    """Whether the strategy or its deployment is new; what is there already is left as it is."""
    text = source.read_text(encoding="utf-8")
    strategy = {"id": source.stem, "name": title(text), "source": text, "author": AUTHOR}
    registered = _post(settings, "/v1/strategies", strategy)
    _wait_until_compiled(settings, source.stem)
    deployment = {"id": f"{source.stem}-live", "strategy_id": source.stem, "author": AUTHOR}
    deployed = _post(settings, "/v1/deployments", deployment)
    return registered or deployed


def _post(settings: Settings, path: str, body: dict[str, str]) -> bool:
    """False where it exists already."""
    try:
        ask(settings, "POST", path, body)
    except ApiRefusalError as refusal:
        if refusal.status == CONFLICT:
            return False
        raise UserError(
            f"POST {path} of the example {body['id']} was refused: {refusal}"
        ) from refusal
    return True


def _wait_until_compiled(settings: Settings, strategy_id: str) -> None:
    """Return when the strategy has a version, which a 202 doesn't promise yet."""
    deadline_s = time.monotonic() + COMPILED_LIMIT_S
    while not _is_compiled(settings, strategy_id):
        if time.monotonic() > deadline_s:
            raise UserError(
                f"The example {strategy_id} was not compiled within {COMPILED_LIMIT_S:g} s: "
                f"see {settings.log_dir / 'compilation.log'}, and start again."
            )
        time.sleep(0.1)


def _is_compiled(settings: Settings, strategy_id: str) -> bool:
    try:
        return ask(settings, "GET", f"/v1/strategies/{strategy_id}")["version"] is not None
    except ApiRefusalError as refusal:
        if refusal.status in (NOT_FOUND, UNAVAILABLE):  # on the log, and not yet in the view
            return False
        raise


def title(source: str) -> str:
    """The first line of a strategy's docstring, without its full stop."""
    docstring = ast.get_docstring(ast.parse(source)) or ""
    return docstring.partition("\n")[0].rstrip(".")
