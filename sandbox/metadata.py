"""What a strategy module says about itself: JSON in its custom section `peripheral`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox.errors import ModuleError
from sandbox.fills import FIRST_FILL_FIELDS
from schemas.events.strategies import ParamSpec

SECTION = "peripheral"
ABI_VERSION = 2


class Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Fill(Closed):
    """`count` words of 8 bytes at `offset` of a fresh block; all other words are 0."""

    offset: int = Field(ge=0)
    count: int = Field(ge=1)
    word: int = Field(ge=0, lt=2**64)


class OutputColumn(Closed):
    """signal, size, limit, stop, exit_limit, exit_stop, exit_trail, score, alerts, plot.NAME."""

    name: str
    type: Literal["float", "int"]


class Place(Closed):
    """An instruction that can trap, by its offset in the module. line: of the source, or 0."""

    offset: int = Field(ge=0)
    reason: str
    line: int = Field(ge=0, lt=2**31)


class Metadata(Closed):
    """param_offsets: of each param's 8 bytes in a block, in the order of `params`: a float64,
    or an int64 for int and bool. fills_offset: of the words that say how orders
    fill in it, None where none does; fills: which they are. inputs: columns, in their order in the
    table; reads: those that are looked at; limited_reads: those that are too where the account has
    limits.
    outputs: the columns that are written, in their order in the table. alerts: messages, by bit.
    state_bytes: of one block, params included. float_words: (first, count) runs of a block's
    words that hold floats. bar_cost: operations of a bar without those of its loops.
    """

    abi_version: int = ABI_VERSION
    source_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    language_version: str
    library_version: str
    library_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    docstring: str
    params: tuple[ParamSpec, ...]
    param_offsets: tuple[int, ...]
    fills_offset: int | None
    fills: tuple[str, ...] = FIRST_FILL_FIELDS
    inputs: tuple[str, ...]
    reads: tuple[str, ...]
    limited_reads: tuple[str, ...] = ()
    outputs: tuple[OutputColumn, ...]
    plots: tuple[str, ...]
    alerts: tuple[str, ...]
    state_bytes: int = Field(ge=8)
    initial: tuple[Fill, ...]
    float_words: tuple[tuple[int, int], ...]
    bar_cost: int = Field(ge=0, lt=2**53)
    places: tuple[Place, ...]


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


def is_ours(wasm: bytes) -> bool:
    """Whether a module says that our compiler made it; not so when the bytes are no module."""
    try:
        return _custom_section(wasm, SECTION) is not None
    except ModuleError:
        return False


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
