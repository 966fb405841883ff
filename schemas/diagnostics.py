"""What is wrong with a strategy's source, where, and what to write instead."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Diagnostic(BaseModel):
    """One finding; lines and columns count from 1, the end is exclusive."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    line: int
    column: int
    end_line: int
    end_column: int
    code: str
    message: str
    remedy: str
    source_line: str
