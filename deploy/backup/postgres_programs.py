"""Finds pg_dump and pg_restore, and tells them where the database is; nobody else sees it."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from psycopg import conninfo, pq

from deploy.embedded.database import installed_programs
from deploy.errors import UserError
from streams.settings import DATABASE_KEEPALIVES

_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


@dataclass(frozen=True, slots=True)
class Program:
    """One of PostgreSQL's programs, and its major version."""

    path: Path
    major: int


def program(name: str, major_min: int) -> Program:
    """The oldest of those of the PATH and of our own package that are as new as that.

    Older ones refuse a newer server; newer ones may say what an older server does not know. Raises
    `UserError` where there is none.
    """
    candidates = [installed_programs() / name]
    on_path = shutil.which(name)
    if on_path is not None:
        candidates.append(Path(on_path))
    found = [Program(path, version) for path in candidates if (version := version_of(path))]
    fitting = [each for each in found if each.major >= major_min]
    if not fitting:
        had = ", ".join(f"{each.major} at {each.path}" for each in found) or "none"
        raise UserError(
            f"{name} of PostgreSQL {major_min} or newer is needed (found: {had}): install the "
            "client programs of the database's version."
        )
    return min(fitting, key=lambda each: each.major)


def version_of(path: Path) -> int | None:
    """The major version of a program; None where it does not say it."""
    try:
        done = subprocess.run(
            [str(path), "--version"], capture_output=True, text=True, check=False, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = _VERSION.search(done.stdout)
    return int(match[1]) if match else None


def database_option(url: str) -> str:
    """The option that names a URL's database, and has libpq notice that its host is gone, for
    which there is no variable."""
    database = conninfo.conninfo_to_dict(url).get("dbname", "")
    return f"--dbname={conninfo.make_conninfo(dbname=database, **DATABASE_KEEPALIVES)}"


def connection_variables(url: str) -> dict[str, str]:
    """A libpq URL as the variables that mean the same: an argument would be seen by all users."""
    given = conninfo.conninfo_to_dict(url)
    names = {
        option.keyword.decode(): option.envvar.decode()
        for option in pq.Conninfo.get_defaults()
        if option.envvar
    }
    return {names[key]: str(value) for key, value in given.items() if key in names}
