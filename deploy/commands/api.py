"""`peripheral api`."""

from __future__ import annotations

import click


@click.command("api")
def command() -> None:
    """Run the HTTP API until it is told to end.

    PERIPHERAL_API__HOST and PERIPHERAL_API__PORT say where it listens.
    """
    from api.server import CannotListenError, run
    from deploy.configuration import load_settings
    from deploy.errors import UserError

    try:
        run(load_settings())
    except CannotListenError as error:
        raise UserError(str(error)) from error
