"""`python -m tests.chaos`: a run of the suite, with figures at its end."""

from __future__ import annotations

import argparse
import json
import random
import sys
from pathlib import Path

from tests.chaos.run import command, run
from tests.chaos.schedule import absences, schedule

FAULTS, MINUTES, GAP_S, ROUND = 100_000, 60.0, 9.0, 25


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """0 when all held, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, help="of the faults and the load (drawn when left out)")
    parser.add_argument("--faults", type=int, help="how many (default: until the time is over)")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="begin no round behind it")
    parser.add_argument("--gap", type=float, default=GAP_S, help="seconds between two, on average")
    parser.add_argument("--round", type=int, default=ROUND, help="faults between two judgements")
    parser.add_argument("--away", type=float, help="of broker, then database: for so many seconds")
    parser.add_argument("--figures", type=Path, help="write them to this file, as JSON")
    asked = parser.parse_args()
    seed = random.SystemRandom().randrange(1_000_000) if asked.seed is None else asked.seed
    say(f"seed {seed}")
    plan = schedule(seed, asked.faults or FAULTS, asked.gap)
    if asked.away:
        plan = absences(seed, asked.away)
    figures = run(
        plan,
        round_size=1 if asked.away else asked.round,
        limit_s=asked.minutes * 60,
        tell=say,
    )
    if asked.figures is not None:
        asked.figures.write_text(json.dumps(figures.as_json(), indent=1) + "\n")
    if not figures.wrong:
        return 0
    say("\n".join(figures.wrong))
    say(f"repeat it: {command(seed, figures.done, asked.gap, asked.away)} --round {asked.round}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
