"""An embedded PostgreSQL as a server that is given: its role may create databases.

python -m tests.given_server        # its URL, for PERIPHERAL_TEST_TIMESCALE_URL; until Ctrl-C
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from deploy.embedded import database as embedded
from deploy.embedded.account import place_for_data, server_account
from tests.stack import temporary_settings


@contextmanager
def given_server() -> Iterator[str]:
    """The URL of its first database."""
    with temporary_settings() as settings:
        server = embedded.EmbeddedDatabase(settings)
        server.start()
        server.stop()
        home = place_for_data(server_account(), settings.data_dir.absolute() / "postgres")
        embedded._single_user(home, "ALTER ROLE peripheral CREATEDB")
        with (home / "pg_hba.conf").open("a") as file:
            file.write("host all peripheral 127.0.0.1/32 scram-sha-256\n")
        password = settings.database_password_file.read_text().strip().rpartition(":")[2]
        server.start()
        try:
            port = settings.database.embedded_port
            yield f"postgresql://peripheral:{password}@127.0.0.1:{port}/peripheral"
        finally:
            server.stop()


if __name__ == "__main__":
    for ending in (signal.SIGINT, signal.SIGTERM):  # a shell's background has it ignored
        signal.signal(ending, signal.default_int_handler)
    with given_server() as url, suppress(KeyboardInterrupt):
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
        signal.pause()
