"""Deployments: which version runs live where, and since which bar."""

from __future__ import annotations

import uuid
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from api.answers import json_answer, page_answer
from api.bodies import body_problem, read_body
from api.fresh import Item, settled
from api.inputs import InputError, check_series
from api.log.answers import within
from api.log.directory import Directory, Offsets
from api.params import name_or_none, path_name, require_known, window_of
from api.problems import Problem, not_found, unavailable
from api.reads.protocol import SignalFilter, Window
from api.routes.as_of import AS_OF, cuts_of
from api.services import Services, services
from api.versions import version_of
from schemas.events.base import Event
from schemas.events.strategies import (
    DeploymentRefused,
    StrategyActivated,
    StrategyDeactivated,
    StrategyDeployed,
    StrategyUndeployed,
)
from schemas.views import AUTHOR_DEFAULT, ActivationView, DeploymentPlaced, NewDeployment
from streams.catalog import DEPLOYMENTS
from streams.producer import Position

PARAMETERS = ("strategy", "limit", "cursor")
DIRECTIONS: dict[str, tuple[type, ...]] = {"deployments": (str,)}
TRAP_PARAMETERS = ("from", "to", "limit", "cursor", AS_OF)
TRAPS: dict[str, tuple[type, ...]] = {"traps": (int, int, int, int)}


async def deployments(request: Request) -> Response:
    require_known(request, PARAMETERS)
    strategy_id = name_or_none(request, "strategy")
    window = window_of(request, DIRECTIONS)
    page = await services(request).reads.deployments(window, strategy_id)
    return page_answer(request, "deployments", page, "deployments")


async def deployment(request: Request) -> Response:
    require_known(request, ())
    deployment_id = path_name(request, "id", "deployment")
    shared = services(request)
    item = await settled(
        lambda: shared.reads.deployments(Window(limit=1), deployment_id=deployment_id),
        lambda found: _agrees(found, shared.tail.directory, deployment_id),
    )
    if item is not None:
        return json_answer(item)
    known = shared.tail.directory.deployments.get(deployment_id)
    if known is None or known.is_nobodys:
        raise _unknown(deployment_id)
    raise unavailable(f"deployment {deployment_id!r} is on the log, but not yet in the view")


async def traps(request: Request) -> Response:
    require_known(request, TRAP_PARAMETERS)
    deployment_id = path_name(request, "id", "deployment")
    shared = services(request)
    window = replace(window_of(request, TRAPS), cuts=await cuts_of(request))
    page = await shared.reads.traps(SignalFilter(deployment_id=deployment_id), window)
    if page.items == b"[]" and deployment_id not in shared.tail.directory.deployments:
        found = await shared.reads.deployments(Window(limit=1), deployment_id=deployment_id)
        if found.items == b"[]":
            raise _unknown(deployment_id)
    return page_answer(request, "traps", page, "traps")


def _agrees(item: Item | None, directory: Directory, deployment_id: str) -> bool:
    known = directory.deployments.get(deployment_id)
    if known is None or item is None:
        return known is None or known.is_nobodys
    activations = directory.activations.get(deployment_id, {})
    return item["active"] == known.active and len(item["activations"]) >= len(activations)


def _unknown(deployment_id: str) -> Problem:
    return not_found(f"there is no deployment {deployment_id!r}; /v1/deployments lists them")


async def create(request: Request) -> Response:
    require_known(request, ())
    body = await read_body(request, NewDeployment)
    shared = services(request)
    await shared.tail.wait_until_caught_up(shared.settings.api.write_wait_s)
    deployed = _deployed(body, shared.tail.directory)
    partitions = shared.settings.kafka.partitions

    def answers_it(event: Event) -> bool:
        """Activated on the last partition that was missing, by that partition's owner; or not."""
        if isinstance(event, DeploymentRefused):
            return event.deployment_id == deployed.deployment_id
        active = shared.tail.directory.activations.get(deployed.deployment_id, {})
        return isinstance(event, StrategyActivated) and len(active) == partitions

    with shared.tail.answers.expect(answers_it) as seen:
        place = await _publish(shared, deployed)
        event = await within(seen, shared.settings.api.write_wait_s)
    if isinstance(event, DeploymentRefused):
        raise Problem(
            409, "refused", event.message, reason=event.reason, deployment_id=event.deployment_id
        )
    activations = shared.tail.directory.activations.get(deployed.deployment_id, {})
    placed = _placed(place, deployed.deployment_id, deployed.strategy_id, deployed.version)
    answer = placed.model_copy(update={"activations": _from_views(activations)})
    location = {"Location": f"/v1/deployments/{deployed.deployment_id}"}
    return json_answer(answer, 202 if event is None else 201, location)


def _deployed(body: NewDeployment, directory: Directory) -> StrategyDeployed:
    """The event that a request asks for; a Problem when it can't be had."""
    found = version_of(body.strategy_id, body.version, body.params, directory)
    deployment_id = body.id or f"{body.strategy_id[:50]}-{uuid.uuid4().hex[:8]}"
    if deployment_id in directory.deployments:
        raise Problem(409, "conflict", f"deployment {deployment_id!r} exists; take another id")
    try:
        check_series(body.series)
    except InputError as error:
        raise body_problem(error.field, error.message) from None
    return StrategyDeployed(
        deployment_id=deployment_id,
        strategy_id=body.strategy_id,
        **found,
        series=body.series,
        author=body.author,
        traps_max=body.traps_max,
        rules=body.rules,
    )


async def _publish(shared: Services, event: StrategyDeployed | StrategyUndeployed) -> Position:
    return await shared.writer.publish(DEPLOYMENTS, event, event.strategy_id, uuid.uuid4().hex)


def _placed(
    place: Position, deployment_id: str, strategy_id: str, version: int
) -> DeploymentPlaced:
    return DeploymentPlaced(
        id=deployment_id,
        strategy_id=strategy_id,
        version=version,
        activations=[],
        topic=place.topic,
        partition=place.partition,
        offset=place.offset,
    )


def _from_views(offsets: Offsets) -> list[ActivationView]:
    return [ActivationView(partition=p, from_offset=o) for p, o in sorted(offsets.items())]


async def delete(request: Request) -> Response:
    require_known(request, ())
    deployment_id = path_name(request, "id", "deployment")
    shared = services(request)
    await shared.tail.wait_until_caught_up(shared.settings.api.write_wait_s)
    directory = shared.tail.directory
    known = directory.deployments.get(deployment_id)
    if known is None:
        raise _unknown(deployment_id)
    if not known.active:
        raise not_found(f"deployment {deployment_id!r} was undeployed or refused before")
    undeployed = StrategyUndeployed(
        deployment_id=deployment_id, strategy_id=known.strategy_id, author=AUTHOR_DEFAULT
    )

    def is_silent() -> bool:
        """On all partitions where it was active; one that was suspended is so already."""
        silent = directory.deactivations.get(deployment_id, {})
        active = directory.activations.get(deployment_id, {})
        return silent.keys() >= active.keys() > set()

    def deactivates_it(event: Event) -> bool:
        return isinstance(event, StrategyDeactivated) and is_silent()

    with shared.tail.answers.expect(deactivates_it) as seen:
        place = await _publish(shared, undeployed)
        done = is_silent() or await within(seen, shared.settings.api.write_wait_s) is not None
    began = directory.activations.get(deployment_id, {})
    ended = directory.deactivations.get(deployment_id, {})
    views = [
        ActivationView(partition=p, from_offset=began.get(p), until_offset=ended.get(p))
        for p in sorted(began.keys() | ended.keys())
    ]
    placed = _placed(place, deployment_id, known.strategy_id, known.version)
    answer = placed.model_copy(update={"activations": views})
    return json_answer(answer, 200 if done else 202)
