"""What the bench writes is gone through in a process of its own, all of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.research import streams
from bench.research.streams import run, write


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_all_bars_of_a_written_file_are_gone_through(
    tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "BLOCK", 1_000)
    path = tmp_path / f"bars{ending}"
    write(path, 2_500)
    told = run(str(path))
    assert told["bars"] == 2_500
    assert told["rate"] > 0
    assert told["bytes"] > 10 * streams.MIB  # what numpy alone takes
