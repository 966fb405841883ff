"""What `peripheral up` shows: a line per step with its time, then one live line.

On a terminal the step at work has a spinner and the live line is redrawn in place;
elsewhere each is a plain line, the live one every 10 seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.text import Text

_NAME_WIDTH = 12
_DETAIL_WIDTH = 52
_PLAIN_EVERY_S = 10.0


class Screen:
    """Writes to standard output, through `console` when given one."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True)
        self._live: Live | None = None
        self._plain_due_s = 0.0

    def line(self, text: str, style: str = "") -> None:
        """Write one line, above the live line if there is one."""
        self.console.print(Text(text, style=style))

    @contextmanager
    def step(self, name: str) -> Iterator[Callable[[str], None]]:
        """Time a step and write its line when it has ended well.

        Yields a function that sets the line's detail; on a terminal it shows at once.
        """
        began_s = time.monotonic()
        detail = ""
        with self.console.status(name) as status:

            def describe(text: str) -> None:
                nonlocal detail
                detail = text
                status.update(f"{name}: {text}")

            yield describe
        seconds = time.monotonic() - began_s
        self.line(f"  {name:<{_NAME_WIDTH}} {detail:<{_DETAIL_WIDTH}} {seconds:6.1f} s")

    @contextmanager
    def live(self) -> Iterator[None]:
        """Keep a live line at the bottom of a terminal while inside."""
        if not self.console.is_terminal:
            yield
            return
        with Live(console=self.console, auto_refresh=False, transient=True) as self._live:
            yield
        self._live = None

    def summary(self, text: str) -> None:
        """Show the state of things in the live line."""
        if self._live is not None:
            self._live.update(Text(text, style="dim"), refresh=True)
        elif time.monotonic() >= self._plain_due_s:
            self._plain_due_s = time.monotonic() + _PLAIN_EVERY_S
            self.line(text)
