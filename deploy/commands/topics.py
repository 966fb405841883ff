"""`peripheral topics`."""

from __future__ import annotations

import click


@click.command("topics")
@click.option("--dry-run", is_flag=True, help="Ask no broker and make nothing: list only.")
def command(dry_run: bool) -> None:
    """List the topics, after making those that the broker does not have yet.

    PERIPHERAL_KAFKA__BOOTSTRAP_SERVERS names the broker, PERIPHERAL_KAFKA__PARTITIONS and
    PERIPHERAL_KAFKA__REPLICATION_FACTOR what new topics get.
    """
    from deploy.configuration import load_settings
    from deploy.topics import make_missing_topics
    from streams.catalog import TOPICS

    made = [] if dry_run else make_missing_topics(load_settings())
    for topic in TOPICS:
        policy = "latest by key" if topic.config.get("cleanup.policy") == "compact" else "forever"
        state = "  made now" if topic.name in made else ""
        click.echo(f"{topic.name:<36} kept {policy}{state}")
