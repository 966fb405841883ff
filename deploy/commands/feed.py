"""`peripheral feed`."""

from __future__ import annotations

import click


@click.command("feed")
def command() -> None:
    """Publish the daily bars of five stocks, from the package bokeh_sampledata.

    First the history at full speed, then its last year bar by bar, and that again as
    another feed. PERIPHERAL_FEED__BARS_PER_S sets the pace.
    """
    from deploy.configuration import load_settings
    from streams.sources.sample import run

    run(load_settings())
