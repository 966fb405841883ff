"""`python -m bench.stock ROLE`: one worker, settings from the environment."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import faust

from deploy.embedded.ports import free_port
from streams.settings import Settings
from streams.unpacking import unpack_quickly

STATE = "BENCH_STOCK_STATE"
"""`table` keeps state in Faust tables with their changelogs; else it is in memory alone."""


def make_app(role: str, settings: Settings) -> Any:
    """A Faust app with Faust's own defaults, but for what one machine needs."""
    datadir = settings.data_dir.absolute() / "faust" / role
    datadir.mkdir(parents=True, exist_ok=True)
    app = faust.App(
        f"stock.{role}",
        broker=f"kafka://{settings.bootstrap_servers}",
        store="memory://",
        datadir=str(datadir),
        consumer_auto_offset_reset="earliest",
        topic_partitions=settings.kafka.partitions,
        topic_disable_leader=True,
        producer_linger=0.005,
        web_enabled=False,
        web_port=free_port(),
        worker_redirect_stdouts=False,
    )
    ready_file = Path(os.environ["PERIPHERAL_READY_FILE"])

    def announce(*_: Any, **__: Any) -> None:
        ready_file.touch()

    app.on_rebalance_complete.connect(announce, weak=False)
    module: Any = import_module(f"bench.stock.{role}")
    module.attach(app, settings, durable=os.environ.get(STATE) == "table")
    unpack_quickly(quickly=False)  # which Faust wants, record by record
    return app


def main() -> None:
    """Run the role until told to stop."""
    app = make_app(sys.argv[1], Settings())
    faust.Worker(app, loglevel="WARN", quiet=True).execute_from_commandline()


if __name__ == "__main__":
    main()
