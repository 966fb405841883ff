"""The process that compiles: length-prefixed sources on stdin, answers on stdout.

A request is a u32 length (little-endian) and the source as UTF-8. An answer is one byte of
kind (C compiled, D diagnostics, F fault), a u32 length and the payload: the module, JSON,
or a traceback. One byte R says that the process is ready. It ends when stdin does.
"""

from __future__ import annotations

import contextlib
import resource
import struct
import sys
import traceback

from pydantic import TypeAdapter

from sandbox.compiler.driver import compile_source
from sandbox.errors import CompileError, ModuleError
from sandbox.host.engine import SandboxEngine
from sandbox.host.module import load_module
from schemas.diagnostics import Diagnostic

DIAGNOSTICS = TypeAdapter(tuple[Diagnostic, ...])


def main() -> None:
    """usage: python -m sandbox.host.worker CPU_SECONDS_PER_COMPILE MEMORY_BYTES"""
    cpu_s, memory_bytes = int(sys.argv[1]), int(sys.argv[2])
    with contextlib.suppress(ValueError, OSError):  # not every system limits address space
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    engine = SandboxEngine()
    _answer(engine, '"""Warms up every stage."""\ndef on_bar(bar):\n    score(bar.close)\n')
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    answers.write(b"R")
    answers.flush()
    while len(head := requests.read(4)) == 4:
        source = requests.read(struct.unpack("<I", head)[0]).decode("utf-8", "surrogatepass")
        _limit_cpu(cpu_s)
        kind, payload = _answer(engine, source)
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


if __name__ == "__main__":
    main()
