"""One call at a time: the kernel's file locks, which end with the process that holds them.

Two files lie beside the workspaces. ``lock`` is held by the command line. ``workers.lock`` is
standard input of everything it starts, so it stays held while any of that is alive: a call that
finds it held although ``lock`` is free sees what a killed call left behind, and ends it first.
"""

import fcntl
import json
import os
import shlex
import signal
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

WAIT_SECONDS = 10.0


class Held(RuntimeError):
    """Another call holds the lock; the message says which."""


def _try_lock(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _rewrite(file: TextIO, values: dict[str, Any]) -> None:
    file.seek(0)
    file.truncate()
    file.write(json.dumps(values, allow_nan=False) + "\n" if values else "")
    file.flush()


def _read(file: TextIO) -> dict[str, Any]:
    file.seek(0)
    try:
        values = json.loads(file.read())
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}


@contextmanager
def hold(folder: Path, arguments: Sequence[str]) -> Iterator[TextIO]:
    """Hold the lock of ``folder`` inside the block; yield the workers' lock file.

    Pass the yielded file as standard input to what the call starts in an own process group, and
    :func:`note_group` that group.

    Raises
    ------
    Held
        If another call holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+") as own, (folder / "workers.lock").open("a+") as workers:
        if not _try_lock(own):
            raise Held(_holder(_read(own)))
        _rewrite(own, _myself(arguments))
        _end_leftovers(workers)
        _rewrite(workers, {})
        yield workers


def note_group(workers: TextIO, group: int) -> None:
    """Record the workers' process group, for a later call to end should this one be killed."""
    _rewrite(workers, {"group": group, "host": socket.gethostname()})


def _myself(arguments: Sequence[str]) -> dict[str, Any]:
    return {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": time.strftime("%Y-%m-%d %H:%M:%S"),
        "command": shlex.join(["./run_all.sh", *arguments]),
    }


def _holder(values: dict[str, Any]) -> str:
    """Return who holds the lock, in one line; the values are another process's words."""
    if not values:
        return "another call holds the lock: wait until it ends"
    said = {key: str(values.get(key, "?")) for key in ("pid", "host", "since", "command")}
    return (
        f"another call holds the lock: process {said['pid']} on {said['host']} since "
        f"{said['since']}, {said['command']}; wait until it ends, or stop it"
    )


def _end_leftovers(workers: TextIO) -> None:
    """Take the workers' lock; kill the process group that a killed call left holding it."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not _try_lock(workers):
        left = _read(workers)
        # While the lock is held, its group exists: the number cannot belong to anyone else yet.
        if isinstance(left.get("group"), int) and left.get("host") == socket.gethostname():
            end_group(left["group"], signal.SIGKILL)
        if time.monotonic() > deadline:
            raise Held(
                f"processes of a killed call are still at work on {left.get('host', 'some host')} "
                f"(process group {left.get('group', 'unknown')}): stop them first"
            )
        time.sleep(0.05)


def end_group(group: int, number: int) -> None:
    """Send a signal to a process group, if it still exists."""
    if group > 1:
        try:
            os.killpg(group, number)
        except (ProcessLookupError, PermissionError):
            return
