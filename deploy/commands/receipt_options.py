"""What the commands on receipts are both given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

C = TypeVar("C", bound=Callable[..., Any])

deployment_option = click.option(
    "--deployment", "deployments", multiple=True, metavar="ID", help="Only this one; repeatable."
)
_PERIOD = (
    click.option("--from", "begin", metavar="TIME", help="Only of this bar and later ones."),
    click.option("--to", "end", metavar="TIME", help="Only of bars up to this one."),
)


def period_options(function: C) -> C:
    """Of which bars: fields of both Asked."""
    for option in reversed(_PERIOD):
        function = option(function)
    return function
