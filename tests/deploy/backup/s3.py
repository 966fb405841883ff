"""A real server of S3's protocol: rclone, over a folder."""

from __future__ import annotations

import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from pydantic import SecretStr

from deploy.embedded.ports import free_port
from streams.settings import BackupSettings

RCLONE = Path(sys.executable).with_name("rclone")
START_LIMIT_S = 20.0
BUCKET = "backups"


@contextmanager
def serving_s3(folder: Path) -> Iterator[BackupSettings]:
    """Settings that lead to a server whose bucket BUCKET lies in `folder`."""
    (folder / BUCKET).mkdir(parents=True)
    port = free_port()
    key, secret = "peripheral", secrets.token_hex(16)
    argv = [str(RCLONE), "serve", "s3", str(folder), "--addr", f"127.0.0.1:{port}"]
    server = subprocess.Popen(
        [*argv, "--auth-key", f"{key},{secret}", "--config", "", "--vfs-cache-mode", "off"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline_s = time.monotonic() + START_LIMIT_S
        while not answers(port):
            assert server.poll() is None, "rclone has ended"
            assert time.monotonic() < deadline_s, "rclone does not serve"
            time.sleep(0.05)
        yield BackupSettings(
            endpoint_url=f"http://127.0.0.1:{port}",
            region="us-east-1",
            access_key_id=key,
            secret_access_key=SecretStr(secret),
        )
    finally:
        server.terminate()
        server.wait(10)


def answers(port: int) -> bool:
    try:
        urlopen(f"http://127.0.0.1:{port}/", timeout=1).close()
    except HTTPError:
        return True  # it wants to know who asks
    except OSError:
        return False
    return True
