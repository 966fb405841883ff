"""The embedded broker: one real Kafka node on loopback, its log under `<data_dir>/kafka`.

Consumes `Settings`; produces a broker that answers at `settings.bootstrap_servers`. The
log outlives it, whether it is stopped or killed.
"""

from __future__ import annotations

import base64
import secrets
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from deploy.embedded.disk import require_space
from deploy.embedded.jars import ensure_jars
from deploy.embedded.java import find_java
from deploy.embedded.jvm import Jvm, jvm_for
from deploy.embedded.ports import free_port, require_free
from deploy.embedded.probe import serves
from deploy.embedded.process import Child, reclaim
from deploy.embedded.properties import server_properties
from deploy.errors import UserError
from streams.settings import Settings

READY_LIMIT_S = 300.0
"""After a crash it looks through its log first; ended for being slow, it would begin that anew."""
STOP_LIMIT_S = 16.0  # 0.4 s as a rule, 4 s when it writes its archive of classes as it ends


class EmbeddedBroker:
    """A Kafka broker of our own; `start`, `stop` and `kill` may be repeated in any order."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.home = settings.data_dir.absolute() / "kafka"
        self._child = Child("broker", settings.run_dir, settings.log_dir)
        self._jvm: Jvm | None = None

    @property
    def name(self) -> str:
        """The name of its log and its record."""
        return self._child.name

    @property
    def pid(self) -> int | None:
        """The broker's process, None when it doesn't run."""
        return self._child.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs; `start` has waited until it serves."""
        return self._child.alive

    def prepare(self, progress: Callable[[int, int], None] = lambda _here, _all: None) -> None:
        """Fetch the jars and find a Java, both once. Raises `UserError`."""
        if self._jvm is None:
            data_dir = self.home.parent
            data_dir.mkdir(parents=True, exist_ok=True)
            require_space(data_dir)  # before a download that would be for nothing
            runtime_dir = self.settings.runtime_path
            jars = ensure_jars(runtime_dir, progress)
            self._jvm = jvm_for(find_java(), jars, runtime_dir)
            self._jvm.prepare()

    @property
    def ready(self) -> bool:
        """The same as `alive`, for the same reason."""
        return self._child.alive

    def start(self) -> None:
        """Start the broker and return when it serves. Raises `UserError`.

        A broker that a killed predecessor left on this data folder is ended first.
        """
        self.prepare()
        assert self._jvm is not None
        reclaim(self._child.record_path, STOP_LIMIT_S, signal.SIGTERM)
        port = self.settings.kafka.embedded_port
        require_free(port, "The embedded broker", "PERIPHERAL_KAFKA__EMBEDDED_PORT")
        self.home.mkdir(parents=True, exist_ok=True)
        require_space(self.home)
        properties = self.home.with_name("kafka.properties")
        # The controller is spoken to by this one node only, so any port will do each time.
        properties.write_text(server_properties(self.home, port, free_port()))
        self._format(properties)
        self._child.start(self._jvm.command("kafka.Kafka", str(properties), record=True))
        self._wait_until_it_serves(port)

    def ask_to_stop(self) -> None:
        """Tell the server to end and return at once."""
        self._child.ask_to_stop()

    def log_tail(self) -> str:
        """The end of the server's log."""
        return self._child.log_tail()

    def stop(self, limit_s: float = STOP_LIMIT_S) -> bool:
        """End the broker in order; after `limit_s` it is killed. True when it ended by itself."""
        ended = self._child.stop(limit_s)
        if ended and self._jvm is not None:
            self._jvm.keep_recording()
        return ended

    def kill(self) -> None:
        """End the broker with SIGKILL, as a crash would."""
        self._child.kill()

    def _format(self, properties: Path) -> None:
        """Give an empty log folder its cluster id; a formatted one is left alone."""
        assert self._jvm is not None
        if (self.home / "meta.properties").exists():
            return
        cluster_id = base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")
        arguments = ["format", "--standalone", f"--cluster-id={cluster_id}", "-c", str(properties)]
        done = subprocess.run(
            self._jvm.command("kafka.tools.StorageTool", *arguments),
            capture_output=True,
            text=True,
            timeout=READY_LIMIT_S,
            check=False,
        )
        if done.returncode != 0:
            raise UserError(
                f"The broker's folder {self.home} could not be formatted: "
                f"{(done.stderr or done.stdout).strip()[-500:]}"
            )

    def _wait_until_it_serves(self, port: int) -> None:
        deadline_s = time.monotonic() + READY_LIMIT_S
        while not serves("127.0.0.1", port):
            if not self._child.alive or time.monotonic() > deadline_s:
                state = "ended" if not self._child.alive else "does not answer"
                tail = self._child.log_tail()
                self._child.kill()
                raise UserError(
                    f"The embedded broker {state}; its log {self._child.log_path} ends:\n{tail}"
                )
            time.sleep(0.05)
