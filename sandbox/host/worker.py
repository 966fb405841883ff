"""The process that compiles: requests on stdin, answers on stdout.

Either is one byte of kind, a u32 length (little-endian) and a payload. Requests: S a source as
UTF-8, W a module that another compiler made. Answers: C the compiled module, D diagnostics as
JSON, F a fault's traceback, M what an examined module is, as JSON, E why it is none. One byte
R says that the process is ready. It ends when stdin does.
"""

from __future__ import annotations

import contextlib
import resource
import struct
import sys
import traceback

from pydantic import TypeAdapter

from sandbox.compiler.driver import compile_source
from sandbox.errors import CallInterruptedError, CompileError, ModuleError
from sandbox.host.engine import SandboxEngine
from sandbox.host.foreign.check import examine
from sandbox.host.foreign.engine import ForeignEngine
from sandbox.host.foreign.metadata import ForeignMetadata
from sandbox.host.module import load_module
from sandbox.metadata import Closed
from schemas.diagnostics import Diagnostic

_NO_MEMORY = "(os error 12)"  # wasmtime's own words, which no name in a module can imitate
DIAGNOSTICS = TypeAdapter(tuple[Diagnostic, ...])


class ModuleFacts(Closed):
    """An examined module, as the answer has it."""

    metadata: ForeignMetadata
    memory_bytes: int


def main() -> None:
    """usage: python -m sandbox.host.worker CPU_SECONDS_PER_COMPILE MEMORY_BYTES"""
    cpu_s, memory_bytes = int(sys.argv[1]), int(sys.argv[2])
    with contextlib.suppress(ValueError, OSError):  # not every system limits address space
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    engine, foreign_engine = SandboxEngine(), ForeignEngine()
    _answer(engine, '"""Warms up every stage."""\ndef on_bar(bar):\n    score(bar.close)\n')
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    answers.write(b"R")
    answers.flush()
    while len(head := requests.read(5)) == 5:
        data = requests.read(struct.unpack("<I", head[1:])[0])
        _limit_cpu(cpu_s)
        if head[:1] == b"S":
            kind, payload = _answer(engine, data.decode("utf-8", "surrogatepass"))
        else:
            kind, payload = _examined(foreign_engine, data)
        answers.write(kind + struct.pack("<I", len(payload)) + payload)
        answers.flush()


def _limit_cpu(cpu_s: int) -> None:
    """From now on, `cpu_s` more seconds: then the system ends the process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + cpu_s + 1
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def _answer(engine: SandboxEngine, source: str) -> tuple[bytes, bytes]:
    """Native code is made too, and thrown away: what takes Cranelift too long must do so
    here, where it can be killed, and not later in the process that runs it."""
    try:
        compiled = compile_source(source)
        load_module(engine, compiled.wasm)
    except CompileError as error:
        return b"D", DIAGNOSTICS.dump_json(error.diagnostics)
    except MemoryError:
        raise  # the process is not to be trusted any more
    except Exception as error:
        if isinstance(error, ModuleError) and "allocate" in error.reason:
            raise MemoryError from error  # how native code says it
        return b"F", traceback.format_exc().encode()
    return b"C", compiled.wasm


def _examined(engine: ForeignEngine, wasm: bytes) -> tuple[bytes, bytes]:
    try:
        module = examine(engine, wasm)
    except CallInterruptedError as error:
        return b"E", f"rule state: sample bars could not be run: {error}".encode()
    except ModuleError as error:
        if error.reason.endswith(_NO_MEMORY):
            raise MemoryError from error  # as above
        return b"E", error.reason.encode()
    facts = ModuleFacts(metadata=module.metadata, memory_bytes=module.memory_bytes)
    return b"M", facts.model_dump_json().encode()


if __name__ == "__main__":
    main()
