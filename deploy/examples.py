"""The example strategies, registered and deployed through the API as a user would."""

from __future__ import annotations

import ast
from pathlib import Path

import httpx

from deploy.errors import UserError
from deploy.summary import api_url
from streams.settings import Settings

FOLDER = Path(__file__).parent.parent / "docs" / "strategies"
AUTHOR = "examples"
TIMEOUT_S = 15.0
CONFLICT = 409


def register_examples(settings: Settings) -> list[str]:
    """Register and deploy the examples once per data folder; the ids of what is new.

    Once, so that an example that its user has deleted does not come back. Raises `UserError`.
    """
    done = settings.data_dir / "examples.registered"
    if done.exists():
        return []
    with httpx.Client(base_url=api_url(settings), timeout=TIMEOUT_S) as client:
        sources = sorted(FOLDER.glob("*.py"))
        names = [source.stem for source in sources if _register(client, source)]
    done.touch()
    return names


def _register(client: httpx.Client, source: Path) -> bool:
    """Whether the strategy is new; one that is there already is left as it is."""
    text = source.read_text(encoding="utf-8")
    strategy = {"id": source.stem, "name": title(text), "source": text, "author": AUTHOR}
    if not _post(client, "/v1/strategies", strategy):
        return False
    deployment = {"id": f"{source.stem}-live", "strategy_id": source.stem, "author": AUTHOR}
    return _post(client, "/v1/deployments", deployment)


def _post(client: httpx.Client, path: str, body: dict[str, str]) -> bool:
    """False where it exists already."""
    answer = client.post(path, json=body)
    if answer.status_code == CONFLICT:
        return False
    if not answer.is_success:
        raise UserError(f"POST {path} of the example {body['id']} was refused: {answer.text}")
    return True


def title(source: str) -> str:
    """The first line of a strategy's docstring, without its full stop."""
    docstring = ast.get_docstring(ast.parse(source)) or ""
    return docstring.partition("\n")[0].rstrip(".")
