"""Hands our settings on to the processes we start, as the variables they read them from."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from pydantic import BaseModel, SecretStr

from streams.settings import Settings

PREFIX = "PERIPHERAL_"
LIBPQ_PREFIX = "PG"


def child_environment(settings: Settings, **extra: str) -> dict[str, str]:
    """Our environment with `settings` in it, whatever it held of them before, and `extra`.

    Holds secrets in plain text, as the variables they came from do: for a child's
    environment only, never for a log.
    """
    dropped = (PREFIX, *_overruling(settings))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return {**kept, **settings_variables(settings), **extra}


def drop_libpq_variables(settings: Settings) -> None:
    """Take libpq's variables from our own environment where they would overrule `settings`."""
    for name in list(os.environ):
        if name.startswith(_overruling(settings)):
            del os.environ[name]


def _overruling(settings: Settings) -> tuple[str, ...]:
    """libpq's prefix unless the database is the user's: PGPASSWORD beats our password file."""
    return (LIBPQ_PREFIX,) if settings.database.url is None else ()


def settings_variables(settings: Settings) -> dict[str, str]:
    """`settings` as `PERIPHERAL_…` variables; a setting that is None has none."""
    return dict(_flat(PREFIX.rstrip("_"), "_", settings))


def _flat(name: str, separator: str, section: BaseModel) -> Mapping[str, str]:
    variables: dict[str, str] = {}
    for field in type(section).model_fields:
        value = getattr(section, field)
        variable = f"{name}{separator}{field.upper()}"
        if isinstance(value, BaseModel):
            variables.update(_flat(variable, "__", value))
        elif isinstance(value, SecretStr):
            variables[variable] = value.get_secret_value()
        elif isinstance(value, list | tuple | dict):
            variables[variable] = json.dumps(value)
        elif value is not None:
            variables[variable] = str(value)
    return variables
