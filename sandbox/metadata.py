"""What a strategy module says about itself: JSON in its custom section `peripheral`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox.errors import ModuleError
from schemas.events.strategies import ParamSpec

SECTION = "peripheral"
ABI_VERSION = 1


class Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Layout(Closed):
    """Where things lie in the module's memory, in bytes from 0.

    progress: int32, the bar being evaluated. undo_bytes: int32, how much of the log at
    `undo` is filled; an entry is (int32 address, 4 bytes unused, 8 bytes as they were).
    The columns hold `chunk_bars` values each: blocks int32, ts int64, signal int8, all
    others float64; plots lie one after the other. Block i is at blocks_start + i × stride.
    """

    progress: int = Field(ge=0)
    undo_bytes: int = Field(ge=0)
    undo: int = Field(ge=0)
    undo_bytes_max: int = Field(ge=0)
    chunk_bars: int = Field(ge=1)
    block: int = Field(ge=0)
    ts: int = Field(ge=0)
    open: int = Field(ge=0)
    high: int = Field(ge=0)
    low: int = Field(ge=0)
    close: int = Field(ge=0)
    volume: int = Field(ge=0)
    signal: int = Field(ge=0)
    size: int = Field(ge=0)
    score: int = Field(ge=0)
    plots: int = Field(ge=0)
    blocks_start: int = Field(ge=0)
    stride: int = Field(ge=8)
    blocks_max: int = Field(ge=1)
    memory_bytes: int = Field(ge=65536)


class Fill(Closed):
    """`count` words of 8 bytes at `offset` of a fresh block; all other words are 0."""

    offset: int = Field(ge=0)
    count: int = Field(ge=1)
    word: int = Field(ge=0, lt=2**64)


class Metadata(Closed):
    """param_offsets: of each param's 8 bytes in a block, in the order of `params`: a float64,
    or an int64 for int and bool. state_bytes: of one block, params included."""

    abi_version: int = ABI_VERSION
    source_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    language_version: str
    library_version: str
    library_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    docstring: str
    params: tuple[ParamSpec, ...]
    param_offsets: tuple[int, ...]
    plots: tuple[str, ...]
    uses_score: bool
    state_bytes: int = Field(ge=8)
    initial: tuple[Fill, ...]
    layout: Layout


def metadata_of(wasm: bytes) -> Metadata:
    """Reads a module's metadata; ModuleError when it has none or other than the ABI asks."""
    section = _custom_section(wasm, SECTION)
    if section is None:
        raise ModuleError(f"it has no custom section named {SECTION}")
    try:
        metadata = Metadata.model_validate_json(section)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ModuleError(
            f"its metadata is wrong at {place or 'the top'}: {first['msg']}"
        ) from None
    if metadata.abi_version != ABI_VERSION:
        raise ModuleError(f"it has ABI version {metadata.abi_version}, not {ABI_VERSION}")
    return metadata


def _custom_section(wasm: bytes, name: str) -> bytes | None:
    if wasm[:8] != b"\0asm\1\0\0\0":
        raise ModuleError("it does not begin as a WebAssembly 1 module")
    at = 8
    while at < len(wasm):
        kind = wasm[at]
        size, start = _leb(wasm, at + 1)
        at = start + size
        if at > len(wasm):
            raise ModuleError("a section ends beyond the file")
        if kind == 0:
            length, text = _leb(wasm, start)
            if wasm[text : text + length] == name.encode():
                return wasm[text + length : at]
    return None


def _leb(wasm: bytes, at: int) -> tuple[int, int]:
    """An unsigned LEB128 number of up to 32 bits, and where it ends."""
    value = 0
    for shift in range(0, 35, 7):
        if at >= len(wasm):
            raise ModuleError("a number ends beyond the file")
        byte = wasm[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ModuleError("a number has more than 32 bits")
