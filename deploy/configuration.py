"""Reads the settings for a command, and words what is wrong with them for a user."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from deploy.environment import drop_libpq_variables
from deploy.errors import UserError
from streams.settings import Settings


def load_settings(data_dir: Path | None = None) -> Settings:
    """The settings of the environment; `data_dir` overrules PERIPHERAL_DATA_DIR.

    With the embedded database, libpq's own variables (PGPASSWORD, …) leave our environment.
    Raises `UserError` that names each wrong variable; values aren't repeated, since some
    are secrets.
    """
    overrides: dict[str, Any] = {} if data_dir is None else {"data_dir": data_dir}
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        wrong = "; ".join(
            f"{variable_name(finding['loc'])}: {finding['msg']}" for finding in error.errors()
        )
        raise UserError(f"The settings need a correction: {wrong}.") from error
    drop_libpq_variables(settings)
    return settings


def variable_name(place: tuple[int | str, ...]) -> str:
    """The variable that sets the field at `place`: ("api", "port") is PERIPHERAL_API__PORT."""
    return "PERIPHERAL_" + "__".join(str(part).upper() for part in place)
