"""A progress bar for long work in a terminal."""

from __future__ import annotations

import sys
from time import monotonic
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn


class Bar:
    """A progress bar on stderr, with rows per second, or what else `unit` says is counted."""

    def __init__(self, title: str, unit: str = "rows") -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            console=Console(stderr=True),
            transient=True,
            # Or what goes to a file is written to the terminal.
            redirect_stdout=sys.stdout.isatty(),
        )
        self._title, self._unit = escape(title), unit
        self._task = self._progress.add_task(self._title, total=None, rate="")
        self._what = ""
        self._since_s = monotonic()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def update(self, what: str, done: int, total: int | None, note: str = "") -> None:
        """Show that so many rows are `what`: read, or published. note: said behind it."""
        if what != self._what:
            self._what, self._since_s = what, monotonic()
        rate = done / max(monotonic() - self._since_s, 1e-3)
        self._progress.update(
            self._task,
            description=f"{self._title}: {what}{escape(note)}",
            completed=done,
            total=total,
            rate=f"{rate:,.0f} {self._unit}/s",
        )
