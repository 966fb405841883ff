"""What the pages name is there: files, folders, and what is said to be in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_named_files_are_there(page: Path) -> None:
    rooms = "|".join(path.name for path in ROOT.iterdir() if path.is_dir())
    for name in re.findall(rf"`((?:{rooms})/[A-Za-z0-9_./-]*)`", page.read_text()):
        assert (ROOT / name).exists(), name


def test_the_life_of_a_bar_names_what_the_code_defines() -> None:
    page = (ROOT / "docs" / "life-of-a-bar.md").read_text()
    code = "\n".join(
        path.read_text()
        for room in ("schemas", "streams", "sandbox", "processors", "api", "deploy")
        for path in (ROOT / room).rglob("*.py")
    )
    for name in re.findall(r"`([A-Z][A-Za-z]+|[a-z]+_[a-z_]+)`", page):
        assert re.search(rf"(class|def) {name}\b", code), name
