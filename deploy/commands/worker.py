"""`peripheral worker`."""

from __future__ import annotations

import click


@click.command("worker")
@click.argument("role")
def command(role: str) -> None:
    """Run one ROLE of the worker until it is told to end.

    Start as many as you like: they share the work as one consumer group. Each needs a
    PERIPHERAL_WORKER__INSTANCE_ID of its own, or none.
    """
    from deploy.configuration import load_settings
    from deploy.errors import UserError
    from processors.roles import ROLES, run

    if role not in ROLES:
        raise UserError(f"There is no role {role!r}: choose one of {', '.join(ROLES)}.")
    run(role, load_settings())
