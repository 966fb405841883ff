"""What must be known of a sweep, in sentences."""

from __future__ import annotations

from processors.research.report.figures import amount, figure, integer
from processors.research.sweeps.swept import Swept


def notes(swept: Swept) -> list[str]:
    """How many were tried, and what the best is worth after that."""
    tried, summary = len(swept.trials), swept.summary
    said = [f"{integer(tried)} combinations were tried ({swept.search.method})."]
    deflated = summary["deflated_sharpe"]
    if deflated is not None and tried > 1:
        said.append(
            f"The best of so many without any skill would have a Sharpe ratio of about "
            f"{figure('expected_max_sharpe', summary['expected_max_sharpe'])}. The chance that the"
            f" best here is better than that luck is {amount(100.0 * deflated)}% (deflated Sharpe"
            " ratio); neighbours resemble each other, so it is rather too low than too high."
        )
    if not summary["trades"]:
        said.append("The best one never closed a trade.")
    traps = sum(trial.traps for trial in swept.trials)
    if traps:
        said.append(f"The strategy failed on {integer(traps)} bars of all runs together.")
    return said
