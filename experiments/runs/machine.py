"""What a call needs of the machine: memory and disk, checked before anything starts."""

import resource
import shutil
import sys
from pathlib import Path

from difsched.errors import InputError

MIB = 2**20
#: The command line and Snakemake beside the jobs, MiB.
OVERHEAD_MB = 300
MEMINFO = Path("/proc/meminfo")
CGROUP = Path("/sys/fs/cgroup")


def peak_mib() -> float:
    """Return the peak memory of this process so far, MiB."""
    kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # In bytes on macOS.
    return kib / (2**20 if sys.platform == "darwin" else 2**10)


def check(memory_mb: float, disk_mb: float, jobs: int, work: Path, workspace: Path) -> None:
    """Refuse a call that cannot fit.

    Parameters
    ----------
    memory_mb : float
        Peak of the largest job, MiB; 0 is not checked.
    disk_mb : float
        All that the workspace will hold, MiB; 0 is not checked.
    jobs : int
        Jobs at a time, >= 1.
    work, workspace : Path
        The folder of all workspaces, and the one of the call. Neither need exist.

    Raises
    ------
    InputError
        If memory or disk is short.
    """
    _check_memory(memory_mb, jobs)
    _check_disk(disk_mb, work, workspace)


def _check_memory(each: float, jobs: int) -> None:
    free = free_memory()
    if free is None or not each or OVERHEAD_MB + jobs * each <= free:
        return
    fit = int((free - OVERHEAD_MB) // each)
    instead = f"use --jobs {fit}" if fit >= 1 else f"one job needs {OVERHEAD_MB + each:.0f} MB"
    wanted = OVERHEAD_MB + jobs * each
    raise InputError(f"--jobs {jobs} needs {wanted:.0f} MB of memory, {free} are free: {instead}")


def _check_disk(need: float, work: Path, workspace: Path) -> None:
    place = next(folder for folder in (work, *work.parents) if folder.is_dir())
    free = shutil.disk_usage(place).free // MIB
    missing = need - _size(workspace)
    if missing > free:
        raise InputError(f"{place} has {free} MB free: the call needs {missing:.0f} MB more")


def _size(folder: Path) -> float:
    """Return the MiB that a folder's files take."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / MIB


def free_memory() -> int | None:
    """Return the MiB of memory that this process may still use, None where nobody can say.

    What the kernel calls available, or less where a control group (version 2) allows less.
    """
    try:
        fields = dict(line.split(":") for line in MEMINFO.read_text().splitlines())
        free = int(fields["MemAvailable"].split()[0]) // 1024
    except (OSError, KeyError, ValueError):
        return None
    left = _group_memory(CGROUP)
    return free if left is None else min(free, left)


def _group_memory(folder: Path) -> int | None:
    """Return what a control group has left, MiB; None without a limit."""
    try:
        limit = int((folder / "memory.max").read_text())
        used = int((folder / "memory.current").read_text())
        parts = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        # Pages of files that the kernel drops when memory is short.
        return (limit - used + int(parts["inactive_file"])) // MIB
    except (OSError, KeyError, ValueError):
        return None
