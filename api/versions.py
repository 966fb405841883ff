"""The strategy, version and params that a body names → what the log has of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from api.bodies import body_problem
from api.inputs import InputError, complete
from api.log.directory import Directory
from schemas.events.strategies import Params


class Version(TypedDict):
    """A version that there is, and the values of all of its inputs: fields of events."""

    version: int
    params: Params


def version_of(
    strategy_id: str, wanted: int | None, params: Mapping[str, float], directory: Directory
) -> Version:
    """The version, the newest unless given; a Problem when it can't be had."""
    strategy = directory.strategy(strategy_id)
    if strategy is None:
        raise body_problem("strategy_id", f"there is no strategy {strategy_id!r}")
    version = wanted or strategy.latest
    if version is None or version not in strategy.versions:
        has = ", ".join(str(number) for number in sorted(strategy.versions)) or "none"
        raise body_problem(
            "version",
            f"strategy {strategy_id!r} has versions: {has}",
            versions=sorted(strategy.versions),
        )
    specs = strategy.versions[version]
    try:
        return {"version": version, "params": complete(specs, params)}
    except InputError as error:
        allowed = [spec.model_dump() for spec in specs]
        raise body_problem(error.field, error.message, params=allowed) from None
