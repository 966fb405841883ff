"""Deployments of a moment, and changes → what runs in their place from there on."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from deploy.errors import UserError
from deploy.forks.changes import Changes
from processors.evaluation.directory import Directory
from schemas.events.base import ID_PATTERN
from schemas.events.fills import FillTerms
from schemas.events.strategies import StrategyCompiled, StrategyDeployed
from streams.activations import Activation
from streams.codec import sentence


@dataclass(frozen=True, slots=True)
class Replacement:
    """One deployment that ends, and the one that begins at the same bar. version: the new one's."""

    old: StrategyDeployed
    new: StrategyDeployed
    version: StrategyCompiled


def replacements(
    fork: str,
    directory: Directory,
    active: Collection[Activation],
    changes: Changes,
    versions: Mapping[str, StrategyCompiled],
) -> list[Replacement]:
    """For each active deployment that a change is about; versions: of replaced strategies.

    Raises `UserError` on a change that is about none, or can't be.
    """
    found = list(_replacements(fork, directory, active, changes, versions))
    for strategy_id in changes.strategies:
        if all(each.old.strategy_id != strategy_id for each in found):
            raise UserError(
                f"No deployment of {strategy_id} was active then: name the strategy that the file "
                f"shall replace, as strategy=ID={changes.strategies[strategy_id]}."
            )
    if changes.terms and not found:
        raise UserError("No deployment was active then, so that nothing can have other terms.")
    for name in changes.params:
        if all(name not in each.new.params for each in found):
            raise UserError(f"No deployment that was active then has an input {name}.")
    return found


def _replacements(
    fork: str,
    directory: Directory,
    active: Collection[Activation],
    changes: Changes,
    versions: Mapping[str, StrategyCompiled],
) -> Iterator[Replacement]:
    names = {(each.deployment_id, each.strategy_id): each for each in active}
    for _, activation in sorted(names.items()):
        old = directory.deployment(activation)
        known = None if old is None else directory.version_of(old)
        if old is None or known is None:
            continue
        version = versions.get(old.strategy_id, known)
        params = old.params
        if version is not known or changes.params:
            params = _params(old, known, version, changes)
        rules = _rules(old, changes)
        if version is known and params == old.params and rules == old.rules:
            continue
        new = old.model_copy(
            update={
                "deployment_id": _named(old.deployment_id, fork),
                "version": version.version,
                "params": params,
                "rules": rules,
            }
        )
        yield Replacement(old, new, version)


def _params(
    old: StrategyDeployed, known: StrategyCompiled, version: StrategyCompiled, changes: Changes
) -> dict[str, float]:
    """What somebody chose for the old one, or changes, and the version's own defaults. Raises
    `UserError`."""
    defaults = {spec.name: spec.default for spec in known.params}
    chosen = {name: value for name, value in old.params.items() if value != defaults.get(name)}
    wanted = {**chosen, **changes.params}
    for spec in version.params:
        value = wanted.get(spec.name, spec.default)
        low = -math.inf if spec.low is None else spec.low
        high = math.inf if spec.high is None else spec.high
        if not low <= value <= high:
            raise UserError(
                f"{old.deployment_id} can't have {spec.name} = {value:g}: it lies between "
                f"{low:g} and {high:g}; give --with param.{spec.name}=VALUE."
            )
    return {spec.name: wanted.get(spec.name, spec.default) for spec in version.params}


def _rules(old: StrategyDeployed, changes: Changes) -> FillTerms | None:
    if not changes.terms:
        return old.rules
    given = {} if old.rules is None else old.rules.model_dump()
    try:
        return FillTerms(**{**given, **changes.terms})
    except ValidationError as error:
        raise UserError(f"--with can't have these terms: {sentence(error)}.") from None


def _named(deployment_id: str, fork: str) -> str:
    name = f"{deployment_id}.{fork}"
    if re.fullmatch(ID_PATTERN, name) is None:
        raise UserError(f"{name} is no name of a deployment: give the fork a shorter name.")
    return name
