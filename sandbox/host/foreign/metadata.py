"""What a foreign strategy says about itself: JSON in its memory."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, ValidationError, model_validator

from sandbox.errors import ModuleError
from sandbox.host.limits import ForeignLimits
from sandbox.metadata import Closed
from schemas.events.strategies import ParamSpec

_Name = Annotated[str, Field(min_length=1, max_length=120)]


class ForeignMetadata(Closed):
    """All but the description may be left out. alerts: messages, by bit."""

    description: Annotated[str, Field(max_length=4_000)]
    language: Annotated[str, Field(max_length=40)] = "unknown"
    params: tuple[ParamSpec, ...] = ()
    plots: tuple[_Name, ...] = ()
    alerts: Annotated[tuple[_Name, ...], Field(max_length=63)] = ()

    @model_validator(mode="after")
    def _names_are_unique(self) -> ForeignMetadata:
        for names in ([param.name for param in self.params], self.plots):
            if len(set(names)) < len(names):
                raise ValueError("two params or two plots have the same name")
        return self

    @model_validator(mode="after")
    def _defaults_are_allowed(self) -> ForeignMetadata:
        for param in self.params:
            low, high = param.low, param.high
            below = low is not None and param.default < low
            if below or (high is not None and param.default > high):
                raise ValueError(f"the default of {param.name} is outside of its bounds")
        return self


def read_metadata(data: bytes, limits: ForeignLimits) -> ForeignMetadata:
    """Raises ModuleError when the bytes are not the JSON that the ABI asks for."""
    try:
        metadata = ForeignMetadata.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the top"
        raise ModuleError(f"rule metadata: at {place}: {first['msg']}") from None
    for what, count, most in (
        ("params", len(metadata.params), limits.params_max),
        ("plots", len(metadata.plots), limits.plots_max),
    ):
        if count > most:
            raise ModuleError(f"rule metadata: it has {count} {what}; at most {most} are allowed")
    return metadata
