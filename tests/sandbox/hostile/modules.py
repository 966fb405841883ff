"""Hostile modules by our own ABI: other code and other claims around a compiled strategy."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import wasmtime

from sandbox.abi import MEMORY_PAGES
from sandbox.compiler.driver import Compiled, compile_source
from sandbox.compiler.encode import custom_section
from sandbox.host.engine import SandboxEngine
from sandbox.host.limits import HostLimits
from sandbox.metadata import SECTION
from tests.sandbox.running import body

_WASI = """args_get args_sizes_get environ_get environ_sizes_get clock_res_get clock_time_get
fd_advise fd_allocate fd_close fd_datasync fd_fdstat_get fd_fdstat_set_flags fd_fdstat_set_rights
fd_filestat_get fd_filestat_set_size fd_filestat_set_times fd_pread fd_prestat_get
fd_prestat_dir_name fd_pwrite fd_read fd_readdir fd_renumber fd_seek fd_sync fd_tell fd_write
path_create_directory path_filestat_get path_filestat_set_times path_link path_open path_readlink
path_remove_directory path_rename path_symlink path_unlink_file poll_oneoff proc_exit proc_raise
sched_yield random_get sock_accept sock_recv sock_send sock_shutdown"""
_EMSCRIPTEN = """abort _abort_js exit emscripten_notify_memory_growth emscripten_resize_heap
_emscripten_memcpy_js emscripten_memcpy_big emscripten_date_now emscripten_get_now
_emscripten_get_now_is_monotonic emscripten_asm_const_int emscripten_asm_const_double
emscripten_run_script emscripten_run_script_int emscripten_set_main_loop emscripten_sleep
emscripten_fetch_start _emscripten_thread_set_strongref emscripten_check_blocking_allowed
_emscripten_notify_mailbox_postmessage __assert_fail __cxa_throw __cxa_begin_catch
__cxa_find_matching_catch_2 __resumeException setTempRet0 getTempRet0 invoke_vii invoke_iii
_setitimer_js _tzset_js _localtime_js _mktime_js _mmap_js _munmap_js _dlopen_js _dlsym_js
__syscall_openat __syscall_fcntl64 __syscall_ioctl __syscall_fstat64 __syscall_unlinkat
__syscall_socket __syscall_connect __syscall_bind __syscall_getcwd __syscall_getdents64
__syscall_mkdirat __syscall_newfstatat __syscall_readlinkat __syscall_renameat __syscall_rmdir
__stack_pointer __memory_base __table_base __indirect_function_table memory table seed trace
console.log Date.now Math.random JS_eval"""
_BINDGEN = """__wbindgen_throw __wbindgen_init_externref_table __wbindgen_object_drop_ref
__wbindgen_string_new __wbindgen_memory __wbindgen_is_undefined __wbg_now_2c95c9de01293173
__wbg_fetch_bc400efeda8ac0c8 __wbg_eval_476de7ba31d6c7d1 __wbg_log_1d3ae0273d8f4f8a
__wbg_random_1385edd75e02760c __wbg_newnoargs_76313bd6ff35d0f2 __wbg_call_1084a111329e68ce"""
_OTHERS = {
    "wasi_unstable": "fd_write proc_exit random_get",
    "wasi_snapshot_preview2": "fd_write",
    "wasi:cli/environment@0.2.0": "get-environment",
    "wasi:sockets/tcp@0.2.0": "start-connect",
    "wasi:filesystem/types@0.2.0": "open-at",
    "wasi": "thread-spawn",
    "go": "runtime.wasmExit syscall/js.valueCall",
    "gojs": "runtime.walltime",
    "asyncify": "start_unwind",
    "js": "mem",
    "module": "memory",
    "allocate": "allocate",
    "GOT.mem": "stdout",
    "": "",
    "\N{SNOWMAN}": "\N{SNOWMAN}",
}
IMPORTS = (
    *(("wasi_snapshot_preview1", name) for name in _WASI.split()),
    *(("env", name) for name in _EMSCRIPTEN.split()),
    *(("wbg", name) for name in _BINDGEN.split()),
    *((room, name) for room, names in _OTHERS.items() for name in names.split() or [""]),
)
KINDS = ("(func)", "(memory 1024 1024)", "(global (mut i32))", "(table 1 funcref)")

FEATURES = {
    "memory64": ("", "i64 1024 1024", ""),
    "shared memory": ("", "1024 1024 shared", ""),
    "two memories": ("", "", "(memory 1 1)"),
    "a memory that grows": ("", "1024 2048", ""),
    "a memory without end": ("", "1024", ""),
    "a small memory": ("", "1 1", ""),
    "a huge memory": ("", "65536 65536", ""),
    "an empty memory": ("", "0 0", ""),
    "custom page sizes": ("", "1 1 (pagesize 1)", ""),
    "tags": ("", "", "(tag)"),
    "structs": ("", "", "(type (struct (field i32)))"),
    "arrays": ("", "", "(type (array i8))"),
    "typed references": ("", "", "(type $f (func)) (table 1 1 (ref null $f))"),
    "tail call": ("(return_call 0 (i32.const 0) (i32.const 0) (i32.const 0))", "", ""),
    "relaxed SIMD": (
        "(drop (i8x16.relaxed_swizzle (v128.const i64x2 0 0) (v128.const i64x2 0 0)))",
        "",
        "",
    ),
    "atomics": ("(drop (i32.atomic.load (i32.const 0)))", "", ""),
    "atomic wait": (
        "(drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))",
        "",
        "",
    ),
    "wide arithmetic": (
        "(i64.add128 (i64.const 1) (i64.const 1) (i64.const 1) (i64.const 1)) drop drop",
        "",
        "",
    ),
    "an exported global": ("", "", '(global (export "g") (mut i32) (i32.const 0))'),
    "an exported table": ("", "", '(table (export "t") 1 funcref)'),
    "a start function": ("", "", '(func (export "_start"))'),
    "initialize": ("", "", '(func (export "_initialize"))'),
}
"""Refused when loaded: code of run, the memory, whatever else."""

STARTS = {
    "a table": "(table 10 funcref)",
    "a table bomb": "(table 4294967295 funcref)",
    "many tables": "(table 1000000 externref)" * 50,
    "data beyond the memory": '(data (i32.const -1) "x")',
    "elements beyond the table": "(table 1 funcref) (func $f) (elem (i32.const 9) func $f)",
    "an endless start": "(func $s (loop (br 0))) (start $s)",
    "a start that traps": "(func $s unreachable) (start $s)",
    "a start without a bottom": "(func $s (call $s)) (start $s)",
}
"""Refused when started."""

MISDEEDS = {
    "endless": "(loop (br 0))",
    "a call without a bottom": "(call $run (i32.const 0) (i32.const 0) (i32.const 0))",
    "a load beyond": "(drop (i32.load (i32.const -1)))",
    "a store beyond": "(i64.store offset=67108864 (i32.const 0) (i64.const 1))",
    "a fill beyond": "(memory.fill (i32.const 0) (i32.const 1) (i32.const -1))",
    "another row": "(i32.store (i32.const 0) (i32.const 77)) unreachable",
    "a negative row": "(i32.store (i32.const 0) (i32.const -1)) unreachable",
    "a trap it did not announce": "(i32.store (i32.const 0) (local.get 1)) unreachable",
    "a division it did not announce": "(i32.store (i32.const 0) (local.get 1)) "
    "(drop (i32.div_s (i32.const 1) (i32.const 0)))",
    "all memory": "(memory.fill (i32.const 0) (i32.const 255) (i32.const 67108864))",
    "no addresses": "(memory.fill (i32.const 24) (i32.const 0) (i32.const 2000))",
    "time spent": "(i64.store (i32.const 8) (i64.const -9223372036854775808))",
    "growth": "(drop (memory.grow (i32.const 1)))",
}
"""Done by run; the host lives on."""


@cache
def compiled() -> Compiled:
    lines = ("x = ta.sma(bar.close, 5)", "score(x)", 'plot("a", x)', 'alert(x > bar.close, "b")')
    source = '"""Test."""\nn = param(3, low=1, high=9)\ny = param(0.5)\n'
    return compile_source(source + body(*lines, "score(x[1] + y)").removeprefix('"""Test."""\n'))


@cache
def impatient() -> SandboxEngine:
    """Ends a call after a tenth of a second."""
    return SandboxEngine(HostLimits(epoch_s=0.02, call_epochs_max=4))


def claims() -> dict[str, Any]:
    """What the compiled module says of itself."""
    found: dict[str, Any] = json.loads(compiled().metadata.model_dump_json())
    return found


def code() -> bytes:
    """The compiled module without its metadata."""
    section = custom_section(SECTION, compiled().metadata.model_dump_json().encode())
    assert compiled().wasm.endswith(section)
    return compiled().wasm[: -len(section)]


def claiming(metadata: bytes) -> bytes:
    """The compiled module with these bytes for its metadata."""
    return code() + custom_section(SECTION, metadata)


def other_code(run: str = "", memory: str = "", more: str = "") -> bytes:
    """The metadata of the compiled module, without places, around other code."""
    pages = memory or f"{MEMORY_PAGES} {MEMORY_PAGES}"
    return _with_metadata(
        f"""(module (memory (export "memory") {pages})
          (func $run (export "run") (param i32 i32 i32) {run}) {more})"""
    )


def importing(room: str, name: str, kind: str) -> bytes:
    """A module that asks for one thing; for its memory, if that is the kind."""
    own = "" if kind.startswith("(memory") else f"(memory {MEMORY_PAGES} {MEMORY_PAGES})"
    return _with_metadata(
        f'''(module (import "{room}" "{name}" {kind}) {own} (export "memory" (memory 0))
          (func (export "run") (param i32 i32 i32)))'''
    )


def _with_metadata(text: str) -> bytes:
    metadata = json.dumps(claims() | {"places": []}).encode()
    return bytes(wasmtime.wat2wasm(text)) + custom_section(SECTION, metadata)
