"""docs/sandbox.md: the tests that it names are there, and its numbers are the code's."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from processors.evaluation.budgets import HOST_STEPS
from sandbox.abi import MEMORY_PAGES, PAGE_BYTES
from sandbox.compiler.limits import DEFAULT_LIMITS
from sandbox.host.foreign.check import SAMPLE_BARS
from sandbox.host.guarded import GuardedCompiler
from sandbox.host.limits import DEFAULT_FOREIGN_LIMITS, DEFAULT_HOST_LIMITS
from schemas.events.strategies import TRAPS_MAX
from streams.settings import EvaluationSettings

TESTS = Path(__file__).parent.parent
TEXT = (TESTS.parent / "docs" / "sandbox.md").read_text(encoding="utf-8")
PROSE = " ".join(TEXT.split())
MIB = 1024 * 1024


def test_each_test_that_the_page_names_is_there() -> None:
    named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", TEXT)
    assert len(named) > 30
    for file, test in named:
        found = [path for path in TESTS.rglob(file) if f"def {test}(" in path.read_text("utf-8")]
        assert found, f"{file}::{test}"


def test_each_attack_has_something_that_holds_it_and_a_test() -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("| ")]
    attacks = [row for row in rows if not row.startswith(("| attack", "| ---"))]
    assert len(attacks) > 20
    for row in attacks:
        attack, holds, test = (cell.strip() for cell in row.strip("| ").split(" | "))
        assert attack and holds and "::" in test, row


def test_the_page_s_numbers_are_the_code_s() -> None:
    guard = inspect.signature(GuardedCompiler).parameters
    deadline_s = DEFAULT_HOST_LIMITS.epoch_s * DEFAULT_HOST_LIMITS.call_epochs_max
    foreign, author = DEFAULT_FOREIGN_LIMITS, EvaluationSettings()
    for sentence in (
        f"killed after {guard['timeout_s'].default:g} s",
        f"at {guard['memory_bytes_max'].default // (1024 * MIB)} GiB",
        f"spends {DEFAULT_LIMITS.bar_budget:,} operations",
        f"each call has {deadline_s:g} s, and a stack of"
        f" {DEFAULT_HOST_LIMITS.stack_bytes_max // 1024} KiB",
        f"fixed at {MEMORY_PAGES * PAGE_BYTES // MIB} MiB",
        f"a series has at most {DEFAULT_LIMITS.state_bytes_max // 1024} KiB",
        f"{TRAPS_MAX} on one partition suspend",
        f"{author.author_state_bytes_max // MIB} MiB of state in all"
        f" and {author.author_steps_per_bar_max:,} operations",
        f"call of the host is {HOST_STEPS:,}",
        f"At most {foreign.module_bytes_max // 1024} KiB, and first",
        f"{foreign.bar_fuel:,} a bar, {foreign.start_fuel:,} to start",
        f"At most {foreign.memory_bytes_max // MIB} MiB, minimum = maximum",
        f"a table of {foreign.table_elements_max:,}",
        f"each of {SAMPLE_BARS} bars",
    ):
        assert sentence in PROSE, sentence
