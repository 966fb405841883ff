"""One suite for each kind of place: a folder, and a real server of S3's protocol."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.backup import bucket
from deploy.backup.files import DamageError, Stored, compressed, decompressed
from deploy.backup.place import Place, open_place
from deploy.errors import UserError
from streams.settings import BackupSettings
from tests.deploy.backup.s3 import BUCKET, serving_s3

WHERE = f"s3://{BUCKET}/of/this/system"


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BackupSettings]:
    with serving_s3(tmp_path_factory.mktemp("s3")) as settings:
        yield settings


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "folder":
        return open_place(str(tmp_path / "backups"), BackupSettings())
    settings: BackupSettings = request.getfixturevalue("s3")
    where = f"{WHERE}/{hashlib.sha256(str(tmp_path).encode()).hexdigest()[:8]}"
    return open_place(where, settings)


def write(place: Place, path: str, content: bytes) -> None:
    with place.create(path) as sink:
        sink.write(content)


def read(place: Place, path: str) -> bytes:
    with place.open(path) as source:
        return b"".join(iter(lambda: source.read(1000), b""))


def test_an_empty_place_has_nothing(place: Place) -> None:
    assert place.folders() == []
    assert place.files("a") == {}
    with pytest.raises(FileNotFoundError):
        read(place, "a/file")


def test_what_was_written_is_read(place: Place) -> None:
    write(place, "a/log/topic/0.zst", b"records")
    write(place, "a/manifest.json", b"{}")
    write(place, "b/empty", b"")
    assert place.folders() == ["a", "b"]
    files = place.files("a")
    assert {name: kept.bytes for name, kept in files.items()} == {
        "log/topic/0.zst": 7,
        "manifest.json": 2,
    }
    for kept in files.values():
        assert abs(datetime.now(UTC) - kept.changed) < timedelta(minutes=1)
    assert read(place, "a/log/topic/0.zst") == b"records"
    assert read(place, "b/empty") == b""


def test_a_file_that_broke_off_is_not_there(place: Place) -> None:
    with pytest.raises(ZeroDivisionError), place.create("a/file") as sink:
        sink.write(b"x" * 100)
        raise ZeroDivisionError
    with pytest.raises(FileNotFoundError):
        read(place, "a/file")


def test_a_file_is_replaced(place: Place) -> None:
    write(place, "a/file", b"one")
    write(place, "a/file", b"other")
    assert read(place, "a/file") == b"other"


def test_a_folder_is_deleted_and_no_other(place: Place) -> None:
    for path in ("a/manifest.json", "a/log/0", "ab/manifest.json"):
        write(place, path, b"x")
    place.delete("a", "manifest.json")
    assert place.folders() == ["ab"]
    assert place.files("a") == {}


def test_a_large_file_goes_in_parts(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket, "PART_BYTES", 5 << 20)  # the least that S3 takes
    monkeypatch.setattr(bucket, "RANGE_BYTES", 3 << 20)
    content = hashlib.shake_256(b"seed").digest(11 << 20)
    with place.create("a/large") as sink:
        for start in range(0, len(content), 1 << 20):
            sink.write(content[start : start + (1 << 20)])
    assert read(place, "a/large") == content


def test_parts_of_a_file_that_never_became_whole_are_given_up(s3: BackupSettings) -> None:
    place = open_place(WHERE + "/parts", s3)
    assert isinstance(place, bucket.Bucket)
    write(place, "a/begun.json", b"{}")
    key = {"Bucket": BUCKET, "Key": "of/this/system/parts/a/large"}
    upload = place._client.create_multipart_upload(**key)["UploadId"]
    place.delete("a", "manifest.json")
    with pytest.raises(place._client.exceptions.ClientError, match="NoSuchUpload"):
        place._client.list_parts(**key, UploadId=upload)


def test_a_stream_is_known_again_and_damage_is_found(place: Place) -> None:
    with compressed(place, "a", "file.zst") as file:
        for number in range(1000):
            file.write(f"line {number}\n".encode())
    stored = file.stored
    with decompressed(place, "a", stored) as reader:
        assert len(reader.read().splitlines()) == 1000
    packed = read(place, "a/file.zst")
    damaged = [
        packed[:-1],
        packed[: len(packed) // 2],
        b"",
        packed + b"x",
        packed[:100] + bytes([packed[100] ^ 1]) + packed[101:],
        packed[:-1] + bytes([packed[-1] ^ 128]),
    ]
    for content in damaged:
        write(place, "a/file.zst", content)
        with (
            pytest.raises(DamageError, match=r"file\.zst"),
            decompressed(place, "a", stored) as again,
        ):
            again.read()
    missing = Stored("other.zst", 1, "")
    with (
        pytest.raises(DamageError, match=r"other\.zst is missing"),
        decompressed(place, "a", missing),
    ):
        pass


def test_a_place_that_cannot_be_used_is_told_without_secrets(
    s3: BackupSettings, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="can't be used for backups: Not a directory"):
        write(open_place(str(tmp_path / "file" / "x"), s3), "a/file", b"")
    with pytest.raises(UserError, match="can't be used for backups") as caught:
        write(open_place("s3://nothing-of-that-name/x", s3), "a/file", b"x")
    assert s3.secret_access_key is not None
    assert s3.secret_access_key.get_secret_value() not in str(caught.value)
    wrong = s3.model_copy(update={"access_key_id": "somebody"})
    with pytest.raises(UserError, match="__ACCESS_KEY_ID"):
        open_place(WHERE, wrong).folders()
    away = s3.model_copy(update={"endpoint_url": "http://127.0.0.1:1"})
    with pytest.raises(UserError, match="__ENDPOINT_URL"):
        open_place(WHERE, away).folders()
    for where in ("s3://", "ftp://host/x"):
        with pytest.raises(UserError, match="give"):
            open_place(where, s3)


def test_the_usual_variables_of_aws_lead_to_the_same(
    s3: BackupSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert s3.secret_access_key is not None
    monkeypatch.setenv("AWS_ENDPOINT_URL", str(s3.endpoint_url))
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", str(s3.access_key_id))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3.secret_access_key.get_secret_value())
    there = open_place(WHERE + "/by-variables", BackupSettings())
    write(there, "a/file", b"x")
    assert there.folders() == ["a"]


@pytest.mark.parametrize("kind", ["a link that leads nowhere", "a folder of the system"])
def test_a_folder_that_cannot_be_made_is_told(kind: str, tmp_path: Path) -> None:
    root = Path("/proc/nothing")
    if kind == "a link that leads nowhere":
        root = tmp_path / "link"
        root.symlink_to(tmp_path / "gone" / "for good")
    with pytest.raises(UserError, match="can't be used for backups"):
        write(open_place(str(root), BackupSettings()), "b/file", b"")
