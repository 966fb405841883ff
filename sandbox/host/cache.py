"""Compiled strategies on disk: source → module bytes, and module bytes → native code.

Native code is trusted as it is, so the folder belongs to this user alone, and an entry's name
holds all that its content follows from. Whatever does not load is made anew.
"""

from __future__ import annotations

import contextlib
import logging
import os
import stat
import tempfile
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import wasmtime

from sandbox.compiler.driver import Compiled
from sandbox.compiler.library import LANGUAGE_VERSION, library
from sandbox.compiler.limits import DEFAULT_LIMITS
from sandbox.errors import CacheError, ModuleError
from sandbox.host.engine import SandboxEngine
from sandbox.host.module import MakeNative, make_native
from sandbox.metadata import metadata_of

logger = logging.getLogger(__name__)

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class ModuleCache:
    """A folder of entries; several processes may share it.

    Raises CacheError when the folder is not this user's alone.
    """

    def __init__(self, folder: Path, bytes_max: int = 256 * 1024**2) -> None:
        self._folder = folder
        self._bytes_max = bytes_max
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = folder.lstat()
        if (
            not stat.S_ISDIR(state.st_mode)
            or state.st_uid != os.getuid()
            or state.st_mode & _OTHERS
        ):
            raise CacheError(f"{folder} must be a folder that its owner alone can open (chmod 700)")

    def compiled(self, source: str) -> Compiled | None:
        """What compile_source made of the source before, if that was kept."""
        with contextlib.suppress(OSError, ModuleError):
            wasm = self._path_of(source).read_bytes()
            return Compiled(wasm, metadata_of(wasm))
        return None

    def keep(self, source: str, compiled: Compiled) -> None:
        """For the next `compiled`."""
        self._write(self._path_of(source), compiled.wasm)

    def native(self, engine: SandboxEngine, wasm: bytes) -> wasmtime.Module:
        """As make_native; what was made once is only read."""
        key = _digest(sha256(wasm).hexdigest(), version("wasmtime"), repr(engine.settings))
        path = self._folder / f"{key}.native"
        with contextlib.suppress(OSError, wasmtime.WasmtimeError):
            return wasmtime.Module.deserialize_file(engine.engine, str(path))
        native = make_native(engine, wasm)
        self._write(path, bytes(native.serialize()))
        return native

    def _path_of(self, source: str) -> Path:
        parts = (source, LANGUAGE_VERSION, library().sha256, repr(DEFAULT_LIMITS))
        return self._folder / f"{_digest(*parts, _compiler_digest())}.wasm"

    def _write(self, path: Path, content: bytes) -> None:
        """Whole or not at all. A full disk costs the entry, never the compile."""
        with contextlib.suppress(OSError):
            self._make_room(len(content))
            handle, name = tempfile.mkstemp(dir=self._folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                Path(name).replace(path)
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise

    def _make_room(self, wanted: int) -> None:
        """Drops the oldest entries."""
        entries = []
        for path in self._folder.iterdir():
            with contextlib.suppress(FileNotFoundError):  # another process was faster
                state = path.stat()
                entries.append((state.st_mtime, state.st_size, path))
        total = wanted + sum(size for _, size, _ in entries)
        for _, size, path in sorted(entries):
            if total <= self._bytes_max:
                return
            path.unlink(missing_ok=True)
            total -= size


def module_cache(folder: Path) -> ModuleCache | None:
    """The folder's; where that is refused, the log says why, and it goes without."""
    try:
        return ModuleCache(folder)
    except (CacheError, OSError) as error:
        logger.warning("what was compiled is not kept for the next time: %s", error)
        return None


def cached_native(folder: Path) -> MakeNative:
    """Through the folder's cache, if it has one."""
    cache = module_cache(folder)
    return make_native if cache is None else cache.native


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _compiler_digest() -> str:
    """Of the compiler's own sources, which a developer changes without a new version."""
    folder = Path(__file__).parents[1] / "compiler"
    digest = sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
