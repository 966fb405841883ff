"""The contracts as files, and whether what was released still holds.

Consumes the catalog and the released schemas; produces `schemas/exported/`, which other
languages read, and findings where a change would break a consumer or an old record.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from api.openapi import openapi_document
from schemas.evolution import Finding, check_all
from schemas.export import Schema, json_schemas
from streams.asyncapi import asyncapi_document
from streams.catalog import DEAD_LETTER_TOPICS, EVENT_TOPICS, LETTER_DECISIONS

SCHEMAS_DIR = Path(__file__).parents[1] / "schemas"
EXPORTED_DIR = SCHEMAS_DIR / "exported"
RELEASED_DIR = SCHEMAS_DIR / "released"


def published_schemas() -> dict[str, Schema]:
    """The schema of every event that is kept for ever, by name."""
    topics = (*EVENT_TOPICS, *DEAD_LETTER_TOPICS, LETTER_DECISIONS)
    return json_schemas(event for topic in topics for event in topic.events)


def documents() -> dict[str, str]:
    """Every exported file's text by its path below the folder."""
    found: dict[str, Any] = {
        f"json/{name}.json": schema for name, schema in published_schemas().items()
    }
    found["asyncapi.json"] = asyncapi_document()
    found["openapi.json"] = openapi_document()
    return {path: text_of(document) for path, document in found.items()}


def text_of(document: Any) -> str:
    """A document as the text of its file."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def export(folder: Path = EXPORTED_DIR) -> list[Path]:
    """Write every document below `folder`; the paths written."""
    files = {folder / path: text for path, text in documents().items()}
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(files)


def stale(folder: Path = EXPORTED_DIR) -> list[Path]:
    """The files below `folder` that are missing, left over, or not what `export` would write."""
    files = {folder / path: text for path, text in documents().items()}
    present = {path: path.read_text(encoding="utf-8") for path in folder.rglob("*.json")}
    return sorted(
        path for path in files.keys() | present.keys() if files.get(path) != present.get(path)
    )


def released_schemas(folder: Path = RELEASED_DIR) -> dict[str, Schema]:
    """The schemas that consumers have, by name."""
    return {
        path.name.removesuffix(".json"): json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.json"))
    }


def check(folder: Path = RELEASED_DIR) -> list[Finding]:
    """What keeps today's events from taking the place of the released ones."""
    return check_all(released_schemas(folder), published_schemas())


def release(folder: Path = RELEASED_DIR) -> list[Finding]:
    """Make today's schemas the released ones, unless there are findings, which are returned."""
    findings = check(folder)
    if not findings:
        folder.mkdir(parents=True, exist_ok=True)
        for name, schema in published_schemas().items():
            (folder / f"{name}.json").write_text(text_of(schema), encoding="utf-8")
    return findings
