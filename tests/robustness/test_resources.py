"""What a call needs is checked before it starts; a job without progress is reported."""

import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from difsched.errors import InputError
from experiments.profiles.profile import Needs
from experiments.profiles.read import read_profile
from experiments.runs import machine as needs
from experiments.workflow import progress
from experiments.workflow.progress import Progress

MEMINFO = "MemTotal:  9000000 kB\nMemAvailable:  {} kB\nHugePages_Total:       0\n"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the control group's folder on a machine with 2300 MiB of memory and 100 of disk."""
    (tmp_path / "meminfo").write_text(MEMINFO.format(2300 * 1024))
    monkeypatch.setattr(needs, "MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(needs, "CGROUP", tmp_path)
    usage = SimpleNamespace(free=100 * needs.MIB)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    return tmp_path


def check(folder: Path, jobs: int, **values: object) -> None:
    stated = Needs.from_dict(values)
    work = folder / "work"
    needs.check(stated.memory_mb_per_job, stated.disk_mb, jobs, work, work / "full")


def test_a_call_that_fits_is_let_through(machine: Path) -> None:
    check(machine, 2, memory_mb_per_job=1000, disk_mb=100)
    check(machine, 1000)


def test_too_many_jobs_for_the_memory_are_refused_with_the_number_that_fits(machine: Path) -> None:
    with pytest.raises(InputError, match=r"--jobs 3 needs 3300 MB of memory, 2300 .* --jobs 2"):
        check(machine, 3, memory_mb_per_job=1000)


def test_memory_too_short_for_one_job_is_said_so(machine: Path) -> None:
    with pytest.raises(InputError, match="one job needs 2301 MB"):
        check(machine, 1, memory_mb_per_job=2001)


def test_a_container_s_limit_counts(machine: Path) -> None:
    for name, value in (("max", 1500), ("current", 900)):
        (machine / f"memory.{name}").write_text(str(value * needs.MIB))
    (machine / "memory.stat").write_text(f"anon 5\ninactive_file {200 * needs.MIB}\n")
    assert needs.free_memory() == 800
    (machine / "memory.max").write_text("max\n")
    assert needs.free_memory() == 2300


def test_a_machine_that_does_not_say_its_memory_is_trusted(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(needs, "MEMINFO", machine / "none")
    check(machine, 1000, memory_mb_per_job=1000)


def test_a_short_disk_is_refused_but_what_is_there_already_counts(machine: Path) -> None:
    with pytest.raises(InputError, match="100 MB free: the call needs 110 MB more"):
        check(machine, 1, disk_mb=110)
    there = machine / "work" / "full" / "runs" / "a"
    there.mkdir(parents=True)
    (there / "weights").write_bytes(bytes(11 * needs.MIB))
    check(machine, 1, disk_mb=110)


@pytest.mark.parametrize("values", [{"memory": 1}, {"disk_mb": "much"}, {"disk_mb": -1}])
def test_needs_that_are_no_needs_are_refused(machine: Path, values: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"Needs|disk_mb"):
        check(machine, 1, **values)


@pytest.mark.parametrize("name", ["full", "smoke"])
def test_a_packaged_profile_says_what_it_needs(machine: Path, name: str) -> None:
    stated = read_profile(name).needs.to_dict()
    assert all(stated.values())
    with pytest.raises(InputError, match="memory"):
        check(machine, 100, **stated)


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000_000.0
        fake = SimpleNamespace(monotonic=lambda: self.now, time=lambda: self.now)
        monkeypatch.setattr(progress, "time", fake)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def started(clock: Clock, log: Path, **expected: float) -> Progress:
    """Return the state of a call with one job, which has just written a line."""
    state = Progress(expected, 1, started=clock.now)
    state.plan({"a": 2})
    log.write_text("a line")
    os.utime(log, (clock.now, clock.now))
    state.start(1, "a", "job a", log)
    return state


def test_a_job_without_progress_is_reported_once_with_its_log(clock: Clock, tmp_path: Path) -> None:
    state = started(clock, tmp_path / "a.log")
    clock.now += progress.QUIET_SECONDS - 1
    assert state.newly_quiet() == []
    clock.now += 1
    [line] = state.newly_quiet()
    assert line == f"no progress for 10 min: job a; its log: {tmp_path / 'a.log'}"
    assert state.newly_quiet() == []


def test_a_line_in_the_log_or_another_job_s_end_is_progress(clock: Clock, tmp_path: Path) -> None:
    state = started(clock, tmp_path / "a.log", b=progress.QUIET_SECONDS)
    state.start(2, "b", "job b")
    clock.now += progress.QUIET_SECONDS
    state.finish(2)
    assert state.newly_quiet() == []
    clock.now += progress.QUIET_SECONDS / 2
    os.utime(tmp_path / "a.log", (clock.now, clock.now))
    clock.now += progress.QUIET_SECONDS / 2
    assert state.newly_quiet() == []
    clock.now += progress.QUIET_SECONDS / 2
    assert len(state.newly_quiet()) == 1


def test_jobs_that_are_known_to_take_long_are_given_longer(clock: Clock, tmp_path: Path) -> None:
    state = started(clock, tmp_path / "a.log", a=progress.QUIET_SECONDS)
    clock.now += progress.QUIET_TIMES * progress.QUIET_SECONDS - 1
    assert state.newly_quiet() == []
    clock.now += 2
    assert len(state.newly_quiet()) == 1


def test_the_memory_of_jobs_is_told_and_the_largest_kept(clock: Clock, tmp_path: Path) -> None:
    state = started(clock, tmp_path / "a.log")
    state.start(2, "a", "job b")
    state.start(3, "a", "job c")
    clock.now += 5
    assert state.finish(1, 700.4) == ("job a", "5 s, 700 MiB")
    assert state.finish(2, 30) == ("job b", "5 s, 30 MiB")
    assert state.finish(3) == ("job c", "5 s")
    assert state.peak == (700.4, "job a")


def test_a_job_without_a_log_is_watched_too(clock: Clock, tmp_path: Path) -> None:
    state = started(clock, tmp_path / "a.log")
    (tmp_path / "a.log").unlink()
    clock.now += progress.QUIET_SECONDS
    assert len(state.newly_quiet()) == 1
