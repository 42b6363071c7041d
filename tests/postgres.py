"""A PostgreSQL server of one's own: in a temporary folder, on a socket in it, ended at the end."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

#: Where Debian's package has the programs, of the newest version first.
PACKAGED = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
#: Who runs it where we are root, which it refuses.
NOBODY = "nobody"


def program(name: str) -> str | None:
    """Return the path of one of PostgreSQL's programs, if it is installed."""
    return shutil.which(name, path=os.pathsep.join([*map(str, PACKAGED), os.environ["PATH"]]))


@dataclass(frozen=True)
class Server:
    """A running server."""

    folder: Path

    @property
    def url(self) -> str:
        """Its URL for SQLAlchemy; nobody else reaches its socket."""
        return f"postgresql://me@/postgres?host={self.folder}"

    def stop(self) -> None:
        """End it, now."""
        _run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")


@contextmanager
def server() -> Iterator[Server]:
    """Start a server, and end it with the block."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    data = folder / "data"
    if os.geteuid() == 0:
        shutil.chown(folder, NOBODY)
    running = Server(folder)
    try:
        _run("initdb", "-D", str(data), "-U", "me", "-A", "trust", "-N", "-E", "UTF8")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        _run("pg_ctl", "-D", str(data), "-l", str(folder / "log"), "-o", options, "-w", "start")
        yield running
    finally:
        if (data / "postmaster.pid").exists():
            running.stop()
        shutil.rmtree(folder)


def _run(name: str, *arguments: str) -> None:
    path = program(name)
    assert path is not None, f"{name} is missing: install Debian's package postgresql"
    user = NOBODY if os.geteuid() == 0 else None
    subprocess.run(
        [path, *arguments], user=user, cwd="/", check=True, stdout=subprocess.DEVNULL, timeout=60
    )
