"""`peripheral universe` and `standing`: numbers that can't be sent are refused in words."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from deploy.cli import peripheral

pytestmark = pytest.mark.usefixtures("nothing_runs")


@pytest.mark.parametrize(
    "arguments",
    [
        ("universe", "set", "bad", "--price-min", "nan"),
        ("universe", "set", "bad", "--dollar-volume-min", "inf"),
        ("universe", "set", "bad", "--volatility-max", "-inf"),
        ("standing", "register", "s", "--universe", "u", "--grace", "nan"),
    ],
)
def test_numbers_are_finite(arguments: tuple[str, ...]) -> None:
    done = CliRunner().invoke(peripheral, arguments)
    assert done.exit_code == 2
    told = f"Invalid value for '{arguments[-2]}': {arguments[-1]} is not a finite number."
    assert told in done.stderr
