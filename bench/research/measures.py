"""The figures of research, the quickest first."""

from __future__ import annotations

from collections.abc import Iterator

from bench.figures import Figure
from bench.research.crosses import cross_figures
from bench.research.memory import memory_figures
from bench.research.points import point_figures
from bench.research.requests import request_figures
from bench.research.stored_screen import screen_figures
from bench.research.streams import stream_figures
from bench.research.sweep import sweep_figures
from bench.system import our_programs, running


def research_figures() -> Iterator[Figure]:
    """All of them; some five minutes. Raises PeerFailedError and EnvironmentFailedError."""
    yield from point_figures()
    yield from sweep_figures()
    yield from memory_figures()
    yield from cross_figures()
    yield from system_figures()


def system_figures() -> Iterator[Figure]:
    """Those that need broker, database and our processes."""
    with running(our_programs) as supervisor:
        yield from request_figures(supervisor.settings)
        yield from screen_figures(supervisor.settings)
        yield from stream_figures(supervisor.settings)
