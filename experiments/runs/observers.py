"""Further observers of runs beside their files: databases, which may fail where runs go on.

Their places are words such as ``postgresql://me@host/runs``, ``sqlite:///runs.db``,
``mongodb://host`` or a folder, from Sacred's own flags or from the variable ``DIFSCHED_OBSERVERS``.
"""

import os
import re
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sacred.observers import FileStorageObserver, MongoObserver, RunObserver, SqlObserver

#: Places of further observers, separated by spaces.
VARIABLE = "DIFSCHED_OBSERVERS"
#: After so many seconds a database that does not answer is down.
PATIENCE = 5
#: Other processes may write to an SQLite file for so many seconds at a time.
BUSY = 30


def places(asked: Sequence[str] = ()) -> list[str]:
    """Return the places of further observers: those asked for, then those of the variable."""
    return list(dict.fromkeys([*asked, *os.environ.get(VARIABLE, "").split()]))


def hidden(place: str) -> str:
    """Return a place without the user and password that it may have."""
    return re.sub(r"//[^/]*@", "//", place)


def observer(place: str) -> RunObserver:
    """Return Sacred's observer of a place; nothing is connected yet.

    Raises
    ------
    ImportError, ValueError
        If the package that it needs is missing, or there is no such kind of database.
    """
    scheme, colon, _ = place.partition("://")
    if not colon:
        return Folder(Path(place))
    return MongoObserver(place) if scheme.startswith("mongodb") else Rows.at(place)


class Folder(FileStorageObserver):
    """Sacred's observer of files, in which a run that is made again takes the place of the old."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, copy_sources=False)

    def _make_run_dir(self, _id: Any) -> None:
        folder = Path(self.basedir, str(_id))
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.iterdir():
            path.unlink()
        self.dir = str(folder)


class Rows(SqlObserver):
    """Sacred's observer of SQL databases, for run ids that stay the same.

    A run that is made again takes the place of its row. Ids, names and paths may be longer than
    Sacred's columns. What was measured is in the column ``info``.
    """

    measured: dict[str, dict[str, list[Any]]]

    @classmethod
    def at(cls, url: str) -> "Rows":
        """Return the observer of a database by its URL, as SQLAlchemy has it."""
        import sqlalchemy
        from sqlalchemy import orm

        kind = sqlalchemy.make_url(url).get_backend_name()
        waits = {"postgresql": {"connect_timeout": PATIENCE}, "sqlite": {"timeout": BUSY}}
        engine = sqlalchemy.create_engine(url, connect_args=waits.get(kind, {}), pool_pre_ping=True)
        # One session for the run and for its heartbeat, which beats in a thread of its own.
        session = orm.scoped_session(orm.sessionmaker(engine), scopefunc=lambda: None)
        observer: Rows = cls.create_from(engine, session)
        observer.measured = {}
        return observer

    def started_event(self, *event: Any, **named: Any) -> Any:
        """Write the run's row, instead of one that it had before."""
        from sacred.observers.sql_bases import Artifact, Base, Run
        from sqlalchemy import Enum, String

        for table in Base.metadata.tables.values():
            for column in table.columns:
                if isinstance(column.type, String) and not isinstance(column.type, Enum):
                    column.type.length = None
        Base.metadata.create_all(self.engine)
        before = self.session.query(Run).filter_by(run_id=named["_id"]).first()
        if before is not None:
            self.session.query(Artifact).filter_by(run_id=before.run_id).delete()
            self.session.delete(before)
            self.session.flush()
        return super().started_event(*event, **named)

    def log_metrics(self, metrics_by_name: Mapping[str, Any], info: Any) -> None:
        """Keep what was measured since the last heartbeat."""
        for name, found in metrics_by_name.items():
            kept = self.measured.setdefault(name, {"steps": [], "values": []})
            for key, values in kept.items():
                values += found[key]

    def heartbeat_event(self, info: Any, *rest: Any, **named: Any) -> None:
        """Write what was printed and measured."""
        measured = {"metrics": self.measured} if self.measured else {}
        super().heartbeat_event({**info, **measured}, *rest, **named)


class Steady:
    """An observer that may fail: it says so once, the run goes on, and it hears no more of it.

    Parameters
    ----------
    place : str
        See the module.
    prefix : str
        What a run's id begins with there: one place may serve several workspaces.
    """

    EVENTS = (
        *("queued_event", "started_event", "heartbeat_event", "completed_event", "failed_event"),
        *("interrupted_event", "resource_event", "artifact_event", "log_metrics", "join"),
    )
    #: Observers hear of a run in the order of these: after its own files.
    priority = 0

    def __init__(self, place: str, prefix: str) -> None:
        self.place, self.prefix = place, prefix
        self.observer: RunObserver | None = None
        self.failed = False
        self.lock = threading.RLock()

    def __getattr__(self, event: str) -> Any:
        """Return what passes an event on."""
        if event not in self.EVENTS:
            raise AttributeError(event)
        return lambda *values, **named: self._tell(event, *values, **named)

    def _tell(self, event: str, *values: Any, **named: Any) -> Any:
        with self.lock:
            if self.failed:
                return None
            try:
                if event == "started_event":
                    self.observer = observer(self.place)
                    named["_id"] = f"{self.prefix}{named['_id']}"
                return getattr(self.observer, event)(*values, **named)
            except Exception as error:  # whatever a database's driver raises
                self.failed = True
                # Past Sacred's eyes: what a run prints is part of its record.
                print(failure(self.place, error), file=sys.__stderr__, flush=True)
                return None


def failure(place: str, error: Exception) -> str:
    """Return in one line that a place cannot be written, and why."""
    said = (str(getattr(error, "orig", None) or error).split("\n") or [""])[0].strip()
    name = type(error).__name__
    reason = hidden(f"{name}: {said}" if said else name)
    return f"observer {hidden(place)} cannot be written ({reason}): runs go on with their files"


def unreachable() -> list[str]:
    """Return a line for each place of the variable that cannot be written now."""
    lines = []
    for place in places():
        try:
            found = observer(place)
            if isinstance(found, Rows):
                found.engine.connect().close()
        except Exception as error:  # as above
            lines.append(failure(place, error))
    return lines
