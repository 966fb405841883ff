"""What a person who types a `peripheral` command can put right."""

from __future__ import annotations


class UserError(Exception):
    """One sentence that says what is wrong and what to do; shown without a traceback."""
