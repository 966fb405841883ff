"""Backups in S3-compatible storage.

Credentials, region and endpoint come from the settings, or else by the usual AWS variables and
files. A file is sent in parts, so no more than one of them is in memory, and it is there once the
last one has come.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from deploy.backup.place import S3_PREFIX, Kept, Sink, Source
from deploy.errors import UserError
from streams.settings import BackupSettings

PART_BYTES = 64 << 20
"""A file has at most 10,000 parts, so up to 640 GB."""
RANGE_BYTES = 16 << 20
_TRIES = 4
_DELETED_AT_ONCE = 1000


def open_bucket(where: str, settings: BackupSettings) -> Bucket:
    """The place that `s3://bucket/prefix` names. Raises `UserError`."""
    bucket, _, prefix = where.removeprefix(S3_PREFIX).partition("/")
    if not bucket:
        raise UserError(f"{where} names no bucket: give s3://bucket/prefix.")
    secret = settings.secret_access_key
    with _told(where):
        client = boto3.client(
            "s3",
            endpoint_url=settings.endpoint_url,
            region_name=settings.region,
            aws_access_key_id=settings.access_key_id,
            aws_secret_access_key=secret.get_secret_value() if secret is not None else None,
            config=Config(
                # Not all that speak S3 know its later checksums; ours are in the manifest.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                retries={"max_attempts": _TRIES, "mode": "standard"},
            ),
        )
    return Bucket(where, client, bucket, prefix.strip("/"))


class Bucket:
    """A place that is a bucket, or what lies below a prefix in one."""

    def __init__(self, where: str, client: Any, bucket: str, prefix: str) -> None:
        self.where = where
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""

    @contextmanager
    def create(self, path: str) -> Iterator[Sink]:
        with _told(self.where):
            upload = _Upload(self._client, {"Bucket": self._bucket, "Key": self._prefix + path})
            try:
                yield upload
                upload.finish()
            except BaseException:
                upload.abort()
                raise

    @contextmanager
    def open(self, path: str) -> Iterator[Source]:
        key = {"Bucket": self._bucket, "Key": self._prefix + path}
        with _told(self.where):
            try:
                size = self._client.head_object(**key)["ContentLength"]
            except ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                    raise FileNotFoundError(path) from error
                raise
            yield _Ranges(self._client, key, size)

    def folders(self) -> list[str]:
        found: list[str] = []
        with _told(self.where):
            for page in self._pages("list_objects_v2", Prefix=self._prefix, Delimiter="/"):
                prefixes = [each["Prefix"] for each in page.get("CommonPrefixes", ())]
                found += [each.removeprefix(self._prefix).rstrip("/") for each in prefixes]
        return sorted(found)

    def files(self, folder: str) -> dict[str, Kept]:
        below = f"{self._prefix}{folder}/"
        with _told(self.where):
            return {
                each["Key"].removeprefix(below): Kept(each["Size"], each["LastModified"])
                for page in self._pages("list_objects_v2", Prefix=below)
                for each in page.get("Contents", ())
            }

    def delete(self, folder: str, first: str) -> None:
        below = f"{self._prefix}{folder}/"
        names = list(self.files(folder))
        with _told(self.where):
            self._client.delete_object(Bucket=self._bucket, Key=below + first)
            for start in range(0, len(names), _DELETED_AT_ONCE):
                keys = [{"Key": below + name} for name in names[start : start + _DELETED_AT_ONCE]]
                self._client.delete_objects(
                    Bucket=self._bucket, Delete={"Objects": keys, "Quiet": True}
                )
            # Parts of files that never became whole are nowhere to be seen, but paid for. Not all
            # that speak S3 list them, some not where there is none.
            with contextlib.suppress(ClientError):
                for page in self._pages("list_multipart_uploads", Prefix=below):
                    for each in page.get("Uploads", ()):
                        self._client.abort_multipart_upload(
                            Bucket=self._bucket, Key=each["Key"], UploadId=each["UploadId"]
                        )

    def _pages(self, operation: str, **arguments: str) -> Any:
        return self._client.get_paginator(operation).paginate(Bucket=self._bucket, **arguments)


class _Upload:
    """A file on its way, in parts; a small one goes in one piece."""

    def __init__(self, client: Any, key: dict[str, str]) -> None:
        self._client = client
        self._key = key
        self._waiting = bytearray()
        self._id: str | None = None
        self._parts: list[dict[str, Any]] = []

    def write(self, data: bytes, /) -> None:
        self._waiting += data
        while len(self._waiting) >= PART_BYTES:
            part = bytes(self._waiting[:PART_BYTES])
            del self._waiting[:PART_BYTES]
            self._send(part)

    def finish(self) -> None:
        if self._id is None:
            self._client.put_object(**self._key, Body=bytes(self._waiting))
            return
        if self._waiting:
            self._send(bytes(self._waiting))
        self._client.complete_multipart_upload(
            **self._key, UploadId=self._id, MultipartUpload={"Parts": self._parts}
        )

    def abort(self) -> None:
        if self._id is not None:
            self._client.abort_multipart_upload(**self._key, UploadId=self._id)

    def _send(self, part: bytes) -> None:
        if self._id is None:
            self._id = self._client.create_multipart_upload(**self._key)["UploadId"]
        number = len(self._parts) + 1
        sent = self._client.upload_part(
            **self._key, UploadId=self._id, PartNumber=number, Body=part
        )
        self._parts.append({"PartNumber": number, "ETag": sent["ETag"]})


class _Ranges:
    """A file read range by range: one that breaks off is asked for again, and no more than it."""

    def __init__(self, client: Any, key: dict[str, str], size: int) -> None:
        self._client = client
        self._key = key
        self._size = size
        self._at = 0
        self._waiting = memoryview(b"")

    def read(self, size: int, /) -> bytes:
        if not self._waiting and self._at < self._size:
            self._waiting = memoryview(self._fetch())
            self._at += len(self._waiting)
        taken, self._waiting = bytes(self._waiting[:size]), self._waiting[size:]
        return taken

    def _fetch(self) -> bytes:
        last = min(self._at + RANGE_BYTES, self._size) - 1
        for left in reversed(range(_TRIES)):
            try:
                found = self._client.get_object(**self._key, Range=f"bytes={self._at}-{last}")
                body: bytes = found["Body"].read()
            except BotoCoreError:
                if left == 0:
                    raise
            else:
                return body
        raise AssertionError("the last try returns or raises")


@contextmanager
def _told(where: str) -> Iterator[None]:
    """Word what is wrong; boto3's own words hold no secret key."""
    try:
        yield
    except (BotoCoreError, ClientError, ValueError) as error:
        raise UserError(
            f"{where} can't be used for backups: {error}. Look at PERIPHERAL_BACKUP__ENDPOINT_URL, "
            "…__REGION, …__ACCESS_KEY_ID and …__SECRET_ACCESS_KEY, or the AWS_… variables."
        ) from error
