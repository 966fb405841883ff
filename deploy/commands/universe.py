"""`peripheral universe`."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click

from deploy.commands.options import FINITE, data_dir_option

_RULE = (
    click.option("--price-min", type=FINITE, help="Of the last close."),
    click.option("--price-max", type=FINITE),
    click.option("--dollar-volume-min", type=FINITE, help="Mean of close × volume."),
    click.option("--dollar-volume-max", type=FINITE),
    click.option("--volatility-min", type=FINITE, help="Of returns, by the year; 0.2 is 20 %."),
    click.option("--volatility-max", type=FINITE),
    click.option("--age-days-min", type=int, help="Since it was listed, or its first bar."),
    click.option("--age-days-max", type=int),
    click.option("--sector", "sectors", multiple=True, help="Any of these; may be repeated."),
    click.option("--top", type=int, help="Of these, so many with the highest dollar volume."),
    click.option("--window-bars", type=int, help="How far back both means look; 20 by default."),
)


def rule_options(function: Any) -> Any:
    """The bounds of a rule: fields of UniverseRule."""
    for option in reversed(_RULE):
        function = option(function)
    return function


@click.group("universe")
def command() -> None:
    """Name sets of symbols, as lists or rules, that hold as of a time."""


@command.command("set")
@click.argument("name")
@click.option("--symbols", help="A list, as A,B; or else a rule by the options below.")
@click.option("--feed", default="sample", show_default=True)
@click.option("--interval", default="1d", show_default=True)
@click.option("--effective", metavar="TIME", help="From when on; from now on by default.")
@rule_options
@data_dir_option
def set_(
    name: str,
    symbols: str | None,
    feed: str,
    interval: str,
    effective: str | None,
    data_dir: Path | None,
    **bounds: Any,
) -> None:
    """Say what the universe NAME is from a time on; what it was before stays.

    A list says nothing of the time before. A rule does, where it is the universe's first: it sees
    only what was known then. Without --symbols and any bound it is all that is traded.
    """
    from deploy.api_client import ask
    from deploy.configuration import load_settings
    from deploy.errors import UserError

    rule = {key: value for key, value in bounds.items() if value not in (None, ())}
    if symbols is not None and rule:
        raise UserError("A universe is a list or a rule: leave --symbols or the bounds out.")
    body: dict[str, Any] = {
        "name": name,
        "feed": feed,
        "interval": interval,
        "effective": effective,
    }
    if symbols is not None:
        body["symbols"] = [each.strip() for each in symbols.split(",") if each.strip()]
    else:
        body["rule"] = rule
    made = ask(load_settings(data_dir), "POST", "/v1/universes", body)
    click.echo(f"{name} is defined from {made['effective']} on.")


@command.command("list")
@data_dir_option
def list_(data_dir: Path | None) -> None:
    """List the universes with all their definitions."""
    from deploy.api_client import ask_all
    from deploy.configuration import load_settings

    for each in ask_all(load_settings(data_dir), "/v1/universes", "universes"):
        click.echo(f"{each['name']}  from {each['effective']}  {_words(each)}")


@command.command("show")
@click.argument("name")
@click.option("--as-of", "as_of", metavar="TIME", help="A day is meant with its bars.")
@data_dir_option
def show(name: str, as_of: str | None, data_dir: Path | None) -> None:
    """Say what the universe NAME is, and who belongs to it, at the newest close or as of TIME."""
    from deploy.api_client import ask
    from deploy.configuration import load_settings
    from deploy.research.asked import as_of_us
    from streams.codec import rfc3339

    at_us = as_of_us(as_of)
    query = "" if at_us is None else "?" + urlencode({"as_of": rfc3339(at_us)})
    found = ask(load_settings(data_dir), "GET", f"/v1/universes/{name}{query}")
    click.echo(f"{name}: {_words(found)}, defined from {found['effective']} on.")
    click.echo(f"{len(found['members']):,} symbols as of {found['as_of']}:")
    click.echo(", ".join(found["members"]))


def _words(found: dict[str, Any]) -> str:
    """What a definition says, on a line."""
    if found["symbols"] is not None:
        what = f"a list of {len(found['symbols']):,} symbols"
    else:
        bounds = {
            key: value
            for key, value in found["rule"].items()
            if value not in (None, []) and key != "window_bars"
        }
        said = ", ".join(f"{key} {_text(value)}" for key, value in bounds.items())
        what = f"a rule: {said}" if said else "all that is traded"
    return f"{what}, {found['feed']} {found['interval']}"


def _text(value: Any) -> str:
    return " or ".join(value) if isinstance(value, list) else f"{value:g}"
