"""The contracts as files, and whether what was released still holds.

Consumes the catalog and the releases; produces `schemas/exported/`, which other languages read,
findings where a change would break a consumer or an old record, and the next release.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from api.openapi import openapi_document
from deploy.releases import kept
from schemas.evolution import Finding, check_all, meaning
from schemas.export import Schema, inlined, json_schemas, text_of
from streams.asyncapi import asyncapi_document
from streams.catalog import DEAD_LETTER_TOPICS, EVENT_TOPICS, LETTER_DECISIONS

SCHEMAS_DIR = Path(__file__).parents[1] / "schemas"
EXPORTED_DIR = SCHEMAS_DIR / "exported"
RELEASED_DIR = SCHEMAS_DIR / "released"


class FindingsError(ValueError):
    """Why there can be no release."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("; ".join(map(str, findings)))
        self.findings = findings


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


def check(folder: Path = RELEASED_DIR) -> list[Finding]:
    """What keeps today's events from taking the place of the released ones, of all releases."""
    current, releases = published_schemas(), kept.releases(folder)
    newest = kept.newest(releases)
    return [
        replace(finding, path=f"release {release.number}: {finding.path}")
        for release in releases
        for finding in check_all(
            release.schemas,
            current,
            superseded={name for name in release.schemas if newest[name] != release.schemas[name]},
        )
    ]


def unreleased(folder: Path = RELEASED_DIR) -> dict[str, Schema]:
    """Today's events that are not as they were released last, whatever their words."""
    newest = kept.newest(kept.releases(folder))
    return {
        name: schema
        for name, schema in published_schemas().items()
        if name not in newest or meaning(inlined(newest[name])) != meaning(inlined(schema))
    }


def release(folder: Path = RELEASED_DIR) -> int | None:
    """Add the next release, of what is new or has changed; its number, None where nothing has.

    Raises FindingsError.
    """
    if findings := check(folder):
        raise FindingsError(findings)
    if not (changed := unreleased(folder)):
        return None
    return kept.add(folder, changed)
