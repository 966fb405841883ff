"""The engine of foreign modules, and what they share."""

from __future__ import annotations

from functools import cached_property

from sandbox.host.engine import SandboxEngine
from sandbox.host.foreign.account import Account
from sandbox.host.limits import (
    DEFAULT_FOREIGN_LIMITS,
    DEFAULT_HOST_LIMITS,
    ForeignLimits,
    HostLimits,
)


class ForeignEngine(SandboxEngine):
    """One a process; it counts instructions and makes NaNs canonical, so that a module says the
    same on every machine. Not for several threads at a time."""

    def __init__(
        self,
        limits: HostLimits = DEFAULT_HOST_LIMITS,
        foreign_limits: ForeignLimits = DEFAULT_FOREIGN_LIMITS,
    ) -> None:
        super().__init__(
            limits,
            canonical_nans=True,
            fuel=True,
            reserved_bytes=foreign_limits.memory_bytes_max,
        )
        self.foreign_limits = foreign_limits

    @cached_property
    def account(self) -> Account:
        """Made when the first module asks for its position."""
        return Account()
