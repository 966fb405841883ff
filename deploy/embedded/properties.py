"""server.properties of the one-node broker, as a pure function of where it listens and writes."""

from __future__ import annotations

from pathlib import Path

from streams.topics import MESSAGE_BYTES_MAX


def server_properties(log_dir: Path, port: int, controller_port: int) -> str:
    """The text of server.properties; both listeners are on loopback only."""
    broker = f"127.0.0.1:{port}"
    controller = f"127.0.0.1:{controller_port}"
    values: dict[str, str | int] = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.bootstrap.servers": controller,
        "listeners": f"PLAINTEXT://{broker},CONTROLLER://{controller}",
        "advertised.listeners": f"PLAINTEXT://{broker},CONTROLLER://{controller}",
        "inter.broker.listener.name": "PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": str(log_dir),
        # Topics come from the catalog; a misspelled one is an error, not a new topic.
        "auto.create.topics.enable": "false",
        "log.retention.ms": -1,
        "message.max.bytes": MESSAGE_BYTES_MAX,
        "replica.fetch.max.bytes": MESSAGE_BYTES_MAX,
        **_one_node_replication(),
        **_quick_takeover(),
        **_small_footprint(),
    }
    return "".join(f"{name}={_escaped(value)}\n" for name, value in values.items())


def _one_node_replication() -> dict[str, str | int]:
    return {
        "default.replication.factor": 1,
        "min.insync.replicas": 1,
        "offsets.topic.replication.factor": 1,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
    }


def _quick_takeover() -> dict[str, str | int]:
    return {
        # After a kill -9 the broker may come back only when its last session has expired.
        "broker.session.timeout.ms": 3000,
        "broker.heartbeat.interval.ms": 500,
        "group.initial.rebalance.delay.ms": 0,
        "group.min.session.timeout.ms": 1000,
    }


def _small_footprint() -> dict[str, str | int]:
    return {
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.num.partitions": 1,
        "share.coordinator.state.topic.num.partitions": 1,
        "num.network.threads": 2,
        "num.io.threads": 2,
        "log.cleaner.dedupe.buffer.size": 8 << 20,
    }


def _escaped(value: str | int) -> str:
    """Java's properties format takes a backslash for an escape."""
    return str(value).replace("\\", "\\\\")
