"""`peripheral strategy check|compile|explain`: what is shown, and what a script can rely on."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest
import wasmtime

from deploy.commands.strategy_files import STAGES
from sandbox.metadata import metadata_of
from tests.deploy.test_cli import ROOT, run
from tests.sandbox.foreign.modules import module_bytes

EXAMPLE = ROOT / "docs" / "strategies" / "weekly_trend.py"
BROKEN = '"""Doc."""\n\n\ndef on_bar(bar):\n    x = ta.emaa(bar.close, 3)\n    score(bar.clse)\n'


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "broken.py"
    path.write_text(BROKEN)
    return path


def test_check_says_what_a_strategy_keeps_and_takes() -> None:
    done = run("strategy", "check", str(EXAMPLE))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{EXAMPLE} is a strategy of ")
    assert done.stdout.endswith("bytes a series; params: trend_weeks, channel, width.\n")


def test_check_shows_all_findings_with_their_lines_and_remedies(broken: Path) -> None:
    done = run("strategy", "check", str(broken))
    assert (done.returncode, done.stdout) == (1, "")
    assert [line for line in done.stderr.splitlines() if "-->" in line] == [
        f" --> {broken}:5:9",
        f" --> {broken}:6:11",
    ]
    assert "5 |     x = ta.emaa(bar.close, 3)\n  |         ^^^^^^^\n" in done.stderr
    assert done.stderr.count(" = help: ") == 2


def test_check_has_findings_for_editors(broken: Path) -> None:
    done = run("strategy", "check", str(broken), "--json")
    assert (done.returncode, done.stderr) == (1, "")
    first, second = json.loads(done.stdout)["diagnostics"]
    assert (first["line"], first["column"], first["end_line"], first["end_column"]) == (5, 9, 5, 16)
    assert (first["code"], second["code"]) == ("unknown-function", "attribute")
    assert first["message"] and "ta.ema" in first["remedy"]
    assert second["source_line"] == "    score(bar.clse)"
    fine = run("strategy", "check", str(EXAMPLE), "--json")
    assert (fine.returncode, json.loads(fine.stdout)) == (0, {"diagnostics": []})


def test_compile_writes_a_module_that_says_what_it_is_made_from(tmp_path: Path) -> None:
    source, output = tmp_path / "mine.py", tmp_path / "other.wasm"
    source.write_bytes(EXAMPLE.read_bytes())
    done = run("strategy", "compile", str(source), "-o", str(output))
    assert (done.returncode, done.stderr) == (0, "")
    wasm = output.read_bytes()
    assert done.stdout == f"Wrote {output}, {len(wasm):,} bytes.\n"
    assert metadata_of(wasm).source_sha256 == sha256(EXAMPLE.read_bytes()).hexdigest()
    assert not wasmtime.Module(wasmtime.Engine(), wasm).imports
    again = run("strategy", "compile", str(source), "--json")
    beside = tmp_path / "mine.wasm"
    assert json.loads(again.stdout) == {"diagnostics": [], "output": str(beside)}
    assert beside.read_bytes() == wasm


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_compile_writes_nothing_of_what_is_no_strategy(
    broken: Path, options: tuple[str, ...]
) -> None:
    done = run("strategy", "compile", str(broken), *options)
    assert done.returncode == 1
    assert not broken.with_suffix(".wasm").exists()
    assert "ta.emaa" in (done.stdout if options else done.stderr)


def test_a_file_that_cannot_be_read_or_written_is_one_sentence(tmp_path: Path) -> None:
    missing = run("strategy", "check", str(tmp_path / "missing.py"))
    assert missing.returncode == 2
    assert missing.stderr.startswith(f"peripheral: {tmp_path}/missing.py can't be read: ")
    latin = tmp_path / "latin.py"
    latin.write_bytes('"""Größe."""'.encode("latin-1"))
    assert "is not UTF-8 text" in run("strategy", "check", str(latin)).stderr
    nowhere = run("strategy", "compile", str(EXAMPLE), "-o", str(tmp_path / "no" / "x.wasm"))
    assert nowhere.returncode == 2
    assert "x.wasm can't be written: " in nowhere.stderr


def test_explain_shows_every_stage_in_order_and_each_alone() -> None:
    whole = run("strategy", "explain", str(EXAMPLE))
    assert (whole.returncode, whole.stderr) == (0, "")
    alone = {stage: run("strategy", "explain", str(EXAMPLE), "--stage", stage) for stage in STAGES}
    assert whole.stdout == "\n".join(
        f"== {stage}\n{alone[stage].stdout}" for stage in ("typed", "slots", "wat")
    )
    assert "rising = (" in alone["typed"].stdout
    assert "ta.ema" in alone["typed"].stdout and "\nta.ema" not in alone["typed"].stdout
    assert "param channel: int" in alone["slots"].stdout
    wasmtime.wat2wasm(alone["wat"].stdout)


def test_explain_states_the_state_of_a_series(tmp_path: Path) -> None:
    run("strategy", "compile", str(EXAMPLE), "-o", str(tmp_path / "x.wasm"))
    state_bytes = metadata_of((tmp_path / "x.wasm").read_bytes()).state_bytes
    shown = run("strategy", "explain", str(EXAMPLE), "--stage", "slots").stdout
    assert f"One series takes {state_bytes:,} bytes" in shown


def test_explain_can_show_the_library_and_explains_what_is_no_strategy(broken: Path) -> None:
    shown = run("strategy", "explain", str(EXAMPLE), "--stage", "typed", "--library").stdout
    assert "\nta.ema(" in shown
    done = run("strategy", "explain", str(broken))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count(" = help: ") == 2
    assert run("strategy", "explain", str(EXAMPLE), "--stage", "bytes").returncode == 2


def test_check_says_what_a_module_from_another_language_keeps_and_takes(tmp_path: Path) -> None:
    file = tmp_path / "mine.wasm"
    file.write_bytes(module_bytes())
    done = run("strategy", "check", str(file))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        f"{file} is a strategy (language: unknown) that keeps 16 bytes, and takes 65,536"
        " bytes of memory, a series; params: k.\n"
    )
    assert json.loads(run("strategy", "check", str(file), "--json").stdout) == {"diagnostics": []}


@pytest.mark.parametrize(
    ("wasm", "rule"),
    [
        (module_bytes(version=9), "rule version: it has ABI version 9, not 1"),
        (b"\0asm\1\0\0\0", "rule exports"),
        (b"no module", "rule features"),
    ],
)
def test_check_names_the_rule_that_a_module_breaks(tmp_path: Path, wasm: bytes, rule: str) -> None:
    file = tmp_path / "mine.wasm"
    file.write_bytes(wasm)
    done = run("strategy", "check", str(file))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"{file} is not a strategy module: {rule}")
    assert "docs/strategy-abi.md" in done.stderr
    told = run("strategy", "check", str(file), "--json")
    assert told.returncode == 1
    (finding,) = json.loads(told.stdout)["diagnostics"]
    assert finding["code"] == "module"
    assert finding["message"].startswith(f"The module breaks a rule: {rule}")


def test_check_knows_a_module_that_compile_wrote(tmp_path: Path) -> None:
    file = tmp_path / "mine.wasm"
    run("strategy", "compile", str(EXAMPLE), "-o", str(file))
    done = run("strategy", "check", str(file))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{file} is a strategy that our compiler made, of ")
    assert "; params: trend_weeks, channel, width. To register it, give the source" in done.stdout
    told = run("strategy", "check", str(file), "--json")
    assert (told.returncode, json.loads(told.stdout)) == (0, {"diagnostics": []})


def test_check_says_what_is_wrong_with_a_module_of_our_compiler(tmp_path: Path) -> None:
    file = tmp_path / "mine.wasm"
    run("strategy", "compile", str(EXAMPLE), "-o", str(file))
    file.write_bytes(file.read_bytes().replace(b'"abi_version":2', b'"abi_version":1'))
    done = run("strategy", "check", str(file))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"{file} is not a strategy module: it has ABI version 1, not 2."
        " Compile it again from its source.\n"
    )


@pytest.mark.parametrize("command", [("compile",), ("compile", "--json"), ("explain",)])
def test_what_needs_a_source_asks_for_it_when_given_a_module(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    file = tmp_path / "mine.wasm"
    file.write_bytes(module_bytes())
    done = run("strategy", *command, str(file))
    assert done.returncode == 2
    assert f"{file} is a module: give the source file that it was made from." in done.stderr
    assert file.read_bytes() == module_bytes()


@pytest.mark.parametrize("name", ["missing.py", "missing.wasm", "latin.py"])
def test_an_editor_gets_a_finding_about_a_file_that_cannot_be_read(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / "latin.py").write_bytes('"""Größe."""'.encode("latin-1"))
    done = run("strategy", "check", str(tmp_path / name), "--json")
    assert done.returncode == 2
    (finding,) = json.loads(done.stdout)["diagnostics"]
    assert (finding["code"], finding["line"], finding["column"]) == ("file", 1, 1)
    assert done.stderr == f"peripheral: {finding['message']}\n"


def test_a_byte_order_mark_is_no_part_of_a_strategy(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_bytes(b"\xef\xbb\xbf" + EXAMPLE.read_bytes())
    assert run("strategy", "check", str(file)).returncode == 0
    run("strategy", "compile", str(file))
    metadata = metadata_of(file.with_suffix(".wasm").read_bytes())
    assert metadata.source_sha256 == sha256(EXAMPLE.read_bytes()).hexdigest()
    assert run("strategy", "explain", str(file), "--stage", "slots").returncode == 0
