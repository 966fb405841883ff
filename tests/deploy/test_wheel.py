"""The wheel that pyproject.toml describes: everything else runs on the editable install."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_wheel_holds_the_rooms_the_stubs_and_what_is_no_python(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "deploy/cli.py",
        "peripheral-stubs/__init__.pyi",
        "peripheral-stubs/language.pyi",
        "sandbox/sdk/peripheral.h",
        "sandbox/stdlib/ta/bands.py",
        "schemas/sql/0001_tables.sql",
    } <= names
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {
        *("api", "deploy", "peripheral-stubs", "processors", "sandbox", "schemas", "streams")
    }
