"""Options that several commands share."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import click


class _Finite(click.types.FloatParamType):
    """A float, but for nan and inf: JSON has none, and nothing can be reckoned with them."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Fails in words that click puts the option's name before."""
        found: float = super().convert(value, param, ctx)
        if not math.isfinite(found):
            self.fail(f"{value} is not a finite number.", param, ctx)
        return found


FINITE = _Finite()

data_dir_option = click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the embedded servers' data (PERIPHERAL_DATA_DIR, or .data here).",
)
