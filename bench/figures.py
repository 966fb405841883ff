"""What was measured: figures, each with its spread, its peer of the same run and its limit."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Peer:
    """The same work done otherwise, in the same run and unit."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured quantity. samples: one a run, in `unit`; limit: what keeps it from better."""

    part: str
    name: str
    unit: str
    samples: Sequence[float]
    limit: str
    peers: Sequence[Peer] = ()
    details: dict[str, Any] | None = None

    @property
    def value(self) -> float:
        """The median of the runs."""
        return statistics.median(self.samples)

    def as_json(self) -> dict[str, Any]:
        """Everything that is known of it; `ratio` is this figure over the peer's."""
        return {
            "part": self.part,
            "name": self.name,
            "unit": self.unit,
            "runs": len(self.samples),
            "min": min(self.samples),
            "median": self.value,
            "max": max(self.samples),
            "peers": [
                {"name": peer.name, "value": peer.value, "ratio": self.value / peer.value}
                for peer in self.peers
            ],
            "limit": self.limit,
            "details": self.details or {},
        }


def table_lines(figures: Sequence[Figure]) -> list[str]:
    """The figures as a Markdown table, which a terminal shows as well."""
    lines = [
        "| part | figure | median | min – max | runs | beside |",
        "| --- | --- | ---: | ---: | ---: | --- |",
    ]
    for figure in figures:
        spread = f"{shown(min(figure.samples))} – {shown(max(figure.samples))}"
        beside = "; ".join(
            f"{figure.value / peer.value:.2g} × {peer.name} ({shown(peer.value)})"
            for peer in figure.peers
        )
        lines.append(
            f"| {figure.part} | {figure.name} | {shown(figure.value)} {figure.unit} "
            f"| {spread if len(figure.samples) > 1 else ''} | {len(figure.samples)} | {beside} |"
        )
    return lines


def shown(value: float) -> str:
    """A number with as many digits as mean something here."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
