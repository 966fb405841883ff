"""`peripheral ingest`."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path

import click

from deploy.commands.options import data_dir_option

_EXIT_NOTHING = 2


@click.command("ingest")
@click.argument("files", metavar="FILE…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--feed", help="The feed's name; by default the file's name, as in `my-prices`.")
@click.option("--symbol", help="The symbol, when no column says it; by default the file's name.")
@click.option("--actions", is_flag=True, help="FILE holds splits and dividends.")
@click.option("--instruments", is_flag=True, help="FILE holds instruments.")
@click.option("--interval", help="The bars' interval, as 1m, 1h, 1d; by default their spacing.")
@click.option("--force", is_flag=True, help="Publish also bars that the log already has.")
@click.option(
    "--rejects",
    "rejects_path",
    type=click.Path(path_type=Path),
    help="Write all bad rows here; by default only more than 20, to FILE.rejects.csv.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON, one line a file.")
@data_dir_option
def command(
    files: tuple[Path, ...],
    feed: str | None,
    symbol: str | None,
    interval: str | None,
    actions: bool,
    instruments: bool,
    force: bool,
    rejects_path: Path | None,
    as_json: bool,
    data_dir: Path | None,
) -> int:
    """Publish the bars of each FILE, CSV (also .gz) or Parquet.

    Columns are found by name, case ignored: date, time or timestamp; open, high, low,
    close, volume; symbol. A bad row is reported with its line and the reason, and the good
    rows go in. The exit code is 0 when all rows went in, 1 when some are bad, and 2 when
    nothing could be done with a file.

    With --actions: symbol, ex_date, type (split or dividend), ratio (new units for old ones:
    2:1, 2/1 or 2.0) or amount, currency. With --instruments: symbol, tick_size, lot, currency,
    sector, calendar (a name of exchange_calendars, as XNYS or 24/7), first_day, last_day.
    --feed says whose bars they are about.
    """
    from deploy.configuration import load_settings
    from deploy.errors import UserError
    from deploy.ingest import ingest_file
    from deploy.ingest_facts import ACTION_FILE, INSTRUMENT_FILE, ingest_facts
    from deploy.ingest_report import print_json, print_summary
    from deploy.progress import Bar
    from streams.sources.table import Names

    # Its errors reach the person as ours, in a sentence.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    settings = load_settings(data_dir)
    if actions and instruments:
        raise UserError("A file holds actions or instruments: give one of the two options.")
    ingest = partial(ingest_file, force=force)
    if actions or instruments:
        ingest = partial(ingest_facts, kind=ACTION_FILE if actions else INSTRUMENT_FILE)
    codes = []
    for file in files:
        try:
            with Bar(file.name) as bar:
                summary = ingest(
                    *(file, settings, Names(feed, symbol, interval)),
                    rejects_path=rejects_path,
                    progress=bar.update,
                )
        except UserError as error:
            click.echo(f"peripheral: {error}", err=True)
            codes.append(_EXIT_NOTHING)
            continue
        (print_json if as_json else print_summary)(summary, settings)
        codes.append(summary.exit_code)
    return max(codes)
