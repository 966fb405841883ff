"""Request bodies: JSON, of a bounded size, as a pydantic model."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from api.problems import Problem
from streams.codec import storable

BODY_BYTES_MAX = 512 * 1024
"""A strategy's 64 Ki characters, each escaped, and some more."""

M = TypeVar("M", bound=BaseModel)


async def read_body(request: Request, model: type[M]) -> M:
    """The body as `model`; a Problem of 400, 413, 415 or 422 that says what is wrong."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        # Also keeps other sites' pages from writing here: a browser asks first.
        raise Problem(
            415, "unsupported-media-type", "send the body with `Content-Type: application/json`"
        )
    return validated(_parsed(await _bytes(request)), model)


async def _bytes(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES_MAX:
            raise Problem(
                413,
                "too-large",
                f"the body is larger than {BODY_BYTES_MAX} bytes",
                headers={"Connection": "close"},
            )
    return bytes(body)


def _parsed(body: bytes) -> object:
    try:
        document = json.loads(body)
        usable = storable(document)
    except json.JSONDecodeError as error:
        raise Problem(
            400,
            "malformed-json",
            f"line {error.lineno}, column {error.colno}: {error.msg}",
            line=error.lineno,
            column=error.colno,
        ) from None
    except UnicodeDecodeError as error:
        detail = f"byte {error.start} is not UTF-8"
        raise Problem(400, "malformed-json", detail, line=1, column=error.start + 1) from None
    except RecursionError:
        raise Problem(400, "malformed-json", "it is nested too deep", line=1, column=1) from None
    if not usable:
        raise Problem(
            422,
            "invalid-body",
            "a text holds NUL (U+0000) or an integer needs more than 64 bits; leave it out",
        )
    return document


def validated(document: object, model: type[M]) -> M:
    """The document as `model`; a Problem of 422 that says what is wrong."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        errors = [
            {"field": ".".join(str(part) for part in item["loc"]), "message": item["msg"]}
            for item in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        detail = "; ".join(f"{e['field'] or 'body'}: {e['message']}" for e in errors)
        raise Problem(422, "invalid-body", detail, errors=errors) from None


def body_problem(field: str, message: str, **members: Any) -> Problem:
    """422: one field of a body that is well formed can't be used."""
    errors = [{"field": field, "message": message}]
    return Problem(422, "invalid-body", f"{field}: {message}", errors=errors, **members)
