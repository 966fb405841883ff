"""`peripheral verify-receipts FILE`: what a person and a program are told, by the exit code too."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from deploy.errors import UserError
from deploy.receipts.format import Kept
from deploy.receipts.keys import make_keys
from streams.catalog import FAULTS, SIGNALS
from tests.deploy.receipts.bundles import (
    SOME,
    exported,
    signed_bundle,
    taken_apart,
    told,
    verified,
    with_records,
)


def test_a_bundle_that_holds_says_so() -> None:
    done = verified(signed_bundle())
    assert done.return_value == 0
    assert "HOLDS: " in done.stdout and "none is missing" in done.stdout
    assert "verified up to offset 457 of 457" in done.stdout
    assert "whoever that is" in done.stdout


def test_it_needs_nothing_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("it asked the network")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    monkeypatch.setenv("PERIPHERAL_KAFKA__BOOTSTRAP_SERVERS", "127.0.0.1:1")
    assert verified(signed_bundle()).return_value == 0


def test_who_signed_is_told_by_the_key(tmp_path: Path) -> None:
    mine = tmp_path / "mine.pem"
    public = str(make_keys(mine))
    bundle = exported(tmp_path / "b.receipts", sign=mine)
    found = told(bundle, "--key", public)
    assert found["holds"] and found["signer_known"]
    assert "as --key has it" in verified(bundle, "--key", public).stdout
    done = verified(exported(tmp_path / "unsigned"), "--key", public)
    assert done.return_value == 1 and "but by nobody" in done.stdout


def test_one_deployment_one_series_and_a_period_can_be_asked_for() -> None:
    whole = told(signed_bundle())["deployments"]
    one = told(signed_bundle(), "--deployment", "cross")["deployments"]
    assert one == {"cross": whole["cross"]}
    series = told(signed_bundle(), "--series", "walk/A/1d")["deployments"]
    assert {name: each["series"] for name, each in series.items()} == dict.fromkeys(SOME, 1)
    later = told(signed_bundle(), "--from", "2020-10-20")["deployments"]["cross"]["signals"]
    earlier = told(signed_bundle(), "--to", "2020-10-19")["deployments"]["cross"]["signals"]
    assert later + earlier == whole["cross"]["signals"] and later and earlier


def test_the_first_difference_of_each_series_is_told_with_its_place() -> None:
    def change(lying: list[Kept]) -> list[Kept]:
        value = (lying[0].value or b"").replace(b'"version":1', b'"version":2')
        return [lying[0]._replace(value=value), *lying[1:7], *lying[8:]]

    data = with_records((SIGNALS.name, 1), change)
    done = verified(data)
    assert done.return_value == 1
    for words in (
        "value expected  …",
        '"version":1',
        '"version":2',
        "its hash is not that of its bytes",
        f"in {SIGNALS.name}/1 at offset 0, lies there with other bytes",
        "is not there",
        "DIFFERS: ",
    ):
        assert words in done.stdout, words
    kinds = {each["kind"] for each in told(data)["differences"]}
    assert kinds == {"changed", "missing"}
    changed = next(each for each in told(data)["differences"] if each["kind"] == "changed")
    assert changed["offset"] == 0 and '"version":1' in changed["expected"]["value"]


def test_a_suspension_that_was_left_out_is_missed() -> None:
    data = with_records((FAULTS.name, 1), lambda lying: lying[:-1])
    assert b"DeploymentSuspended" in taken_apart(signed_bundle()).parts[FAULTS.name, 1]
    assert b"DeploymentSuspended" not in taken_apart(data).parts[FAULTS.name, 1]
    found = told(data)
    assert [each["kind"] for each in found["differences"]] == ["missing"]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (("--series", "walk"), "--series"),
        (("--from", "tomorrow"), "--from"),
        (("--from", "2022-01-02", "--to", "2022-01-01"), "--from lies behind --to"),
        (("--deployment", "ghost"), "Nothing named ghost"),
        (("--key", "nowhere.pub.pem"), "nowhere.pub.pem"),
    ],
)
def test_what_is_asked_wrongly_is_a_sentence(more: tuple[str, ...], why: str) -> None:
    done = verified(signed_bundle(), *more)
    assert isinstance(done.exception, UserError) and why in str(done.exception)


def test_a_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    done = verified(tmp_path / "nowhere")
    assert isinstance(done.exception, UserError) and "can't be read" in str(done.exception)
