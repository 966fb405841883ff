"""`peripheral standing`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from deploy.commands.options import FINITE, data_dir_option
from deploy.commands.study_options import param_option

PATH = "/v1/screens/standing"


@click.group("standing")
def command() -> None:
    """Run a strategy over a universe on each close: who enters, and who leaves."""


@command.command("register")
@click.argument("strategy_id")
@click.option("--universe", required=True, help="A universe's name.")
@click.option("--id", "screen_id", help="By default the universe's name and some letters.")
@click.option("--version", type=int, help="The newest by default.")
@click.option("--top", type=int, help="How many are in at most; 100 by default.")
@click.option("--grace", "grace_s", type=FINITE, help="Seconds that a close waits for late bars.")
@click.option("--begin", metavar="TIME", help="The first close; by default the newest.")
@param_option("NAME=VALUE", "Set an input.")
@data_dir_option
def register(
    strategy_id: str,
    screen_id: str | None,
    params: tuple[str, ...],
    data_dir: Path | None,
    **given: Any,
) -> None:
    """Register the strategy as a standing screen; with --begin past closes are made up for."""
    from deploy.api_client import ask
    from deploy.configuration import load_settings
    from deploy.params import parse_params

    body = {name: value for name, value in given.items() if value is not None}
    body |= {"strategy_id": strategy_id, "params": parse_params(params)}
    if screen_id is not None:
        body["id"] = screen_id
    made = ask(load_settings(data_dir), "POST", PATH, body)
    click.echo(f"{strategy_id} runs as {made['id']}: peripheral standing show {made['id']}")


@command.command("list")
@data_dir_option
def list_(data_dir: Path | None) -> None:
    """List the standing screens."""
    from deploy.api_client import ask_all
    from deploy.configuration import load_settings

    for each in ask_all(load_settings(data_dir), PATH, "standing"):
        runs = f"{each['strategy_id']} version {each['version']} over {each['universe']}"
        click.echo(f"{each['id']}  {each['state']}: {runs}, last close {each['last_close']}")
        if each["message"]:
            click.echo(f"  {each['message']}")


@command.command("show")
@click.argument("screen_id")
@click.option("--closes", type=click.IntRange(min=1), default=10, show_default=True)
@data_dir_option
def show(screen_id: str, closes: int, data_dir: Path | None) -> None:
    """Show the newest closes of a standing screen: who was in, who entered, and who left."""
    from deploy.api_client import ask
    from deploy.configuration import load_settings
    from deploy.text_table import text_table

    page = ask(load_settings(data_dir), "GET", f"{PATH}/{screen_id}/closes?limit={closes}")
    if not page["closes"]:
        click.echo("No close is complete yet.")
        return
    rows = [
        [
            each["close"],
            ", ".join(match["symbol"] for match in each["matches"]),
            ", ".join(each["entered"]),
            ", ".join(each["left"]),
            ", ".join(each["missing"]),
        ]
        for each in page["closes"]
    ]
    click.echo(text_table(["close", "in", "entered", "left", "missing"], rows))


@command.command("end")
@click.argument("screen_id")
@data_dir_option
def end(screen_id: str, data_dir: Path | None) -> None:
    """End a standing screen; what it has said stays."""
    from deploy.api_client import ask
    from deploy.configuration import load_settings

    ask(load_settings(data_dir), "DELETE", f"{PATH}/{screen_id}")
    click.echo(f"{screen_id} says no more.")
