"""The `peripheral` command: finds a command's file, runs it, words its errors.

A command is imported when it is called, so that the help and a shell's completion answer
at once; that is why the summaries stand here and not with the commands.
"""

from __future__ import annotations

import sys
from importlib import import_module

import click

from deploy.errors import UserError

COMMANDS = {
    "up": "Start everything on this machine and stay; Ctrl-C stops it.",
    "down": "Stop what `up` has started.",
    "status": "Show each process, its memory and its health.",
    "ingest": "Publish the bars, actions or instruments of a CSV or Parquet file.",
    "strategy": "Check, compile, register and deploy strategies.",
    "backtest": "Say how a strategy would have done.",
    "sweep": "Try many params of a strategy, and say which did best.",
    "walkforward": "Say how what was best before did after.",
    "montecarlo": "Say how else a backtest might have gone.",
    "verify": "Say whether a backtest can be believed.",
    "verify-receipts": "Say whether signals are what the log's bars give, bit for bit.",
    "export-receipts": "Put signals and what they follow from into a file for others to check.",
    "receipts-key": "Make a key to sign such files with.",
    "parity": "Say whether strategies say the same however they are run.",
    "screen": "Say which symbols a strategy picks.",
    "standing": "Run a screen on each close: who enters, and who leaves.",
    "universe": "Name sets of symbols, as lists or rules, as of a time.",
    "fork": "Make what would have come of other decisions since a moment.",
    "diff": "Compare what came of a fork with what came live, or of another fork.",
    "at": "Say what was known at a moment.",
    "rebuild": "Make tables anew from the log, and switch to them.",
    "dlq": "Look at records that could not be used, send them again, or drop them.",
    "erase": "Make what a person wrote unreadable, for good.",
    "topics": "List the topics, after making those that are missing.",
    "schemas": "Write the JSON Schema, AsyncAPI and OpenAPI documents.",
    "backup": "Save the log and the database, once or each day.",
    "restore": "Bring back log and database from a backup.",
    "migrate": "Bring the database to this version's schema.",
    "worker": "Run one role of the worker (in production; `up` does it for you).",
    "api": "Run the HTTP API (in production; `up` does it for you).",
    "feed": "Publish the sample bars (`up` does it for you).",
}


class LazyGroup(click.Group):
    """Lists the commands without importing them; the signatures are click's."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names, in the order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command from `deploy/commands/<name>.py`; None when there is none."""
        if cmd_name not in COMMANDS:
            return None
        module = cmd_name.replace("-", "_")
        command: click.Command = import_module(f"deploy.commands.{module}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the table of commands."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Every setting is a variable, such as PERIPHERAL_API__PORT=8080. "
    "`peripheral COMMAND --help` says more.",
)
def peripheral() -> None:
    """Stream market data, evaluate trading strategies on it, and follow their signals.

    Begin with `peripheral up`: it starts a Kafka broker, a PostgreSQL database, the
    workers, the API and a feed of sample bars, and says where each one listens.
    """


def main() -> None:
    """Run the command line; a user's error is one sentence on stderr and exit code 2."""
    try:
        outcome = peripheral.main(prog_name="peripheral", standalone_mode=False)
    except UserError as error:
        click.echo(f"peripheral: {error}", err=True)
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    sys.exit(outcome if isinstance(outcome, int) else 0)


if __name__ == "__main__":
    main()
