"""`peripheral strategy`."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from deploy.api_client import ApiRefusalError, ask, ask_all
from deploy.commands.options import data_dir_option
from deploy.commands.strategy_files import (
    check,
    compile_,
    explain,
    read_bytes,
    read_source,
    source_file,
)
from deploy.commands.study_options import account_options
from deploy.configuration import load_settings
from deploy.diagnostics import render
from deploy.params import parse_params
from schemas.diagnostics import Diagnostic
from schemas.events.strategies import TRAPS_MAX


@click.group("strategy")
def command() -> None:
    """Check, compile, register and deploy strategies."""


for local in (check, compile_, explain):
    command.add_command(local)


@command.command("list")
@data_dir_option
def list_(data_dir: Path | None) -> None:
    """List the strategies and where they run."""
    settings = load_settings(data_dir)
    deployments = ask_all(settings, "/v1/deployments", "deployments")
    for strategy in ask_all(settings, "/v1/strategies", "strategies"):
        click.echo(f"{strategy['id']}  {strategy['name']}")
        click.echo(f"  newest version: {strategy['version'] or 'none, it does not compile'}")
        for deployment in deployments:
            if deployment["strategy_id"] == strategy["id"] and deployment["state"] != "ended":
                for line in deployment_lines(deployment):
                    click.echo(f"  {line}")


@command.command("register")
@source_file
@click.option("--source", type=click.Path(path_type=Path), help="What FILE.wasm was made from.")
@click.option("--id", "strategy_id", help="By default the file's name.")
@click.option("--name", help="What people call it; by default its id.")
@data_dir_option
def register(
    file: Path,
    source: Path | None,
    strategy_id: str | None,
    name: str | None,
    data_dir: Path | None,
) -> int:
    """Register FILE as a strategy, or as the next version of the one with that id.

    FILE.wasm is a module from another language, by docs/strategy-abi.md; --source then names
    what people may read of it.
    """
    settings = load_settings(data_dir)
    identity = strategy_id or file.stem
    body = _body(file, source)
    if name is not None:
        body["name"] = name
    known = {item["id"] for item in ask_all(settings, "/v1/strategies", "strategies")}
    try:
        if identity in known:
            made = ask(settings, "PUT", f"/v1/strategies/{identity}", body)
        else:
            body = {"id": identity, "name": name or identity, **body}
            made = ask(settings, "POST", "/v1/strategies", body)
    except ApiRefusalError as problem:
        _show_findings(problem, file)
        return 1
    if "version" in made:
        click.echo(f"{identity} has version {made['version']}.")
        click.echo(f"Run it live: peripheral strategy deploy {identity}")
    else:
        click.echo(f"{identity} is on the log and will be compiled: peripheral strategy list")
    return 0


def _body(file: Path, source: Path | None) -> dict[str, Any]:
    """The source, and for another language's module its bytes."""
    if file.suffix != ".wasm":
        return {"source": read_source(file)}
    text = f"{file.name}: a WebAssembly module.\n" if source is None else read_source(source)
    return {"source": text, "wasm": urlsafe_b64encode(read_bytes(file)).decode()}


@command.command("deploy")
@click.argument("strategy_id")
@click.option("--version", type=int, help="The newest by default.")
@click.option("--feed", default="*", show_default=True, help="Run on this feed only.")
@click.option("--symbol", "symbols", multiple=True, help="Run on this symbol; may be repeated.")
@click.option("--interval", default="*", show_default=True, help="Run on this interval only.")
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="Set an input.")
@click.option(
    "--traps-max",
    type=int,
    help=f"Suspend it after so many traps on one partition, {TRAPS_MAX} by default.",
)
@account_options
@data_dir_option
def deploy(
    strategy_id: str,
    version: int | None,
    feed: str,
    symbols: tuple[str, ...],
    interval: str,
    params: tuple[str, ...],
    traps_max: int | None,
    data_dir: Path | None,
    **account: Any,
) -> None:
    """Run a strategy live, from the next bar on.

    It is run through the bars that there are first, so it is warm, and may hold a position: in
    an account of each series, whose orders fill as in a backtest with the same options. Without
    any of them the account has room for every order, and no costs.
    """
    from deploy.research.costs import AskedRules, other_than_default, rules_of

    series = {"feed": feed, "symbols": list(symbols) or ["*"], "interval": interval}
    body: dict[str, Any] = {"strategy_id": strategy_id, "series": series, "params": {}}
    if version is not None:
        body["version"] = version
    if traps_max is not None:
        body["traps_max"] = traps_max
    body["params"] = parse_params(params)
    rules = rules_of(AskedRules(**account))
    source = click.get_current_context().get_parameter_source
    if any(source(name) is ParameterSource.COMMANDLINE for name in account):
        body["rules"] = other_than_default(rules)
    made = ask(load_settings(data_dir), "POST", "/v1/deployments", body)
    click.echo(f"{strategy_id} runs as {made['id']}.")


@command.command("undeploy")
@click.argument("deployment_id")
@data_dir_option
def undeploy(deployment_id: str, data_dir: Path | None) -> None:
    """End a deployment; its signals stay."""
    ask(load_settings(data_dir), "DELETE", f"/v1/deployments/{deployment_id}")
    click.echo(f"{deployment_id} ends with the bar before the next.")


@command.command("delete")
@click.argument("strategy_id")
@data_dir_option
def delete(strategy_id: str, data_dir: Path | None) -> None:
    """Delete a strategy that is deployed nowhere; its versions and signals stay."""
    ask(load_settings(data_dir), "DELETE", f"/v1/strategies/{strategy_id}")
    click.echo(f"{strategy_id} is deleted.")


def deployed_text(deployment: dict[str, Any]) -> str:
    """What a deployment runs on, and by which rules, in words."""
    series = deployment["series"]
    symbols = ", ".join("all symbols" if s == "*" else s for s in series["symbols"])
    feed = "all feeds" if series["feed"] == "*" else f"feed {series['feed']}"
    interval = "all intervals" if series["interval"] == "*" else series["interval"]
    rules = ", ".join(f"{name}={value:g}" for name, value in (deployment["rules"] or {}).items())
    text = f"version {deployment['version']} on {symbols}, {feed}, {interval}"
    return f"{text}, with {rules}" if rules else text


def deployment_lines(deployment: dict[str, Any]) -> list[str]:
    """How a deployment is, in words: where it runs, and what is wrong with it."""
    identity, text = deployment["id"], deployed_text(deployment)
    traps = f"{deployment['traps']} bars could not be evaluated"
    more = f"GET /v1/deployments/{identity}/traps"
    if deployment["state"] == "refused":
        return [f"refused {identity}: {text}", f"  {deployment['refusal']['message']}"]
    if deployment["state"] == "active":
        trapped = [f"  {traps}: {more}"] if deployment["traps"] else []
        return [f"runs as {identity}: {text}", *trapped]
    lines = [f"suspended {identity}: {text}", f"  {traps}: {more}"]
    if (last := deployment["suspension"]) is not None:
        where = "" if last["line"] is None else f" at line {last['line']}"
        series = f"{last['feed']}/{last['symbol']}/{last['interval']}"
        lines.append(f"  the last was {last['reason']}{where}, {series} at {last['ts']}")
    return [
        *lines,
        f"  mend it, register it, and: peripheral strategy deploy {deployment['strategy_id']}",
    ]


def _show_findings(problem: ApiRefusalError, file: Path) -> None:
    """A strategy's findings as the compiler's; any other problem goes on."""
    findings = problem.body.get("diagnostics")
    if not findings:
        raise problem
    shown = [render(Diagnostic.model_validate(finding), str(file)) for finding in findings]
    click.echo("\n\n".join(shown), err=True)
