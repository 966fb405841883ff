"""docker-compose.yml: valid by the Compose Specification, and by rules of our own."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from deploy.cli import peripheral
from deploy.embedded.jars import ENDPOINT
from deploy.embedded.properties import server_properties
from processors.roles import ROLES
from streams.settings import Settings

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "tests" / "data" / "compose-spec.json").read_text())
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
OF_OTHERS = {name: service for name, service in SERVICES.items() if "build" not in service}

NO_DEFAULT = re.compile(r"\$\{[A-Z_]+:\?[^}]+\}")
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|KEY$")
OWN_NETWORK = {
    "controller.quorum.bootstrap.servers",
    "listeners",
    "advertised.listeners",
    "listener.security.protocol.map",
    "log.dirs",
}
"""What differs between a broker in a container and the embedded one."""


def by_id(name: str) -> str:
    return name


def test_it_is_valid_by_the_compose_specification() -> None:
    validator = Draft202012Validator(SCHEMA)
    assert [error.message for error in validator.iter_errors(COMPOSE)] == []
    assert not validator.is_valid({"services": {"api": {"restarts": "always"}}})


def test_every_role_of_the_worker_has_a_service() -> None:
    workers = {name: service["command"] for name, service in OURS.items() if name in ROLES}
    assert workers == {role: ["worker", role] for role in ROLES}
    assert {"api", "feed", "migrate", "topics"} == OURS.keys() - set(ROLES)


@pytest.mark.parametrize("name", OURS, ids=by_id)
def test_a_command_exists_and_takes_these_words(name: str) -> None:
    command: click.Command | None = peripheral
    words = list(OURS[name]["command"])
    while isinstance(command, click.Group):
        assert words, "a group needs one of its commands"
        command = command.get_command(click.Context(command), words.pop(0))
    assert command is not None, OURS[name]["command"]
    command.make_context(name, words)


def variables(section: type[BaseModel], prefix: str, separator: str) -> set[str]:
    """The names of every variable that the settings read."""
    found = set()
    for name, field in section.model_fields.items():
        variable = f"{prefix}{separator}{name.upper()}"
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found |= variables(inner, variable, "__")
        else:
            found.add(variable)
    return found


@pytest.mark.parametrize("name", OURS, ids=by_id)
def test_a_service_sets_only_settings_that_exist_and_are_valid(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = OURS[name]["environment"]
    assert environment.keys() <= variables(Settings, "PERIPHERAL", "_")
    for variable, value in environment.items():
        if value is not None:
            monkeypatch.setenv(variable, NO_DEFAULT.sub("secret", str(value)))
    settings = Settings()
    assert settings.bootstrap_servers == "kafka:19092"
    assert settings.database_url == "postgresql://peripheral:secret@database:5432/peripheral"


def test_ports_are_open_to_this_machine_alone() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert len(ports) == 3
    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("name", SERVICES, ids=by_id)
def test_an_image_is_pinned_by_its_tag(name: str) -> None:
    _, _, tag = SERVICES[name]["image"].partition(":")
    assert re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+(-pg[0-9]+)?", tag)


def test_the_broker_is_the_version_that_is_embedded() -> None:
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{ENDPOINT.split(':')[2].split('+')[0]}"


def test_the_broker_is_set_as_the_embedded_one() -> None:
    found = {name: str(value) for name, value in SERVICES["kafka"]["environment"].items()}
    lines = server_properties(Path("/data"), 9092, 9093).splitlines()
    embedded = dict(line.split("=", 1) for line in lines)
    assert embedded.keys() >= OWN_NETWORK
    wanted = {
        f"KAFKA_{name.upper().replace('.', '_')}": value
        for name, value in embedded.items()
        if name not in OWN_NETWORK
    }
    assert {name: found.get(name) for name in wanted} == wanted


def test_data_outlives_containers() -> None:
    mounted = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", ())
    }
    assert mounted == COMPOSE["volumes"].keys() == {"kafka-log", "database"}
    log, data = (SERVICES[name] for name in ("kafka", "database"))
    assert log["volumes"] == [f"kafka-log:{log['environment']['KAFKA_LOG_DIRS']}"]
    folder = data["volumes"][0].removeprefix("database:")
    assert data["environment"]["PGDATA"].startswith(f"{folder}/")


def test_no_secret_has_a_default() -> None:
    for service in SERVICES.values():
        for variable, value in service["environment"].items():
            if SECRET.search(variable) and value is not None:
                assert NO_DEFAULT.fullmatch(value), variable
            elif "://" in str(value) and "@" in str(value):
                assert NO_DEFAULT.search(value), variable


@pytest.mark.parametrize("name", SERVICES, ids=by_id)
def test_a_service_waits_for_what_can_tell_that_it_is_ready(name: str) -> None:
    for needed, how in SERVICES[name].get("depends_on", {}).items():
        match how["condition"]:
            case "service_healthy":
                assert "healthcheck" in SERVICES[needed]
            case "service_completed_successfully":
                assert SERVICES[needed]["restart"].startswith("on-failure:"), "it has to end"


@pytest.mark.parametrize("name", OURS, ids=by_id)
def test_nothing_of_ours_starts_before_broker_database_and_topics(name: str) -> None:
    before: set[str] = set()
    queue = [name]
    while queue:
        new = SERVICES[queue.pop()].get("depends_on", {}).keys() - before
        before |= new
        queue += new
    wanted = {"migrate": {"database"}, "topics": {"database", "kafka", "migrate"}}
    assert before >= wanted.get(name, {"database", "kafka", "migrate", "topics"})


@pytest.mark.parametrize("name", sorted(OURS.keys() - {"migrate", "topics"}), ids=by_id)
def test_a_service_of_ours_comes_back_and_can_end_in_order(name: str) -> None:
    service = OURS[name]
    assert service["restart"] == "unless-stopped"
    assert service["init"] is True, "process 1 must hand signals on"
    assert service["cap_drop"] == ["ALL"]


def test_servers_have_health_checks() -> None:
    for name in (*OF_OTHERS, "api"):
        check = SERVICES[name]["healthcheck"]
        assert check["test"][0] == "CMD"
        assert {"interval", "timeout", "retries"} <= check.keys()
