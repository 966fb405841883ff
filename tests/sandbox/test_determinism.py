"""The same source gives the same bytes: in another process, in another Python, on any day."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from random import Random

import pytest

from sandbox.compiler.driver import compile_source
from tests.sandbox.programs import drawn_program
from tests.sandbox.running import EXAMPLES, PANEL, REPOSITORY

_PROGRAM = """
import hashlib, json, sys
from sandbox.compiler.driver import compile_source
sources = json.load(sys.stdin)
print(json.dumps([hashlib.sha256(compile_source(source).wasm).hexdigest() for source in sources]))
"""
_PYTHONS = ("python3.11", "python3.12", "python3.13")


def sources() -> list[str]:
    written = [path.read_text(encoding="utf-8") for path in (*EXAMPLES, PANEL)]
    return [*written, *(drawn_program(Random(seed)) for seed in range(12))]


def digests() -> list[str]:
    return [sha256(compile_source(source).wasm).hexdigest() for source in sources()]


def digests_by(python: str, hash_seed: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python, "-c", _PROGRAM],
        input=json.dumps(sources()),
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(REPOSITORY)},
    )


@pytest.mark.parametrize("hash_seed", ["0", "7", "1234567"])
def test_a_process_that_hashes_otherwise_gives_the_same_bytes(hash_seed: str) -> None:
    other = digests_by(sys.executable, hash_seed)
    assert other.returncode == 0, other.stderr
    assert json.loads(other.stdout) == digests()


@pytest.mark.parametrize("python", _PYTHONS)
def test_another_python_gives_the_same_bytes(python: str) -> None:
    """What the compiler needs of packages has to be there; a CI with one Python a job has it
    once, and holds the bytes of each by the goldens."""
    path = shutil.which(python)
    if path is None:
        pytest.skip(f"there is no {python}")
    other = digests_by(path, "3")
    if "ModuleNotFoundError" in other.stderr or "pyenv" in other.stderr:
        said = other.stderr.strip().splitlines()
        missing = next((line for line in said if "ModuleNotFoundError" in line), said[0])
        pytest.skip(f"{python} cannot run the compiler: {missing}")
    assert other.returncode == 0, other.stderr
    assert json.loads(other.stdout) == digests()


def test_compiling_twice_and_in_another_order_gives_the_same_bytes() -> None:
    """What is kept of the library from one compile to the next tells nothing."""
    forward = digests()
    backward = [sha256(compile_source(source).wasm).hexdigest() for source in sources()[::-1]]
    assert forward == backward[::-1]
