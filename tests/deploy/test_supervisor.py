"""Services in groups: started in order, restarted, ended in reverse, one `up` at a time."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from deploy.backoff import Backoff
from deploy.embedded.process import write_record
from deploy.errors import UserError
from deploy.running import end_leftovers, only_one, records, running_up
from deploy.screen import Screen
from deploy.services import Program, workers
from deploy.supervisor import Supervisor, supervised
from streams.settings import Settings, WorkerSettings

TOUCH = "import os, pathlib; pathlib.Path(os.environ['PERIPHERAL_READY_FILE']).touch()\n"
WAIT = "import time; time.sleep(60)"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


@pytest.fixture
def shown() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def screen(shown: io.StringIO) -> Screen:
    return Screen(Console(file=shown, width=120))


@pytest.fixture
def supervisor(settings: Settings, screen: Screen) -> Iterator[Supervisor]:
    supervisor = Supervisor(settings, screen)
    yield supervisor
    supervisor.stop()


def program(name: str, settings: Settings, code: str = TOUCH + WAIT) -> Program:
    return Program(name, [code], settings, command=(sys.executable, "-c"))


def wait_for_end(service: Program) -> None:
    deadline_s = time.monotonic() + 10
    while service.alive:
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


def test_a_group_is_ready_when_each_of_it_has_said_so(
    supervisor: Supervisor, settings: Settings
) -> None:
    group = [program("one", settings), program("two", settings)]
    supervisor.start([*group])
    assert all(service.ready for service in group)
    assert [record.name for record in records(settings.run_dir)] == ["one", "two"]


def test_a_program_that_ends_while_starting_is_told_with_its_log(
    supervisor: Supervisor, settings: Settings
) -> None:
    with pytest.raises(UserError, match=r"one ended while starting; its log ends:\nno model"):
        supervisor.start([program("one", settings, "raise SystemExit('no model')")])


def test_programs_are_ended_last_started_first(
    supervisor: Supervisor, settings: Settings, tmp_path: Path
) -> None:
    diary = tmp_path / "diary"
    code = (
        "import signal, sys\n"
        "def end(*_):\n"
        f"    open({str(diary)!r}, 'a').write(sys.argv[1]); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\n" + TOUCH + WAIT
    )
    for name in "abc":
        one = Program(name, [code, name], settings, command=(sys.executable, "-c"))
        supervisor.start([one])
    supervisor.stop()
    assert diary.read_text() == "cba"
    assert records(settings.run_dir) == []


def test_a_crashed_program_is_started_again_after_its_delay(
    supervisor: Supervisor, settings: Settings, shown: io.StringIO
) -> None:
    one = program("one", settings)
    supervisor.start([one])
    assert one.pid is not None
    os.kill(one.pid, signal.SIGKILL)
    wait_for_end(one)
    now_s = time.monotonic()
    supervisor.restart_crashed(now_s)
    supervisor.restart_crashed(now_s + 0.4)
    assert not one.alive
    supervisor.restart_crashed(now_s + 0.6)
    assert one.alive
    assert "one has ended; it is started again in 0.5 s" in shown.getvalue()


def test_a_full_disk_is_told_and_the_start_tried_again(
    supervisor: Supervisor,
    settings: Settings,
    shown: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = program("one", settings)
    supervisor.start([one])
    assert one.pid is not None
    os.kill(one.pid, signal.SIGKILL)
    wait_for_end(one)
    now_s = time.monotonic()
    supervisor.restart_crashed(now_s)
    with monkeypatch.context() as full:
        full.setattr("deploy.embedded.process.write_record", no_space)
        supervisor.restart_crashed(now_s + 1)
        assert not one.alive
    assert (
        "one can't be started again: a file of one can't be written: No space" in shown.getvalue()
    )
    supervisor.restart_crashed(now_s + 2)
    supervisor.restart_crashed(now_s + 40)
    assert one.alive


def test_a_log_that_can_t_be_cut_is_told_once(
    supervisor: Supervisor,
    settings: Settings,
    shown: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.log_dir.mkdir(parents=True)
    (settings.log_dir / "one.log").write_text("x")
    monkeypatch.setattr("deploy.supervisor.bound_log", no_space)
    supervisor.bound_logs()
    supervisor.bound_logs()
    assert shown.getvalue().count("can't be cut short yet") == 1


def no_space(*_: object) -> None:
    """What a full disk makes of a write."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_the_delay_grows_to_a_limit_and_begins_anew_after_a_good_run() -> None:
    backoff, delays = Backoff().started(0.0), []
    for _ in range(9):
        backoff = backoff.crashed(1.0)
        delays.append(backoff.delay_s)
        backoff = backoff.started(1.0)
    assert delays == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert backoff.crashed(100.0).delay_s == 0.5


def test_a_second_up_is_told_of_the_first(settings: Settings) -> None:
    with only_one(settings.run_dir):
        found = running_up(settings.run_dir)
        assert found is not None
        assert found.pid == os.getpid()
        with (
            pytest.raises(UserError, match=f"already runs on .* as process {os.getpid()}"),
            only_one(settings.run_dir),
        ):
            pytest.fail("two at a time")
    assert running_up(settings.run_dir) is None


def test_what_a_killed_up_left_is_ended_programs_first(settings: Settings) -> None:
    left = [program(name, settings) for name in ("database", "api", "broker")]
    for one in left:
        one.start()
    assert end_leftovers(settings.run_dir) == ["api", "database", "broker"]
    assert not any(one.alive for one in left)
    assert end_leftovers(settings.run_dir) == []


def test_an_interrupt_ends_everything_and_gives_the_signals_back(
    settings: Settings, screen: Screen
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    one = program("one", settings)
    with pytest.raises(KeyboardInterrupt), supervised(settings, screen) as supervisor:
        supervisor.start([one])
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)
    assert not one.alive
    assert signal.getsignal(signal.SIGTERM) is before


def test_each_role_is_a_process_and_evaluation_as_many_as_asked(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, worker=WorkerSettings(evaluation_workers=2))
    names = [one.name for one in workers(settings)]
    assert names == [
        "bars",
        "indicators",
        "evaluation-1",
        "evaluation-2",
        "compilation",
        "projections",
        "assistant",
        "research",
        "research-batch",
        "screens",
    ]


def test_a_record_of_up_is_no_service(settings: Settings) -> None:
    write_record(settings.run_dir / "up.json", "up", os.getpid())
    assert records(settings.run_dir) == []
