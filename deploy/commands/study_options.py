"""What all commands that run a strategy over history are given, and, of its account, those that run
it live."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from deploy.commands.options import FINITE, data_dir_option
from deploy.errors import UserError

C = TypeVar("C", bound=Callable[..., Any])


def _costs(context: click.Context, wanted: bool) -> None:
    if wanted:
        from deploy.research.costs import COMMISSION_HELP, SLIPPAGE_HELP

        click.echo(f"--commission: {COMMISSION_HELP}\n--slippage: {SLIPPAGE_HELP}")
        context.exit()


def _one_source(context: click.Context, option: click.Parameter, given: Any) -> Any:
    """The later of --bars and --sample finds the other among what was read before."""
    others = {"bar_files", "sample"} - {option.name}
    if given and any(context.params.get(other) for other in others):
        raise UserError("Say on which bars: --sample or --bars, not both.")
    return given


_MARKET = (
    click.argument("file", type=click.Path(path_type=Path)),
    click.option(
        "--bars",
        "bar_files",
        multiple=True,
        type=click.Path(path_type=Path),
        callback=_one_source,
        help="A CSV or Parquet file of bars; may be repeated. Nothing needs to run.",
    ),
    click.option(
        "--sample",
        is_flag=True,
        callback=_one_source,
        help="Daily bars of five stocks that come with Peripheral.",
    ),
    click.option(
        "--actions",
        "action_files",
        multiple=True,
        type=click.Path(path_type=Path),
        help="A file of splits and dividends, for bars from files; may be repeated.",
    ),
    click.option(
        "--instruments",
        "instrument_files",
        multiple=True,
        type=click.Path(path_type=Path),
        help="The same of ticks and lots.",
    ),
    click.option("--symbols", help="Which, as A,B; all of the files' by default."),
    click.option("--feed", default="sample", show_default=True, help="Of bars from the database."),
    click.option("--interval", help="Such as 1d; with --bars their spacing by default."),
)
_ACCOUNT = (
    click.option("--cash", type=float, default=10_000.0, show_default=True, help="To begin with."),
    click.option(
        "--commission", metavar="TEXT", help="Such as 0.1%, min 1; --help-costs says more."
    ),
    click.option("--slippage", metavar="TEXT", help="Such as 0.05%; --help-costs says more."),
    click.option(
        "--fill",
        type=click.Choice(["next-open", "this-close"]),
        default="next-open",
        show_default=True,
        help="Where orders without a price fill.",
    ),
    click.option(
        "--leverage", type=float, default=1.0, show_default=True, help="Positions by equity."
    ),
    click.option(
        "--maintenance", type=float, default=0.0, help="Equity by positions, at the least."
    ),
    click.option("--borrow", type=float, default=0.0, help="Percent a year, of what is short."),
    click.option(
        "--interest", type=float, default=0.0, help="Percent a year, of cash that is owed."
    ),
    click.option("--lot", type=float, default=0.0, help="Units come in lots of so many."),
    click.option(
        "--tick", type=float, default=0.0, help="Slipped prices come in steps of so much."
    ),
    click.option(
        "--help-costs",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=lambda c, _, v: _costs(c, v),
        help="How commission and slippage are written.",
    ),
)
_OPTIONS = (
    *_MARKET,
    click.option(
        "--from", "begin", metavar="TIME", help="Trade from here on; earlier bars warm up."
    ),
    click.option("--to", "end", metavar="TIME", help="Leave out this bar and all later ones."),
    *_ACCOUNT,
    click.option(
        "--risk-free", type=FINITE, default=0.0, help="Percent a year, for the Sharpe ratio."
    ),
    data_dir_option,
)


def market_options(function: C) -> C:
    """A command's FILE, and on which bars: fields of research_bars.Wanted."""
    for option in reversed(_MARKET):
        function = option(function)
    return function


def account_options(function: C) -> C:
    """What an account begins with, and what its fills cost: fields of AskedRules."""
    for option in reversed(_ACCOUNT):
        function = option(function)
    return function


def study_options(function: C) -> C:
    """A command's FILE, and the options of a study: fields of AskedStudy."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def param_option(metavar: str, help_: str) -> Callable[[C], C]:
    """`--param`, any number of times: a value for a run, a range or a list for a sweep."""
    return click.option("--param", "params", multiple=True, metavar=metavar, help=help_)


_SEARCH = (
    param_option("NAME=VALUES", "5:50:5 is a range, 5,10,20 a list; all with bounds by default."),
    click.option("--where", multiple=True, metavar="TEXT", help='Such as "fast < slow".'),
    click.option(
        "--method",
        type=click.Choice(["grid", "random", "bayes"]),
        default="grid",
        show_default=True,
        help="All, some at random, or by what those before gave.",
    ),
    click.option("--trials", type=int, default=100, show_default=True, help="Unless all."),
    click.option("--seed", type=int, default=0, show_default=True, help="Of what is random."),
    click.option("--by", default="sharpe", show_default=True, help="The figure to be highest."),
    click.option("--processes", type=int, help="By default as many as help."),
)


def search_options(function: C) -> C:
    """What is tried: fields of AskedSearch, beyond those of a study."""
    for option in reversed(_SEARCH):
        function = option(function)
    return function
