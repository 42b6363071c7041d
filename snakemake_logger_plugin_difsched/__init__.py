"""Snakemake's events as JSON lines on standard output, for the command line's display.

Snakemake finds a logger by its module's name. The lines are ``{"event": ..., ...}`` with the
fields of :data:`FIELDS` that the event has, and for messages without an event their level and text.
"""

import json
import logging
import os
import signal
import sys
import threading
import time
from typing import Any

from snakemake_interface_logger_plugins.base import LogHandlerBase

FIELDS = {
    "run_info": ("stats",),
    "job_info": ("jobid", "rule_name", "rule_msg", "log", "output"),
    "job_finished": ("job_id",),
    "job_error": ("jobid", "log"),
}
PARENT = "DIFSCHED_PARENT"
POLL_SECONDS = 0.5


class LogHandler(LogHandlerBase):
    """Writes one JSON line an event and ends the process group when its caller has died."""

    def __post_init__(self) -> None:
        """Start watching the caller, if it asked for that by its process id."""
        parent = os.environ.get(PARENT)
        if parent:
            threading.Thread(target=_die_with, args=(int(parent),), daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record as one line."""
        event = getattr(record, "event", None)
        line: dict[str, Any]
        if event is None or event == "error":
            line = {"event": "message", "level": record.levelname, "text": record.getMessage()}
        elif event in FIELDS:
            values = {name: getattr(record, name, None) for name in FIELDS[event]}
            line = {"event": str(event)} | values
        else:
            return
        sys.stdout.write(json.dumps(line, default=str, allow_nan=False) + "\n")
        sys.stdout.flush()

    @property
    def writes_to_stream(self) -> bool:
        """Whether this handler replaces Snakemake's own output to the terminal."""
        return True

    @property
    def writes_to_file(self) -> bool:
        """Whether this handler writes a log file."""
        return False

    @property
    def has_filter(self) -> bool:
        """Whether this handler filters by itself: all events are wanted."""
        return True

    @property
    def has_formatter(self) -> bool:
        """Whether this handler formats by itself."""
        return True

    @property
    def needs_rulegraph(self) -> bool:
        """Whether the graph of rules is wanted as an event."""
        return False


def _die_with(parent: int) -> None:
    # A killed command line cannot end its workers; without it nobody would show or stop them.
    while os.getppid() == parent:
        time.sleep(POLL_SECONDS)
    os.killpg(os.getpgrp(), signal.SIGKILL)
