"""The steps of `peripheral up`, in order, as a newcomer sees them."""

from __future__ import annotations

import time
from functools import partial

from deploy.api_client import api_url
from deploy.embedded.broker import EmbeddedBroker
from deploy.embedded.database import EmbeddedDatabase
from deploy.embedded.ports import require_free
from deploy.examples import register_examples
from deploy.migrate import migrate
from deploy.running import end_leftovers
from deploy.screen import Screen
from deploy.services import PERIPHERAL, Program, Service, workers
from deploy.summary import api_answers
from deploy.supervisor import Supervisor, supervised
from deploy.topics import make_missing_topics
from streams.settings import Settings


def run_up(settings: Settings, screen: Screen, command: tuple[str, ...] = PERIPHERAL) -> None:
    """Bring everything up and stay until interrupted. Raises `UserError`.

    Our own processes are started as `command` with their arguments.
    """
    began_s = time.monotonic()
    data_dir = settings.data_dir.absolute()
    data_dir.mkdir(parents=True, exist_ok=True)
    screen.line(f"Peripheral starts. Its data is kept in {data_dir}", "bold")
    with supervised(settings, screen) as supervisor:
        try:
            _start(supervisor, settings, screen, command)
            seconds = time.monotonic() - began_s
            for line in ready_lines(settings, seconds):
                screen.line(line)
            supervisor.watch()
        except KeyboardInterrupt:
            screen.line("Stopping; the data stays.")


def _start(
    supervisor: Supervisor, settings: Settings, screen: Screen, command: tuple[str, ...]
) -> None:
    # What is taken must be known before a minute of work, and by its setting's name.
    leftovers = end_leftovers(settings.run_dir)
    if leftovers:
        screen.line(f"  An earlier run was cut short; ended: {', '.join(leftovers)}")
    _require_ports(settings)
    _start_broker(supervisor, settings, screen)
    with screen.step("topics") as describe:
        made = make_missing_topics(settings)
        describe(f"{len(made)} made" if made else "all there")
    _start_database(supervisor, settings, screen)
    with screen.step("migrations") as describe:
        applied = migrate(settings.database_url)
        describe(f"{len(applied)} applied" if applied else "up to date")
    with screen.step("processes") as describe:
        programs: list[Service] = [*workers(settings, command)]
        if settings.backup.to is not None:
            programs.append(Program("backup", ["backup", "schedule"], settings, command=command))
        describe(", ".join(["api", *(program.name for program in programs)]))
        probe = partial(api_answers, settings)
        api = Program("api", ["api"], settings, probe=probe, command=command)
        supervisor.start([*programs, api])
    with screen.step("examples") as describe:
        names = register_examples(settings)
        describe(f"registered {', '.join(names)}" if names else "none to register")
    with screen.step("feed") as describe:
        describe("bars of five stocks, from bokeh_sampledata")
        feed = Program("feed", ["feed"], settings, probe=lambda: True, command=command)
        supervisor.start([feed])


def _require_ports(settings: Settings) -> None:
    require_free(settings.api.port, "The API", "PERIPHERAL_API__PORT", settings.api.host)
    if settings.kafka.bootstrap_servers is None:
        port = settings.kafka.embedded_port
        require_free(port, "The embedded broker", "PERIPHERAL_KAFKA__EMBEDDED_PORT")
    if settings.database.url is None:
        port = settings.database.embedded_port
        require_free(port, "The embedded database", "PERIPHERAL_DATABASE__EMBEDDED_PORT")


def _start_broker(supervisor: Supervisor, settings: Settings, screen: Screen) -> None:
    with screen.step("broker") as describe:
        if settings.kafka.bootstrap_servers is not None:
            describe(f"yours, at {settings.bootstrap_servers}")
            return
        broker = EmbeddedBroker(settings)
        broker.prepare(lambda here, total: describe(f"fetching jars, {here} of {total}"))
        describe(f"Apache Kafka on {settings.bootstrap_servers}")
        supervisor.start([broker])


def _start_database(supervisor: Supervisor, settings: Settings, screen: Screen) -> None:
    with screen.step("database") as describe:
        if settings.database.url is not None:
            describe("yours, as PERIPHERAL_DATABASE__URL says")
            return
        describe(f"PostgreSQL on 127.0.0.1:{settings.database.embedded_port}")
        supervisor.start([EmbeddedDatabase(settings)])


def ready_lines(settings: Settings, seconds: float) -> list[str]:
    """What to do next, with addresses to copy."""
    url = api_url(settings)
    return [
        f"Ready in {seconds:.1f} s.",
        f"  the API and its pages   {url}/docs",
        f"  the live stream         curl -N {url}/v1/stream",
        f"  the log                 kcat -b {settings.bootstrap_servers} -C -t signals.emitted.v1",
        '  the database            psql "$(peripheral status --database-url)"',
        f"  each process's log      {settings.log_dir}",
        "Ctrl-C stops everything; the data stays for next time.",
    ]
