"""OpenAPI 3.1 of the HTTP API, built from the views and the table of operations."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.operations import OPERATIONS, PARAMETERS, Operation
from api.problems import KIND_BY_STATUS, PROBLEMS
from api.tables import ARROW, CSV, JSON, PARQUET
from schemas.views import ProblemView

Document = dict[str, Any]

EVENT_STREAM = "text/event-stream"
REF = "#/components/schemas/{model}"

DESCRIPTION = """
Reads of what Peripheral has computed, writes to its log, and the live stream of its events.

- **Times** are RFC 3339 in UTC; a query takes a date too, and a time without offset as UTC.
- **Pages**: send `next` of an answer as `cursor`; the `Link` header holds the whole address.
- **Errors** are `application/problem+json` (RFC 9457); `/docs` lists their types.
- **Writes** go to the log. An answer of 202 says where the event lies, and that what follows
  from it was not seen in time; it comes on `/v1/stream`.
"""

STATUS_WORDS = {
    400: "A parameter or the body's JSON can't be used.",
    404: PROBLEMS["not-found"],
    406: PROBLEMS["not-acceptable"],
    409: PROBLEMS["conflict"],
    410: PROBLEMS["gone"],
    413: PROBLEMS["too-large"],
    415: PROBLEMS["unsupported-media-type"],
    422: "The body is JSON, but not what is wanted, or the strategy doesn't compile.",
    503: PROBLEMS["unavailable"],
}
assert set(KIND_BY_STATUS) - {405} <= set(STATUS_WORDS)


def openapi_document() -> Document:
    """The document, equal each time."""
    paths: Document = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Peripheral",
            "version": "1.0.0",
            "description": DESCRIPTION.strip(),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": _schemas(), "parameters": _parameters()},
    }


def _schemas() -> Document:
    """Every view that an operation names; requests as they are read, answers as written."""
    bodies = {operation.body for operation in OPERATIONS if operation.body}
    answers = {model for operation in OPERATIONS for model in operation.answers.values() if model}
    models: list[tuple[type[BaseModel], Any]] = [
        *((model, "validation") for model in sorted(bodies, key=lambda m: m.__name__)),
        *((model, "serialization") for model in sorted(answers, key=lambda m: m.__name__)),
        (ProblemView, "serialization"),
    ]
    _, schema = models_json_schema(models, ref_template=REF)
    found: Document = schema["$defs"]
    return found


def _parameters() -> Document:
    return {
        name: {
            "name": name,
            "in": "query",
            "description": words,
            "schema": schema,
            **({"style": "form", "explode": True} if schema["type"] == "array" else {}),
        }
        for name, (words, schema) in PARAMETERS.items()
    }


def _operation(operation: Operation) -> Document:
    found: Document = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": [
            *(_path_parameter(name) for name in operation.path_names),
            *({"$ref": f"#/components/parameters/{name}"} for name in operation.parameters),
        ],
        "responses": _responses(operation),
    }
    if operation.description:
        found["description"] = operation.description
    if operation.streams:
        found["parameters"].append(
            {
                "name": "Last-Event-ID",
                "in": "header",
                "description": "Go on behind the event of this id; goes before `from`.",
                "schema": {"type": "string"},
            }
        )
    if operation.body:
        found["requestBody"] = {
            "required": True,
            "content": {JSON: {"schema": _ref(operation.body)}},
        }
    return found


def _path_parameter(name: str) -> Document:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _responses(operation: Operation) -> Document:
    found: Document = {}
    for status, model in operation.answers.items():
        found[str(status)] = {
            "description": _words(status, model),
            "content": _content(operation, model),
        }
    for status in operation.problems:
        found[str(status)] = {
            "description": STATUS_WORDS[status],
            "content": {"application/problem+json": {"schema": _ref(ProblemView)}},
        }
    return found


def _words(status: int, model: type[BaseModel] | None) -> str:
    if status == 202:
        return "It is on the log; what follows from it was not seen in time."
    return (model.__doc__ or "").strip().partition("\n\n")[0] if model else "It is done."


def _content(operation: Operation, model: type[BaseModel] | None) -> Document:
    if operation.streams:
        return {EVENT_STREAM: {"schema": {"type": "string"}}}
    if operation.media_type != JSON:
        return {operation.media_type: {"schema": {"type": "string"}}}
    schema = _ref(model) if model else {"type": "object"}
    found: Document = {JSON: {"schema": schema}}
    if operation.as_tables:
        found[CSV] = {"schema": {"type": "string"}}
        found |= {
            media: {"schema": {"type": "string", "format": "binary"}} for media in (ARROW, PARQUET)
        }
    return found


def _ref(model: type[BaseModel]) -> Document:
    return {"$ref": REF.format(model=model.__name__)}
