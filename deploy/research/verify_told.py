"""What the checks found → a table for a person, or JSON for a program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill

import orjson

from processors.research.verification.finding import Finding, State
from schemas.columns import BarColumns
from streams.codec import rfc3339

_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Looked:
    """What was looked at, and what was found. bars: by symbol."""

    title: str
    bars: Mapping[str, BarColumns]
    interval: str
    findings: Sequence[Finding]


def told(looked: Looked) -> str:
    """A line or more for each check."""
    first = min(int(each.ts[0]) for each in looked.bars.values() if len(each))
    last = max(int(each.ts[-1]) for each in looked.bars.values() if len(each))
    names = max(len(finding.check) for finding in looked.findings)
    states = max(map(len, State))
    lines = [
        looked.title,
        f"{', '.join(looked.bars)}, {looked.interval}, {rfc3339(first)} to {rfc3339(last)}",
        "",
    ]
    for finding in looked.findings:
        head = f"{finding.check:<{names}}  {finding.state:<{states}}  "
        apart = " " * len(head)
        lines.append(_filled(head, apart, finding.found))
        if finding.remedy:
            lines.append(_filled(apart + "→ ", apart + "  ", finding.remedy))
    counts = Counter(finding.state for finding in looked.findings)
    stand = ", ".join(
        f"{counts[state]} {state if counts[state] == 1 else state.rstrip('s')}"
        for state in State
        if counts[state]
    )
    return "\n".join([*lines, "", f"Of {len(looked.findings)} checks: {stand}."])


def _filled(first: str, later: str, text: str) -> str:
    return fill(text, _WIDTH, initial_indent=first, subsequent_indent=later, break_long_words=False)


def as_json(looked: Looked) -> bytes:
    """The same for programs."""
    checks: Sequence[dict[str, object]] = [
        {
            "check": finding.check,
            "state": str(finding.state),
            "found": finding.found,
            "remedy": finding.remedy or None,
            **finding.figures,
        }
        for finding in looked.findings
    ]
    document = {
        "title": looked.title,
        "symbols": list(looked.bars),
        "interval": looked.interval,
        "checks": checks,
    }
    return orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_INDENT_2)
