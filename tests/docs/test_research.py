"""docs/research.md is true: its commands run, with nothing else, and show what it says."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "research.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_a_session_as_the_page_has_it(tmp_path: Path) -> None:
    (strategy,) = [text for kind, text in BLOCKS if kind == "python"]
    (tmp_path / "cross.py").write_text(strategy)
    (actions,) = [text for kind, text in BLOCKS if kind == "csv"]
    (tmp_path / "actions.csv").write_text(actions)
    shown, commands = "", 0
    for kind, text in BLOCKS:
        if kind == "bash":
            break  # the rest needs a running Peripheral: test_research_live.py
        if kind == "sh":
            for line in text.splitlines():
                name, *arguments = shlex.split(line)
                assert name == "peripheral"
                done = subprocess.run(
                    [sys.executable, "-m", "deploy.cli", *arguments],
                    cwd=tmp_path,
                    env={
                        "PATH": os.environ["PATH"],
                        "PYTHONPATH": str(Path(__file__).parents[2]),
                        "PERIPHERAL_API__PORT": "1",
                    },
                    capture_output=True,
                    text=True,
                    timeout=60,
                    check=False,
                )
                assert done.returncode == 0, (line, done.stderr)
                shown, commands = done.stdout, commands + 1
        elif kind == "text":
            for line in text.splitlines():
                assert line in shown, (line, shown)
    assert commands >= 4
    assert (tmp_path / "report.html").exists() and (tmp_path / "tables/trades.csv").exists()
