"""What a fork does otherwise: `--with NAME=VALUE`, as people write it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.errors import UserError
from deploy.params import parse_param
from schemas.events.fills import FillTerms

STRATEGY, FEES, PARAM = "strategy", "fees", "param."
TERMS = tuple(FillTerms.model_fields)
WORDS = (
    f"strategy=FILE, strategy=ID=FILE, fees=RATE, param.NAME=VALUE, or a term of its account, one "
    f"of {', '.join(TERMS)}"
)


@dataclass(frozen=True, slots=True)
class Changes:
    """strategies: files by the id of what they replace; terms: of FillTerms; params: by name."""

    strategies: Mapping[str, Path] = field(default_factory=dict)
    terms: Mapping[str, float] = field(default_factory=dict)
    params: Mapping[str, float] = field(default_factory=dict)


def parse_changes(texts: Iterable[str]) -> Changes:
    """Of a name that is given twice the last. Raises `UserError`."""
    strategies: dict[str, Path] = {}
    terms: dict[str, float] = {}
    params: dict[str, float] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not value:
            raise UserError(f"--with {text!r}: write {WORDS}.")
        if name == STRATEGY:
            strategy_id, _, file = value.rpartition("=")
            strategies[strategy_id or Path(file).stem] = Path(file)
        elif name.startswith(PARAM):
            params.update([parse_param(text.removeprefix(PARAM))])
        elif name == FEES or name in TERMS:
            term, number = parse_param(text)
            terms["rate" if term == FEES else term] = number
        else:
            raise UserError(f"--with {name}: there is no such change; write {WORDS}.")
    return Changes(strategies, terms, params)
