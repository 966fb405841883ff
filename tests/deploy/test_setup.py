"""The locks and their bootstrap agree, and a machine without a Python gets one sentence."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WHOLE, RUNTIME = ROOT / "requirements.lock", ROOT / "requirements" / "runtime.lock"
TOOLS = ("sh", "make", "grep", "sed", "date", "dirname", "rm", "touch")


def blocks(path: Path) -> dict[str, set[str]]:
    """Requirement → its hashes."""
    found: dict[str, set[str]] = {}
    for line in path.read_text().splitlines():
        if match := re.match(r"([A-Za-z0-9_.\[\]-]+==[^ ;]+)", line):
            hashes = found.setdefault(match[1], set())
        elif match := re.search(r"--hash=(sha256:[0-9a-f]{64})", line):
            hashes.add(match[1])
    return found


def test_the_bootstrap_installs_the_uv_of_the_lock() -> None:
    bootstrap = blocks(ROOT / "requirements" / "uv.txt")
    (uv,) = bootstrap
    assert uv.startswith("uv==")
    assert bootstrap[uv] == blocks(WHOLE)[uv]
    assert len(bootstrap[uv]) > 10  # a wheel per platform


@pytest.mark.parametrize("lock", [WHOLE, RUNTIME], ids=["whole", "runtime"])
def test_every_requirement_is_pinned_with_hashes_and_no_address_is_named(lock: Path) -> None:
    assert all(blocks(lock).values())
    assert "://" not in lock.read_text()


def names(requirements: Iterable[str]) -> set[str]:
    """The packages' names, as a lock spells them."""
    starts = (re.match(r"[A-Za-z0-9_.-]+", requirement) for requirement in requirements)
    return {re.sub(r"[_.]", "-", start[0]).lower() for start in starts if start}


def test_what_runs_is_locked_as_it_is_tested_and_without_the_tests_tools() -> None:
    whole, runtime = blocks(WHOLE), blocks(RUNTIME)
    assert runtime == {requirement: whole[requirement] for requirement in runtime}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    locked = names(runtime)
    assert names(project["project"]["dependencies"]) | names(groups["setup"]) <= locked
    tools = names(line for line in groups["dev"] if isinstance(line, str))
    assert tools & locked == {"jsonschema", "pyyaml"}, "litellm needs these two"


def make(tmp_path: Path, python: str | None) -> str:
    """What `make run` says in a fresh checkout on a machine that has hardly anything."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found is not None
        (tools / name).symlink_to(found)
    if python is not None:
        (tools / "python3").write_text(python)
        (tools / "python3").chmod(0o755)
    checkout = tmp_path / "checkout"
    for name in ("Makefile", "pyproject.toml", "requirements.lock", "deploy/setup.sh"):
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, checkout / name)
    shutil.copytree(ROOT / "requirements", checkout / "requirements")
    done = subprocess.run(
        [str(tools / "make"), "run"],
        cwd=checkout,
        env={"PATH": str(tools)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    return done.stderr.splitlines()[0]


def test_a_machine_without_a_python_is_told_what_to_install(tmp_path: Path) -> None:
    assert make(tmp_path, None).startswith(
        "peripheral: Python 3.11, 3.12 or 3.13 is needed and none was found: install one"
    )


def test_a_python_without_ensurepip_is_told_what_to_install(tmp_path: Path) -> None:
    bare = '#!/bin/sh\ncase "$*" in *ensurepip*) exit 1;; *print*) echo 12;; esac\n'
    assert make(tmp_path, bare).startswith(
        "peripheral: Python 3.12 is here without its venv module: install it "
        "(Debian and Ubuntu: apt-get install python3.12-venv)"
    )
