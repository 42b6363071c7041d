"""What `bench chaos` does to a suite: kills, damaged files, and a machine that fails it."""

import json
import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from experiments.paths import Layout
from experiments.workflow.lock import end_group
from tests.chaos.suite import Call, Suite

_ANY = Layout(Path("artifacts/work/*"))
_NOTES = "artifacts/work/.snakemake/metadata"
#: Kind of file -> where such files are.
FILES = {
    "run log": f"{_ANY.run_path('*')}/[mr]*.json*",
    "configuration of a run": f"{_ANY.run_path('*')}/config.json",
    "weights": f"{_ANY.run_path('*')}/weights.*",
    "completion record": f"{_ANY.run_path('*')}/complete.json",
    "job record": str(_ANY.record_path("*")),
    "manifest": str(_ANY.job_manifest("*")),
    "dataset": f"{_ANY.datasets_folder}/*",
    "traffic": f"{_ANY.traffic_path('any').parent}/*",
    "sub-agent": f"{_ANY.agent_path(0).parent}/*",
    "specification": str(_ANY.spec_path),
    "aggregate": "artifacts/aggregates/*/*.csv",
    "table": "paper/tables/*.tex",
    "Snakemake's note": f"{_NOTES}/*",
}
#: Folders that become read-only, one at a time.
FOLDERS = (
    str(_ANY.runs_folder),
    *(str(path.parent) for path in (_ANY.job_manifest("any"), _ANY.record_path("any"))),
    *("artifacts/aggregates/*", "paper/tables", _NOTES),
)
#: Space of the file system on which the disk gets full, MiB; and what it leaves at most, KiB.
DISK_MIB, LEFT_KIB = 64, 300


def truncate(path: Path, rng: np.random.Generator) -> None:
    """Cut the end off."""
    os.truncate(path, int(rng.integers(path.stat().st_size)))


def flip(path: Path, rng: np.random.Generator) -> None:
    """Flip one bit."""
    data = bytearray(path.read_bytes())
    data[int(rng.integers(len(data)))] ^= 1 << int(rng.integers(8))
    path.write_bytes(data)


def delete(path: Path, rng: np.random.Generator) -> None:
    """Remove the file."""
    path.unlink()


HARMS: dict[str, Callable[[Path, np.random.Generator], None]] = {
    "truncate": truncate,
    "flip": flip,
    "delete": delete,
}


def victim(suite: Suite, kind: str, rng: np.random.Generator) -> Path | None:
    """Return a file of a kind, None if there is none to damage."""
    paths = [path for path in suite.root.glob(FILES[kind]) if path.is_file()]
    paths = sorted(path for path in paths if path.stat().st_size and path.name[0] != ".")
    return paths[int(rng.integers(len(paths)))] if paths else None


def kill_call(call: Call) -> bool:
    """Kill the command line alone."""
    call.process.kill()
    return True


def kill_group(call: Call) -> bool:
    """Kill everything at once."""
    call.kill_all()
    return True


def kill_workflow(call: Call) -> bool:
    """Kill Snakemake alone."""
    return call.until(lambda: call.group() > 0) and _kill(call.group())


def kill_worker(call: Call) -> bool:
    """Kill a job."""
    return call.until(lambda: bool(call.workers())) and any(map(_kill, call.workers()[:1]))


def _kill(process: int) -> bool:
    """Kill a process; return whether it was still there; 0 stands for one that is not."""
    if process == 0:
        return False
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def interrupt(call: Call) -> bool:
    """Press Ctrl-C."""
    end_group(call.process.pid, signal.SIGINT)
    return True


KILLS: dict[str, Callable[[Call], bool]] = {
    "kill -9 of the call": kill_call,
    "kill -9 of all": kill_group,
    "kill -9 of Snakemake": kill_workflow,
    "kill -9 of a job": kill_worker,
    "Ctrl-C": interrupt,
}


def leave_locks(suite: Suite) -> None:
    """Leave the locks of a call that is no more."""
    dead = subprocess.Popen(["true"])
    dead.wait()
    (suite.work / "lock").write_text(json.dumps({"pid": dead.pid, "host": "gone"}))
    (suite.work / "workers.lock").write_text(json.dumps({"group": dead.pid, "host": "gone"}))
    locks = suite.work / ".snakemake" / "locks"
    locks.mkdir(exist_ok=True)
    (locks / "0.output.lock").write_text("\n".join(path.name for path in suite.work.glob("*/*/*")))


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Put a small file system under a folder; yield whether that is allowed here."""
    folder.mkdir(parents=True)
    options = f"size={DISK_MIB}m"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    mounted = shutil.which("mount") is not None and not _fails(mount)
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)


@contextmanager
def full(folder: Path, rng: np.random.Generator) -> Iterator[None]:
    """Fill the disk of a folder but for a random rest."""
    filler = folder / "filler"
    room = shutil.disk_usage(folder).free - int(rng.integers(LEFT_KIB)) * 1024
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(room, 1))
    try:
        yield
    finally:
        filler.unlink()


def short_files(rng: np.random.Generator) -> Callable[[], None]:
    """Return a limit on the size of each file, where no small disk can be had."""
    size = 1024 * int(rng.integers(1, 20))
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def without_override() -> list[str] | None:
    """Return the words before a command that make permissions count; None if there are none.

    The superuser writes wherever it likes unless that capability is dropped.
    """
    if os.geteuid() != 0:
        return []
    words = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    return words if shutil.which("setpriv") and not _fails([*words, "true"]) else None


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Make a folder read-only."""
    mode = folder.stat().st_mode
    folder.chmod(0o555)
    try:
        yield
    finally:
        # Snakemake removes a folder in which a failed job left nothing.
        if folder.exists():
            folder.chmod(mode)


def _fails(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode != 0
