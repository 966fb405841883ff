"""A report that is kept no longer: files are no fold of the log, a rebuilt database lacks them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from api.problems import Problem

OF_THE_FIRST = ("id", "author", "wait_s")


def gone(item: dict[str, Any], body: type[BaseModel], address: str) -> Problem:
    """410, with what to send to that address to have the report made again: under its hash it is
    then found from here too.

    item: the request as it is read; body: what asks for one.
    """
    names = [field.alias or name for name, field in body.model_fields.items()]
    asked = {name: item[name] for name in names if name not in OF_THE_FIRST}
    return Problem(
        410,
        "gone",
        f"this report is kept no longer: POST `again` to {address}, which makes the same one while"
        " its bars are as they were, and it is here again",
        again={name: value for name, value in asked.items() if value is not None},
    )
