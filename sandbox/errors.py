"""What can go wrong in the sandbox: one class per decision that a caller makes."""

from __future__ import annotations

from schemas.diagnostics import Diagnostic


class SandboxError(Exception):
    """The root of every error of this package."""


class CompileError(SandboxError):
    """The source is not a strategy; `diagnostics` says why, in the order of the source."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        assert diagnostics
        self.diagnostics = diagnostics
        first = diagnostics[0]
        more = f" (and {len(diagnostics) - 1} more)" if len(diagnostics) > 1 else ""
        super().__init__(f"line {first.line}, column {first.column}: {first.message}{more}")


class ModuleError(SandboxError):
    """A binary is not a strategy module: `reason` names the first rule that it breaks."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"not a strategy module: {reason}")


class ParamError(SandboxError):
    """A param is unknown or its value is outside what the strategy allows."""

    def __init__(self, param: str, reason: str) -> None:
        self.param = param
        self.reason = reason
        super().__init__(f"param {param!r}: {reason}")


class BlockError(SandboxError):
    """A state block is not allocated, none is left, or a saved state does not fit it."""


class CallInterruptedError(SandboxError):
    """The outer net caught a call: the instance is not usable any more, make a new one."""


class CacheError(SandboxError):
    """The folder of compiled modules cannot be trusted."""


class CompilerFaultError(SandboxError):
    """The compiler itself failed on a source: a bug of ours, `trace` says where."""

    def __init__(self, trace: str) -> None:
        self.trace = trace
        super().__init__(f"the compiler failed: {trace.strip().splitlines()[-1]}")
