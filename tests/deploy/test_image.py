"""The image is made by the steps by which `make setup` makes .venv; they run here for real."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
MAKEFILE = (ROOT / "Makefile").read_text()
SETUP = (ROOT / "deploy" / "setup.sh").read_text()
LOCK = "requirements/runtime.lock"
FLAG = re.compile(r"^--[a-z-]+(=\S+)? *")


@dataclass(frozen=True)
class Step:
    """One instruction of a Dockerfile."""

    keyword: str
    text: str

    @property
    def words(self) -> list[str]:
        """The words behind the flags."""
        text = self.text
        while FLAG.match(text):
            text = FLAG.sub("", text)
        return text.split()


def stages() -> list[list[Step]]:
    """The Dockerfile's stages, each beginning with its FROM."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    found: list[list[Step]] = []
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        keyword, _, rest = line.partition(" ")
        if keyword == "FROM":
            found.append([])
        found[-1].append(Step(keyword, rest.strip()))
    return found


INSTALLED, FINAL = stages()
EVERY = INSTALLED + FINAL


def of(stage: list[Step], keyword: str) -> list[Step]:
    return [step for step in stage if step.keyword == keyword]


def environment(stage: list[Step]) -> dict[str, str]:
    pairs = [pair.partition("=") for step in of(stage, "ENV") for pair in step.words]
    return {name: value for name, _, value in pairs}


def from_here(stage: list[Step]) -> list[list[str]]:
    """The words of each COPY from the project."""
    return [step.words for step in of(stage, "COPY") if "--from=" not in step.text]


def test_the_image_is_set_up_by_the_script_that_make_runs() -> None:
    (run,) = of(INSTALLED, "RUN")
    assert " ".join(run.words) == f"sh deploy/setup.sh {LOCK}"
    assert "\t@sh deploy/setup.sh\n" in MAKEFILE
    others = " ".join(step.text for step in EVERY if step is not run)
    assert not re.search(r"\b(pip|uv|apt|apt-get|curl|wget|ADD) ", others)


def test_the_script_installs_from_the_lock_by_hashes_and_bootstraps_uv_so() -> None:
    lines = SETUP.replace("\\\n", " ").splitlines()
    installs = [
        " ".join(line.split()) for line in lines if re.search(r" pip (install|sync) ", line)
    ]
    bootstrap, sync, itself = installs
    assert bootstrap.endswith("--require-hashes --only-binary :all: -r requirements/uv.txt")
    assert sync.endswith('--require-hashes --only-binary :all: "$lock"')
    assert "lock=${1:-requirements.lock}" in lines
    assert "--no-deps" in itself


def test_everything_the_setup_reads_is_copied_before_it_runs() -> None:
    target = re.search(r"^\$\(READY\): requirements\.lock (.+)$", MAKEFILE, re.MULTILINE)
    assert target is not None
    needed = {LOCK, *target.group(1).split(), PROJECT["project"]["readme"]}
    copied = [source for *sources, _ in from_here(INSTALLED) for source in sources]
    assert {
        name for name in needed if not any(Path(name).is_relative_to(c) for c in copied)
    } == set()
    assert INSTALLED.index(of(INSTALLED, "RUN")[0]) > INSTALLED.index(of(INSTALLED, "COPY")[-1])


def test_every_package_is_in_the_image() -> None:
    packages = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    rooms = [name for name in packages if "/" not in name]  # the stubs come inside of one
    assert from_here(FINAL) == [[name, f"/app/{name}"] for name in rooms]


def test_both_stages_have_one_base_pinned_to_a_python_of_ours() -> None:
    first, second = (stage[0].words[0] for stage in (INSTALLED, FINAL))
    assert first == second
    found = re.fullmatch(r"python:(3)\.(\d+)-slim-[a-z]+", first)
    assert found is not None
    assert (3, 11) <= tuple(int(part) for part in found.groups()) < (3, 14)
    assert PROJECT["project"]["requires-python"] == ">=3.11,<3.14"


def test_it_runs_the_command_as_nobody_in_particular() -> None:
    (user,) = of(FINAL, "USER")
    assert int(user.text) > 0
    (entry,) = of(FINAL, "ENTRYPOINT")
    assert json.loads(entry.text) == ["peripheral"]
    assert PROJECT["project"]["scripts"]["peripheral"] == "deploy.cli:main"
    assert not of(FINAL, "HEALTHCHECK"), "docker-compose.yml has them, per service"


def test_only_what_is_copied_is_sent_to_the_builder() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    let_in = {rule[1:] for rule in rules if rule.startswith("!")}
    copied = {Path(source).parts[0] for *sources, _ in from_here(EVERY) for source in sources}
    assert let_in == copied
    assert "**/.*" in rules, "no .env anywhere"


def copy(stage: list[Step], app: Path) -> None:
    """What the stage's COPYs do, with `app` for /app."""
    for *sources, target in from_here(stage):
        for source in sources:
            into = (
                app / Path(target).relative_to("/app") if target.startswith("/") else app / target
            )
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, into, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                into = into / Path(source).name if target.endswith("/") else into
                into.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, into)


def test_the_steps_end_in_a_command_that_answers(tmp_path: Path) -> None:
    app = tmp_path / "app"
    copy(INSTALLED, app)
    variables = dict(os.environ, PYTHON=sys.executable)
    variables.setdefault("UV_CACHE_DIR", cache_of_uv())
    (run,) = of(INSTALLED, "RUN")
    subprocess.run(run.words, cwd=app, env=variables, check=True, capture_output=True)
    for path in app.iterdir():
        if path.name != ".venv":  # the one thing that the last stage takes from the first
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    copy(FINAL, app)
    image = environment(FINAL)
    answer = subprocess.run(
        ["peripheral", "--help"],
        cwd=tmp_path,
        env={name: image[name].replace("/app", str(app)) for name in ("PATH", "PYTHONPATH")},
        check=True,
        capture_output=True,
        text=True,
    )
    assert "peripheral up" in answer.stdout


def cache_of_uv() -> str:
    """Where `make setup` kept its downloads, so that this fetches nothing again."""
    asked = [str(ROOT / ".venv" / "bin" / "uv"), "cache", "dir"]
    if os.access(Path.home(), os.W_OK) and Path(asked[0]).exists():
        return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
    return str(ROOT / ".data" / "cache" / "uv")
