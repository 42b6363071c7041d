"""Snakemake as a child process: how it is started, listened to and stopped."""

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, TextIO

from experiments.paths import ROOT
from experiments.products import WANT
from experiments.profiles.resolve import Spec
from experiments.workflow.lock import end_group

SNAKEFILE = ROOT / "experiments" / "Snakefile"
STOP_SECONDS = 3.0
TICK_SECONDS = 0.5
Event = dict[str, Any]


def command(
    spec: Spec,
    spec_file: Path,
    folder: Path,
    rules: list[str],
    jobs: int,
    dry_run: bool,
    cluster: Path | None = None,
) -> list[str]:
    """Return the arguments of Snakemake.

    Parameters
    ----------
    spec : Spec
        What to compute.
    spec_file : Path
        Where the specification is written.
    folder : Path
        Where Snakemake works and keeps its records: ``artifacts/work``.
    rules : list of str
        The rules to satisfy.
    jobs : int
        Jobs at a time.
    dry_run : bool
        Whether to list the jobs only.
    cluster : Path, optional
        Folder of Snakemake's settings for a cluster, whose scheduler gets the jobs then.
    """
    options = [
        *("--snakefile", str(SNAKEFILE), "--directory", str(folder)),
        *(
            ("--cores", str(jobs), "--latency-wait", "2")
            if cluster is None
            else ("--jobs", str(jobs))
        ),
        *("--config", f"workspace={spec.name}", f"spec={spec_file}"),
        *("--rerun-triggers", "mtime", "params", "input", "--rerun-incomplete"),
        # Our own lock ends with its holder; Snakemake's would stay after a kill.
        "--nolock",
        *("--scheduler", "greedy"),
        # Settings of the user's own workflows must not leak in.
        *("--profile", "none", "--workflow-profile", str(cluster or "none")),
        *("--logger", "difsched"),
        *(["--dry-run"] if dry_run else []),
    ]
    return [sys.executable, "-P", "-m", "snakemake", *options, "--", *rules]


class Workflow:
    """A running Snakemake.

    Parameters
    ----------
    arguments : list of str
        See :func:`command`.
    stdin : file, optional
        Standard input of Snakemake and of every job; see :func:`experiments.workflow.lock.hold`.
    """

    def __init__(self, arguments: list[str], stdin: TextIO | None = None) -> None:
        self.errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close()
        self.process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            process_group=0,
            cwd=ROOT,
            env=_environment(),
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        self.queue: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.queue.put(line)
        self.queue.put(None)

    def events(self, tick: Callable[[], None]) -> Iterator[Event]:
        """Yield the events until Snakemake ends; call ``tick`` twice a second meanwhile."""
        hidden: set[int] = set()
        while True:
            tick()
            try:
                line = self.queue.get(timeout=TICK_SECONDS)
            except queue.Empty:
                continue
            if line is None:
                return
            event = _parse(line)
            if event is not None and not _collects(event, hidden):
                yield event

    def stop(self) -> None:
        """End Snakemake and its jobs: ask first, then kill."""
        end_group(self.process.pid, signal.SIGINT)
        deadline = time.monotonic() + STOP_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        end_group(self.process.pid, signal.SIGKILL)

    def close(self) -> tuple[int, str]:
        """Return Snakemake's exit status and the end of its standard error."""
        status = self.process.wait()
        # Jobs outlive a killed Snakemake.
        end_group(self.process.pid, signal.SIGKILL)
        self.errors.seek(0)
        text = self.errors.read().decode("utf-8", "replace")
        self.errors.close()
        return status, reason("\n".join(text.splitlines()[-15:]))


def reason(text: str) -> str:
    """Return what went wrong: of a traceback the last line alone.

    Snakemake keeps the whole in the newest file of ``.snakemake/log``.
    """
    lines = text.strip().splitlines()
    traced = any(line.startswith(("Traceback", "  File ")) for line in lines)
    return lines[-1] if traced else "\n".join(lines)


def _environment() -> dict[str, str]:
    import snakemake_logger_plugin_difsched as plugin

    values = {name: value for name, value in os.environ.items() if not name.startswith("SNAKEMAKE")}
    return values | {"PYTHONPATH": str(ROOT), plugin.PARENT: str(os.getpid())}


def _collects(event: Event, hidden: set[int]) -> bool:
    """Return whether an event is about a rule that only collects files; note its jobs' ids."""
    if event["event"] == "job_info" and event["rule_name"].startswith(WANT):
        hidden.add(event["jobid"])
    return event.get("jobid", event.get("job_id")) in hidden


def counts(event: Event) -> dict[str, int]:
    """Return kind of job -> number, from the event that says what will run."""
    kinds: dict[str, int] = event["stats"]
    return {kind: n for kind, n in kinds.items() if kind != "total" and not kind.startswith(WANT)}


def is_problem(event: Event) -> bool:
    """Return whether an event is an error of the workflow itself."""
    return event["event"] == "message" and event["level"] in ("ERROR", "CRITICAL")


def _parse(line: str) -> Event | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "event" in event else None
